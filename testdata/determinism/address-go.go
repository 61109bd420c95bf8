// source: addresses in Go: the stack, and where the heap begins
// state: held
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"unsafe"
)

func main() {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.Contains(lines.Text(), "[stack]") || strings.Contains(lines.Text(), "[vvar]") {
			fmt.Println(strings.Fields(lines.Text())[0])
		}
	}
	fmt.Printf("%x\n", uintptr(unsafe.Pointer(new(int)))>>26)
}
