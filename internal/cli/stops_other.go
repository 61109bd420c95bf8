//go:build unix && !linux

package cli

import "os"

// followStops leaves job control to the kernel: there are no worlds here.
func followStops(chan<- os.Signal) {}
