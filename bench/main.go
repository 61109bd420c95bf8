// Command bench compares what cargo-hermetic adds with what is there without
// it:
//
//	cold      `cargo hermetic build` against plain `cargo build`, nothing built yet
//	noop      the same two when there is nothing to do
//	startup   the sandbox alone against bwrap setting up the same view
//	layers    the check of a warm build's layers against find(1), and the first
//	          capture of a system layer against `cp -a`
//	discovery finding root and workspace of 500 packages against cargo listing them
//	overhead  determinism and observation against the same world without them, only
//	          if it is named: a build takes minutes
//
// Every figure comes from pairs: A B A B, one ratio a pair, then minimum,
// median and maximum of the ratios, so that a machine which is slow for a
// minute is slow for both. CPU seconds of the whole process tree stand beside
// wall time, because on a shared machine wall time also measures the others.
//
// It judges nothing: goals are printed beside the figures, and the exit code
// says only whether the measuring worked. What a measured build must have done
// (compiled everything, or nothing) is checked. It never measures fetching,
// `init`, or a file system that is cold in memory.
//
//	go run ./bench [-runs N] [-only cold|noop|startup|discovery|layers|overhead] [-tree NAME] [-json]
package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"

	// The sandbox starts this program again. The product pays for the package
	// initialisation of everything that it links, so this program must too.
	"github.com/cargo-hermetic/cargo-hermetic/internal/cli"
)

// The measurements, as -only names them.
const (
	cold      = "cold"
	noop      = "noop"
	startup   = "startup"
	discovery = "discovery"
	layers    = "layers"
	overhead  = "overhead"
)

// pairs are how many are run when -runs does not say.
var pairs = map[string]int{cold: 5, noop: 20, startup: 200, discovery: 50, layers: 50, overhead: 2}

func main() {
	if sandbox.IsChild(os.Args) {
		sandbox.ChildMain()
	}
	if code, is := startedAsProduct(os.Args); is {
		os.Exit(code)
	}
	cli.Tune() // as the product does
	runs := flag.Int("runs", 0, "pairs of each measurement; 0 means 5 cold, 20 noop, 200 startup, 50 discovery, 50 layers (10 captures), 2 overhead")
	only := flag.String("only", "", "measure `one` of cold, noop, startup, discovery, layers, overhead")
	oneTree := flag.String("tree", "", "of overhead, measure the tree of this `name` only")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code := 0
	err := errors.Join(checkFlags(*runs, *only), checkTree(*only, *oneTree))
	switch {
	case err != nil:
	case !linkedAsReleased():
		code, err = runAsReleased(ctx, os.Args[1:])
	default:
		err = run(ctx, *runs, *only, *oneTree, *asJSON)
	}
	if err != nil {
		ui.NewShell(os.Stderr, ui.Normal, false).Error(err)
		code = diag.ExitCode(err)
	}
	os.Exit(code)
}

// run measures and prints. An interrupt ends the measured command and removes
// what was laid out.
func run(ctx context.Context, runs int, only, oneTree string, asJSON bool) error {
	r, err := measureAll(ctx, runs, only, oneTree)
	if err != nil {
		return err
	}
	return r.print(os.Stdout, asJSON)
}

func checkFlags(runs int, only string) error {
	switch {
	case flag.NArg() > 0:
		return diag.New(diag.ExitUsage, "unexpected argument `%s`", flag.Arg(0))
	case runs < 0:
		return diag.New(diag.ExitUsage, "`-runs` cannot be negative")
	case only != "" && pairs[only] == 0:
		return diag.New(diag.ExitUsage, "`-only` is one of cold, noop, startup, discovery, layers, overhead, not `%s`", only)
	}
	return nil
}

// measureAll measures what is asked for, the short measurement first.
func measureAll(ctx context.Context, runs int, only, oneTree string) (r *report, err error) {
	r = &report{Machine: machine()}
	wanted := func(what string) bool { return only == "" || only == what }
	count := func(what string) int {
		if runs > 0 {
			return runs
		}
		return pairs[what]
	}
	if wanted(startup) {
		if err := measureStartup(ctx, r, count(startup)); err != nil {
			return nil, diag.Wrap(err, "measuring the start of the sandbox")
		}
	}
	if wanted(discovery) {
		if err := measureDiscovery(ctx, r, count(discovery)); err != nil {
			return nil, diag.Wrap(err, "measuring discovery")
		}
	}
	if wanted(layers) {
		if err := measureLayers(ctx, r, count(layers)); err != nil {
			return nil, diag.Wrap(err, "measuring layers")
		}
	}
	if only == overhead {
		if err := measureOverhead(ctx, r, oneTree, count(overhead)); err != nil {
			return nil, err
		}
	}
	if !wanted(cold) && !wanted(noop) {
		return r, nil
	}
	b, err := newBuilds(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	trees, err := b.layOut(ctx, r)
	if err != nil {
		return nil, err
	}
	r.Machine.Rust = b.release
	for _, t := range trees {
		if wanted(cold) {
			if err := b.measureCold(ctx, r, t, count(cold)); err != nil {
				return nil, diag.Wrap(err, "measuring cold builds of `%s`", t.name)
			}
		}
		if wanted(noop) {
			if err := b.measureNoop(ctx, r, t, count(noop)); err != nil {
				return nil, diag.Wrap(err, "measuring no-op builds of `%s`", t.name)
			}
		}
	}
	return r, nil
}

// machine says what the figures were measured on.
func machine() shape {
	s := shape{CPUs: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	// Linux has both; elsewhere the report goes without.
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		s.Kernel = strings.TrimSpace(string(release))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		s.Load, _, _ = strings.Cut(string(load), " ")
	}
	return s
}
