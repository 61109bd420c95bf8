// Package cli is the command line: it reads the surroundings once, parses the
// arguments, calls one verb, prints what went wrong, and returns the exit
// code. It is the only package that prints errors.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/crates"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// version is the version of this tool. It is part of hermetic.toml's
// `min-version` contract.
const version = "0.1.0"

// Tune sets the garbage collector for a process that plans for some milliseconds
// and then waits for cargo: what it holds is small, and collecting it early costs
// more than the memory is worth.
func Tune() { debug.SetGCPercent(400) }

// Main runs one command line and returns the exit code. A program that ended
// by a signal makes this process end by the same one.
func Main(args []string) int {
	staged, rest, ok, err := build.ParseStaged(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return diag.ExitFailed
	}
	if ok {
		args = rest
	}
	return execute(args, func(o *build.Options) { o.Staged = staged })
}

// execute is Main, with a change of what the flags ask for.
func execute(args []string, change func(*build.Options)) int {
	Tune()
	inv, err := parseArgs(args[1:])
	surroundings, serr := readSurroundings(inv)
	shell := surroundings.shell
	if err = errors.Join(err); err == nil && !inv.help && !inv.version {
		err = serr
	}
	if err != nil {
		shell.Error(err)
		return diag.ExitCode(err)
	}
	switch {
	case inv.help:
		fmt.Fprint(os.Stdout, inv.helpText())
		return 0
	case inv.version:
		fmt.Fprint(os.Stdout, versionText(inv.cargo.verbose() > 0))
		return 0
	}
	ctx, signals := interruptible(context.Background())
	host := surroundings.host
	host.Signals = signals
	code, err := perform(ctx, host, inv, change)
	if sig := endedBy(ctx, err); sig != 0 {
		return dieBy(sig)
	}
	if err != nil {
		shell.Error(err)
		return diag.ExitCode(err)
	}
	return code
}

// endedBy returns the signal that ended the work, ours or that of a world.
func endedBy(ctx context.Context, err error) syscall.Signal {
	if fetch := (*crates.Interrupted)(nil); errors.As(err, &fetch) {
		return fetch.Result.Signal
	}
	for _, cause := range []error{err, context.Cause(ctx)} {
		if i := (*interrupted)(nil); errors.As(cause, &i) {
			return i.signal
		}
	}
	return 0
}

// perform calls the verb.
func perform(ctx context.Context, h *build.Host, inv *invocation, change func(*build.Options)) (int, error) {
	if inv.ordinary != nil {
		p, err := build.PrepareOrdinary(ctx, h, inv.ordinary.request(h))
		if err != nil {
			return 0, err
		}
		return start(h, p)
	}
	switch inv.verb { // of no project
	case "cache":
		return 0, cache(ctx, h, inv)
	case "explain":
		return 0, explainCode(inv)
	}
	o := &build.Options{Roots: inv.roots, AllowEnv: inv.cargo.values("allow-env"), Isolation: inv.isolation, Offline: inv.cargo.offline(),
		Undetermined: inv.cargo.value("deterministic") == "no"}
	if m := inv.cargo.manifestPath(); m != "" {
		o.Manifest = h.Absolute(m)
	}
	change(o)
	switch inv.verb {
	case "init":
		return 0, build.Init(ctx, h, o)
	case "lock":
		return 0, lockVerb(ctx, h, o, inv)
	case "fetch":
		return 0, build.Fetch(ctx, h, o)
	case "roots":
		return 0, explainRoots(h, o, inv)
	case "layer":
		return 0, layer(ctx, h, o, inv)
	case "doctor":
		return examine(ctx, h, o, inv)
	case "audit":
		return auditBuild(ctx, h, o, inv)
	case "verify":
		return verifyBuild(ctx, h, o, inv)
	case "attest":
		return attestBuild(ctx, h, o, inv)
	case "plan":
		return 0, plan(ctx, h, o, inv, "build")
	}
	if inv.dryRun {
		return 0, plan(ctx, h, o, inv, inv.verb)
	}
	return buildVerb(ctx, h, o, inv)
}

// versionText is cargo's form of -V and -vV.
func versionText(verbose bool) string {
	commit, date := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value
			case "vcs.time":
				date, _, _ = strings.Cut(s.Value, "T")
			}
		}
	}
	line := "cargo-hermetic " + version
	if commit != "" {
		line += fmt.Sprintf(" (%.9s %s)", commit, date)
	}
	if !verbose {
		return line + "\n"
	}
	return fmt.Sprintf("%s\nrelease: %s\ncommit-hash: %s\ncommit-date: %s\nisolations: namespaces, landlock, roots\n", line, version, commit, date)
}

// dieBy ends this process by a signal, as the shell expects of a program that
// was interrupted, so that a script stops too.
func dieBy(sig syscall.Signal) int {
	// If any of this fails, the code says the same.
	if p, err := os.FindProcess(os.Getpid()); err == nil && mortal(sig) == nil && p.Signal(sig) == nil {
		// It may reach another thread first.
		<-time.After(time.Second)
	}
	return 128 + int(sig)
}
