//go:build unix

package cli

import (
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// start becomes the program: same process, terminal, directory and
// environment, as if it had been started by hand. Its exit code is ours by
// nature. It returns only if that fails.
func start(h *build.Host, p *build.Program) (int, error) {
	env := maps.Clone(h.Env)
	for _, kv := range p.Env {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	if p.Whole {
		list = p.Env
		if err := os.Chdir(p.Dir); err != nil {
			return 0, diag.Wrap(err, "starting `%s`", p.Path)
		}
	}
	resetSignals()
	err := syscall.Exec(p.Path, append([]string{p.Path}, p.Args...), list)
	return 0, diag.Wrap(&os.PathError{Op: "exec", Path: p.Path, Err: err}, "starting the program")
}
