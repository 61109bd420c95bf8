//go:build !linux

package ordinary

import (
	"context"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// Run is for Linux only.
func Run(context.Context, Command) (spec.Result, error) {
	return spec.Result{}, diag.New(diag.ExitIsolation, "a build can be watched on Linux only")
}

// Stage2 is never started.
func Stage2() { panic("ordinary: there is no second stage on this system") }
