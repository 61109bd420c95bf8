//go:build !linux

package landlock

import (
	"context"
	"os"
	"runtime"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// Run refuses: there is no Landlock here.
func Run(context.Context, spec.Spec) (spec.Result, error) {
	return spec.Result{}, diag.New(diag.ExitIsolation, "isolation `landlock` needs Linux, this is %s", runtime.GOOS).
		WithHelp("run the build on a Linux machine or in a Linux virtual machine")
}

// Stage2 is never reached: no other system starts it.
func Stage2() { os.Exit(diag.ExitIsolation) }
