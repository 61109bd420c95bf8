// source: which of two ready channels goroutines of Go choose
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
	var chosen [64]uint64
	for i := range chosen {
		wg.Go(func() {
			a, b := make(chan uint64, 1), make(chan uint64, 1)
			for range 100 {
				a <- 0
				b <- 1
				select {
				case bit := <-a:
					chosen[i] = chosen[i]<<1 | bit
					<-b
				case bit := <-b:
					chosen[i] = chosen[i]<<1 | bit
					<-a
				}
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	fmt.Println(chosen)
}
