// source: math/rand and math/rand/v2 in goroutines of Go
// state: open: the runtime draws for each thread, and which thread runs what is chance
package main

import (
	"fmt"
	"math/rand"
	v2 "math/rand/v2"
	"runtime"
	"sync"
)

func main() {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	var drawn [64]uint64
	for i := range drawn {
		wg.Go(func() {
			for range 100 {
				drawn[i] = rand.Uint64() ^ v2.Uint64()
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	fmt.Println(drawn)
}
