// Package sandbox runs one command in a view of its own: it sees the mounts,
// the environment and the identity that the Spec names, and nothing else. A run
// that cannot be isolated as asked does not happen; the error says what is
// missing and how to get it (exit code 110).
//
// It knows nothing of cargo, layers or projects. Isolation back ends are
// sub-packages; a supervisor (observation, constant clock and randomness) will
// stand beside them and be started from Run.
package sandbox

import (
	"context"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/namespaces"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// The words of a run; see package spec.
type (
	Spec    = spec.Spec
	Mount   = spec.Mount
	Dir     = spec.Dir
	File    = spec.File
	Link    = spec.Link
	Network = spec.Network
	Result  = spec.Result
)

// Isolation is how a world is closed, chosen by name and never silently
// exchanged for a weaker one.
type Isolation string

// Namespaces is the only isolation that this version has: Linux user, mount,
// pid, net, ipc, uts and cgroup namespaces; the full promise.
const Namespaces Isolation = "namespaces"

// planned names the isolations of the design that are not built yet.
var planned = []Isolation{"landlock"}

// ParseIsolation reads an isolation's name.
func ParseIsolation(name string) (Isolation, error) {
	if Isolation(name) == Namespaces {
		return Namespaces, nil
	}
	for _, p := range planned {
		if Isolation(name) == p {
			return "", diag.New(diag.ExitIsolation, "isolation `%s` is not available in this version of cargo-hermetic", name).
				WithHelp("use `--isolation namespaces`, the default")
		}
	}
	return "", diag.New(diag.ExitUsage, "unknown isolation `%s`", name).
		WithHelp("the isolations are: %s", strings.Join([]string{string(Namespaces), string(planned[0])}, ", "))
}

// Run runs the command of s under isolation i and waits until nothing of it is
// left. An error means that the command did not run, or that its end could not
// be learnt; how the command itself ended is in the Result. Cancelling ctx
// kills the world.
func Run(ctx context.Context, i Isolation, s Spec) (Result, error) {
	if i != Namespaces {
		_, err := ParseIsolation(string(i))
		return Result{}, err
	}
	return namespaces.Run(ctx, s)
}

// IsChild reports whether this process was started by Run to set up a view.
// main must ask before anything else and then call ChildMain.
func IsChild(args []string) bool { return namespaces.IsStage2(args) }

// ChildMain is the second stage of Run. It never returns.
func ChildMain() { namespaces.Stage2() }
