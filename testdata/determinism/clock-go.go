// source: time.Now in Go, which has a vDSO reader of its own
// state: open: Go's runtime sleeps in a thread of its own, and sleeping moves the clock of the process
package main

import (
	"fmt"
	"time"
)

func main() { fmt.Println(time.Now().UnixNano()) }
