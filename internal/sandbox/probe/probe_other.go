//go:build !linux

package probe

import (
	"context"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
)

// Table has no features: these are Linux's.
func Table(context.Context, advice.Host) ([]Result, error) { return []Result{}, nil }

// ChildMain is never reached: no other system starts it.
func ChildMain() { os.Exit(diag.ExitIsolation) }
