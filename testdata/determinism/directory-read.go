// source: File.ReadDir in Go, which does not sort
// state: held
// needs: directories in memory
package main

import (
	"fmt"
	"os"
)

func main() {
	f, err := os.Open("/in/few")
	if err != nil {
		panic(err)
	}
	entries, err := f.ReadDir(-1)
	if err != nil || len(entries) != 20 {
		panic(fmt.Sprint(len(entries), err))
	}
	for _, e := range entries {
		fmt.Print(e.Name(), " ")
	}
	fmt.Println()
}
