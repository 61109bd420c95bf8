//go:build !unix

package cli

import (
	"context"
	"os"
	"syscall"
)

// interrupted is the cause of a context that a signal cancelled.
type interrupted struct{ signal syscall.Signal }

func (i *interrupted) Error() string { return "interrupted" }

// interruptible leaves signals to the system: there is no world to pass them to.
func interruptible(parent context.Context) (context.Context, <-chan os.Signal) { return parent, nil }

func resetSignals() {}
