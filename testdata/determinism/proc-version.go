// source: /proc/version
// state: held
// control: replaced: one host has one kernel, and a world without the hold no such file
package main

import (
	"fmt"
	"os"
)

func main() {
	data, err := os.ReadFile("/proc/version")
	fmt.Printf("%s %v\n", data, err)
}
