//go:build !linux

package cli

import "syscall"

// mortal makes sure that a signal ends this process.
func mortal(syscall.Signal) error {
	resetSignals()
	return nil
}
