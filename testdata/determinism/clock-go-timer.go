// source: the wall clock when a timer of 100 ms fires in Go; the timer must take as long
// state: held
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	start := time.Now()
	<-time.After(100 * time.Millisecond)
	fmt.Println(start.UnixNano())
	if took := time.Since(start); took < 100*time.Millisecond || took > 30*time.Second {
		os.Exit(2)
	}
}
