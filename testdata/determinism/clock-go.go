// source: time.Now in Go, which has a vDSO reader of its own
// state: held
package main

import (
	"fmt"
	"time"
)

func main() { fmt.Println(time.Now().UnixNano()) }
