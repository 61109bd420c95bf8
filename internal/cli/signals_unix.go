//go:build unix

package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// interrupted is the cause of a context that a signal cancelled.
type interrupted struct{ signal syscall.Signal }

func (i *interrupted) Error() string { return "interrupted by signal: " + i.signal.String() }

// patience is how long a running world has to take a signal before we stop
// waiting for it to listen. It listens at all times but a few microseconds.
const patience = 200 * time.Millisecond

// interruptible returns a context and a channel of signals. Whoever runs a
// world listens to the channel; when nobody does, a signal cancels the context.
func interruptible(parent context.Context) (context.Context, <-chan os.Signal) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := make(chan os.Signal, 4)
	passed := make(chan os.Signal)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(sig) { // as nohup and a shell's background jobs have it
			signal.Notify(caught, sig)
		}
	}
	signal.Ignore(syscall.SIGPIPE) // a closed stderr is no reason to end a build; cargo goes on too
	go followStops(passed)
	go func() {
		for sig := range caught {
			select {
			case passed <- sig:
			case <-time.After(patience):
				n, _ := sig.(syscall.Signal)
				cancel(&interrupted{n})
			}
		}
	}()
	return ctx, passed
}

func resetSignals() { signal.Reset() }
