package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// linkedAsReleased reports whether this program was linked as the product is:
// without cgo. With cgo the second stage of the sandbox starts a dynamic linker
// and another thread library first, and leaves out a step that it cannot do.
func linkedAsReleased() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "CGO_ENABLED" {
			return s.Value == "0"
		}
	}
	return false
}

// rebuilt is in the environment of the program that runAsReleased starts, so
// that one which is still not linked as it should be is an error and no loop.
const rebuilt = "CARGO_HERMETIC_BENCH_REBUILT"

// runAsReleased builds this program again as the product is built, and runs it
// with the same arguments. The result is its exit code.
func runAsReleased(ctx context.Context, args []string) (code int, err error) {
	if os.Getenv(rebuilt) != "" {
		return 0, errors.New("the benchmark is linked with cgo although it was built without")
	}
	dir, err := os.MkdirTemp("", "cargo-hermetic-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program := filepath.Join(dir, "bench")
	if err := goBuild(ctx, program, "bench"); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), rebuilt+"=1")
	// It has something to remove before it ends.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil // it has said why
	}
	return 0, diag.Wrap(err, "running the benchmark without cgo")
}

// goBuild builds a command of this module as it is released.
func goBuild(ctx context.Context, program, path string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "github.com/cargo-hermetic/cargo-hermetic/"+path)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	_, err := output(build)
	return err
}
