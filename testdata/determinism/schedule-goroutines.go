// source: the order in which goroutines run on several processors
// state: open: the kernel chooses who runs
package main

import (
	"fmt"
	"hash/fnv"
	"runtime"
	"sync"
)

func main() {
	runtime.GOMAXPROCS(4)
	var mu sync.Mutex
	var wg sync.WaitGroup
	order := fnv.New64a()
	for who := range 4 {
		wg.Go(func() {
			sum := 0
			for range 20000 {
				for n := range 200 {
					sum += n
				}
				mu.Lock()
				order.Write([]byte{byte(who), byte(sum >> 62)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println(order.Sum64())
}
