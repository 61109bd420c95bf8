// source: crypto/rand in Go, on the first thread
// state: held
package main

import (
	"crypto/rand"
	"fmt"
	"runtime"
)

// Each thread has bytes of its own from the kernel. This keeps main on the first.
func init() { runtime.LockOSThread() }

func main() { fmt.Println(rand.Text()) }
