// source: the wall clock in Go after half a second of work, during which the system monitor sleeps
// state: held
package main

import (
	"fmt"
	"time"
)

func main() {
	start := time.Now()
	sum := uint64(1)
	for time.Since(start) < 500*time.Millisecond {
		for range 1 << 16 {
			sum = sum*6364136223846793005 + 1
		}
	}
	now := time.Now()
	fmt.Println(now.Unix(), now.Nanosecond(), sum != 0)
}
