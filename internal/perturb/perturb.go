// Package perturb starts a program on a host that differs: another user, host name,
// kernel release, umask, set of processors, address layout, load. Everything is real to
// the program and to what it starts, and nothing of it needs privileges or stays when
// the program has ended.
//
// It knows nothing of builds. Which differences there are to be is the caller's
// decision, and what a host refuses is an error, never left out in silence.
package perturb

import (
	"sync"
	"sync/atomic"
)

// Host is how a host differs. The zero value is the host as it is.
type Host struct {
	User      int    // number that the user has; 0: its own
	HostName  string // empty: its own
	OldKernel bool   // uname says a release of the 2.6 series
	Umask     int    // -1: its own
	CPUs      int    // how many of the processors may be used; 0: all
	Fixed     bool   // addresses are not randomised
}

// stageName is argument 0 of the program that we start ourselves as, to change what
// only a process can change of itself.
const stageName = "cargo-hermetic-perturb"

// IsStage reports whether a process was started by Command.
func IsStage(args []string) bool { return len(args) > 2 && args[0] == stageName }

// Busy keeps n processors busy until it is undone.
func Busy(n int) (undo func()) {
	var stop atomic.Bool
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for sum := uint64(0); !stop.Load(); sum++ {
			}
		})
	}
	return func() {
		stop.Store(true)
		all.Wait()
	}
}
