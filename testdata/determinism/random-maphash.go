// source: the seed of hash/maphash in goroutines of Go
// state: open: the runtime draws for each thread, and which thread runs what is chance
package main

import (
	"fmt"
	"hash/maphash"
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
				drawn[i] = maphash.String(maphash.MakeSeed(), "text")
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	fmt.Println(drawn)
}
