// source: File.Readdirnames in Go, three at a time; each entry must be there once
// state: held
// needs: directories in memory
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	f, err := os.Open("/in/many")
	if err != nil {
		panic(err)
	}
	seen := map[string]bool{}
	for {
		names, err := f.Readdirnames(3)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			panic(err)
		}
		for _, name := range names {
			if seen[name] {
				panic(name + " came twice")
			}
			seen[name] = true
			fmt.Println(name)
		}
	}
	if len(seen) != 5000 {
		panic(len(seen))
	}
}
