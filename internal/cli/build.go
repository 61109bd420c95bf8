package cli

import (
	"context"
	"os"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// command makes the build floor's form of a cargo verb.
func command(h *build.Host, inv *invocation, verb string) *build.Command {
	c := &build.Command{Verb: verb, ProgramArgs: inv.cargo.programArgs()}
	for _, format := range inv.cargo.messageFormats() {
		c.JSON = c.JSON || strings.HasPrefix(format, "json")
	}
	c.Args = func(translate func(string) (string, error)) ([]string, error) {
		return inv.cargo.forWorld(func(path string) (string, error) { return translate(h.Absolute(path)) })
	}
	return c
}

// buildVerb runs a cargo verb.
func buildVerb(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) (int, error) {
	outcome, err := build.Build(ctx, h, o, command(h, inv, inv.verb))
	if err == nil && outcome.Result.Signal == 0 && outcome.Program != nil {
		return start(h, outcome.Program)
	}
	return ended(h, outcome.Result, "inside the world", err)
}

// ended is how a verb ends that ran cargo, and has nothing more to do.
func ended(h *build.Host, result sandbox.Result, where string, err error) (int, error) {
	switch {
	case err != nil:
		return 0, err
	case result.Signal != 0:
		if !result.Passed {
			h.Shell.Error(killed(result.Signal, where))
		}
		return 0, &interrupted{result.Signal}
	}
	return result.ExitCode, nil
}

// killed says that a signal ended cargo which nobody sent through us. We end by
// the same one, and a shell may show no more than a number.
func killed(sig syscall.Signal, where string) *diag.Diagnostic {
	d := diag.New(diag.ExitFailed, "cargo was killed by signal %d (%v) %s", int(sig), sig, where)
	if sig == syscall.SIGKILL {
		return d.WithHelp("if the system ran out of memory, which `dmesg` says, build less at a time: `--jobs 1`")
	}
	return d
}

// plan prints the world of a verb.
func plan(ctx context.Context, h *build.Host, o *build.Options, inv *invocation, verb string) error {
	w, err := build.Plan(ctx, h, o, command(h, inv, verb))
	if err != nil {
		return err
	}
	if inv.format == "json" {
		_, err = os.Stdout.Write(w.JSON())
	} else {
		_, err = os.Stdout.WriteString(w.Text())
	}
	return err
}
