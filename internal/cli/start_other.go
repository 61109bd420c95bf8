//go:build !unix

package cli

import (
	"errors"
	"os"
	"os/exec"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// start runs cargo under `--isolation roots` as a child, and passes its exit
// code: these systems cannot become another program. No world was run here, so
// there is no other program to start.
func start(h *build.Host, p *build.Program) (int, error) {
	if !p.Whole {
		return 0, errors.New("this system cannot run the program of a world")
	}
	command := exec.Command(p.Path, p.Args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, h.Stdout, h.Stderr
	command.Env, command.Dir = p.Env, p.Dir
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() >= 0 {
		return exit.ExitCode(), nil
	}
	return 0, diag.Wrap(err, "running cargo")
}
