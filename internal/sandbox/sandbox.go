// Package sandbox runs one command in a view of its own: it sees the mounts,
// the environment and the identity that the Spec names, and nothing else. A run
// that cannot be isolated as asked does not happen; the error says what is
// missing and how to get it (exit code 110).
//
// It knows nothing of cargo, layers or projects. Isolation back ends are
// sub-packages.
package sandbox

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/landlock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/namespaces"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/ordinary"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
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

	Determinism = spec.Determinism
	Another     = spec.Another
	Result      = spec.Result
)

// Clocks of a Determinism.
const (
	ClockReal = spec.ClockReal
	ClockHeld = spec.ClockHeld
)

// Isolation is how a world is closed, chosen by name and never silently
// exchanged for a weaker one.
type Isolation string

// Isolations, the strongest first.
const (
	// Namespaces are Linux user, mount, pid, net, ipc, uts and cgroup
	// namespaces; the full promise.
	Namespaces Isolation = "namespaces"
	// Landlock is for hosts that refuse user namespaces. What it leaves open is
	// in every Result.
	Landlock Isolation = "landlock"
)

// Isolations lists the isolations that run a command, the strongest first.
func Isolations() []Isolation { return []Isolation{Namespaces, Landlock} }

// ParseIsolation reads an isolation's name.
func ParseIsolation(name string) (Isolation, error) {
	names := make([]string, 0, 2)
	for _, i := range Isolations() {
		if string(i) == name {
			return i, nil
		}
		names = append(names, string(i))
	}
	return "", diag.New(diag.ExitUsage, "unknown isolation `%s`", name).
		WithHelp("the isolations are: %s, roots", strings.Join(names, ", ")) // the last starts no sandbox
}

// Run runs the command of s under isolation i and waits until nothing of it is
// left. An error means that the command did not run, or that its end could not
// be learnt; how the command itself ended is in the Result. Cancelling ctx
// kills the world.
func Run(ctx context.Context, i Isolation, s Spec) (Result, error) {
	if err := s.Validate(); err != nil {
		return Result{}, diag.New(diag.ExitFailed, "the world cannot be made as it is specified").Because(err)
	}
	switch i {
	case Namespaces:
		result, err := namespaces.Run(ctx, s)
		if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && d.Exit == diag.ExitIsolation {
			err = d.Note("`--isolation landlock` promises less and needs less; `cargo hermetic doctor` says what works here")
		}
		return result, err
	case Landlock:
		return landlock.Run(ctx, s)
	}
	_, err := ParseIsolation(string(i))
	return Result{}, err
}

// IsChild reports whether this process was started by Run to set up a view, or
// by package probe to try something. main must ask before anything else and then
// call ChildMain.
func IsChild(args []string) bool {
	return namespaces.IsStage2(args) || landlock.IsStage2(args) || ordinary.IsStage2(args) || probe.IsChild(args)
}

// ChildMain is the second stage of Run, or a try. It never returns.
func ChildMain() {
	switch {
	case probe.IsChild(os.Args):
		probe.ChildMain()
	case landlock.IsStage2(os.Args):
		landlock.Stage2()
	case ordinary.IsStage2(os.Args):
		ordinary.Stage2()
	}
	namespaces.Stage2()
}
