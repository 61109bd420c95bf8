//go:build unix

package ui

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// imitate makes a pseudo-terminal raw: line ends are translated by the real
// terminal. If sized, it has the size of the real one and keeps it until stop
// is called, which returns when nothing uses the files any more.
func imitate(real, master, child *os.File, sized bool) (stop func(), err error) {
	if _, err := term.MakeRaw(int(child.Fd())); err != nil {
		return nil, err
	}
	if !sized {
		return func() {}, nil
	}
	// A terminal without a size (a serial line) is fine as it is.
	_ = pty.InheritSize(real, master)
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range resized {
			_ = pty.InheritSize(real, master)
		}
	}()
	return func() { signal.Stop(resized); close(resized); <-ended }, nil
}
