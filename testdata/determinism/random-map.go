// source: the order of maps in goroutines of Go
// state: open: the runtime draws for each thread, and which thread runs what is chance
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	var drawn [64]int
	for i := range drawn {
		wg.Go(func() {
			for range 100 {
				drawn[i] = first(map[int]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7})
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	fmt.Println(drawn)
}

// first is the first key that a walk finds.
func first(m map[int]int) int {
	for n := range m {
		return n
	}
	return 0
}
