// source: what the monotonic part of time.Now measures in Go
// state: open: clocks that only measure run, for time-outs and benchmarks
package main

import (
	"fmt"
	"time"
)

func main() {
	start := time.Now()
	for sum := 0; sum < 1000000; sum++ {
	}
	fmt.Println(time.Since(start).Nanoseconds())
}
