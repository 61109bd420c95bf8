// source: runtime.NumCPU and GOMAXPROCS in Go
// state: held
// needs: two processors
package main

import (
	"fmt"
	"runtime"
)

func main() { fmt.Println(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }
