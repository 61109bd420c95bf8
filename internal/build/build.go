// Package build is the way of one hermetic command, in order: roots, policy,
// lock, layers, world, sandbox, outputs. Read Build from top to bottom and you
// have read the product.
//
// It composes the floors below and decides nothing that one of them could
// decide. It never prints cargo's words, only ours.
package build

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Command is one cargo command to run in a world.
type Command struct {
	Verb string
	// Args makes cargo's arguments, verb first, with host paths translated by
	// the function it is given.
	Args        func(translate func(host string) (string, error)) ([]string, error)
	JSON        bool     // cargo prints JSON messages on stdout
	ProgramArgs []string // of `run`: for the program, which starts outside
}

// Outcome is how a command ended.
type Outcome struct {
	Result  sandbox.Result
	Program *Program // of `run`: what to start now, outside the world
	Made    *Made    // nil unless it succeeded
}

// Build runs a cargo command hermetically. If a layer turns out to be damaged,
// it is made again and the command runs once more, from an empty target
// directory.
func Build(ctx context.Context, h *Host, o *Options, c *Command) (Outcome, error) {
	outcome, err := attempt(ctx, h, o, c)
	if damaged := (*damagedLayer)(nil); errors.As(err, &damaged) {
		h.Shell.Warn("%v; making the layer again if need be, and running once more", damaged)
		if err := damaged.heal(ctx); err != nil {
			return Outcome{}, err
		}
		return attempt(ctx, h, o, c)
	}
	return outcome, err
}

// attempt is one run from beginning to end.
func attempt(ctx context.Context, h *Host, o *Options, c *Command) (outcome Outcome, err error) {
	when := checkedBeside
	if c.JSON || c.Verb == "test" || c.Verb == "bench" {
		when = checkedFirst // what they print is believed as it appears
	}
	p, err := prepare(ctx, h, o, when)
	if err != nil {
		return outcome, err
	}
	out, err := h.lockOutputs(ctx, p.store, p.project)
	if err != nil {
		return outcome, err
	}
	defer func() { err = diag.Join(err, out.close()) }()
	started := h.Now()
	if err := p.hashRoot(ctx, h); err != nil {
		return outcome, err
	}
	w, err := p.world(h, o, c)
	if err != nil {
		return outcome, err
	}
	if approved, err := p.approved(h, o, w); err != nil || !approved {
		return outcome, err
	}
	vendored, err := p.vendored()
	if err != nil {
		return outcome, err
	}
	base := reuseBase(w, p.tree, slices.Concat(p.project.configured(), vendored))
	if o.Fresh {
		if err := out.forget(); err != nil { // so nothing of it is used
			return outcome, err
		}
	}
	if err := out.prepare(h, base, p.tree, p.cargoLock); err != nil {
		return outcome, err
	}
	if err := out.begin(); err != nil {
		return outcome, err
	}
	h.Shell.Status("Hermetic", "%s", p.summary())
	running, verdict := p.checkBeside(ctx)
	outcome, err = p.run(running, h, w, out, c)
	if damaged := diag.Join(verdict(), p.checkAfter(ctx, out)); damaged != nil {
		return Outcome{}, damaged // and out is not finished: what lies there will not be used
	}
	before := p.tree
	if hashErr := p.hashRoot(ctx, h); hashErr != nil || err != nil {
		return outcome, diag.Join(err, hashErr)
	}
	if before.Digest == p.tree.Digest && outcome.Result.ExitCode == 0 && outcome.Result.Signal == 0 {
		if outcome.Made, err = p.made(h, w); err != nil {
			return outcome, err
		}
	}
	return outcome, out.finish(base, before, p.tree, started.UnixNano())
}

// Plan returns the world in which Build would run a command, and runs nothing
// but a fetch that is still missing.
func Plan(ctx context.Context, h *Host, o *Options, c *Command) (world.World, error) {
	p, err := prepare(ctx, h, o, checkedFirst)
	if err != nil {
		return world.World{}, err
	}
	if err := p.hashRoot(ctx, h); err != nil {
		return world.World{}, err
	}
	return p.world(h, o, c)
}

// Fetch brings every layer into the store.
func Fetch(ctx context.Context, h *Host, o *Options) error {
	fetching := *o
	fetching.Fetching = true
	p, err := prepare(ctx, h, &fetching, checkedFirst)
	if err != nil {
		return err
	}
	h.Shell.Status("Fetched", "%s", p.summary())
	return nil
}

// prepare does what every command needs: it finds the root, reads its files,
// and brings the layers into the store.
func prepare(ctx context.Context, h *Host, o *Options, when checking) (*prepared, error) {
	isolation, err := sandbox.ParseIsolation(o.Isolation)
	if err != nil {
		return nil, err
	}
	project, err := Locate(h, o)
	if err != nil {
		return nil, err
	}
	pin, pinned, err := project.pin()
	if err != nil {
		return nil, err
	}
	if name := h.Env["RUSTUP_TOOLCHAIN"]; pinned && h.Env["RUSTUP_TOOLCHAIN_SOURCE"] == "cli" && !strings.HasPrefix(name, pin.Channel) {
		h.Shell.Warn("`+%s` has no effect: Rust %s is pinned in %s", name, pin.Channel, filepath.Base(pin.File))
	}
	locked, err := project.hermeticLock(pin, pinned)
	if err != nil {
		return nil, h.preferMissing(ctx, pin, pinned && !project.Policy.System.Packaged(), err)
	}
	if err := diag.Join(checkImageIsolation(locked, isolation), checkPackagedIsolation(locked, isolation)); err != nil {
		return nil, err
	}
	cargoLock, err := project.cargoLock()
	if err != nil {
		return nil, err
	}
	if roots.Within(project.Root, h.Store) || roots.Within(h.Store, project.Root) {
		return nil, diag.New(diag.ExitPolicy, "the store `%s` and the root `%s` lie in one another, so the root would change with every build", h.Store, project.Root).
			WithHelp("set XDG_CACHE_HOME to a directory outside the root")
	}
	st, err := store.Open(h.Store)
	if err != nil {
		return nil, err
	}
	if err := st.Sweep(ctx); err != nil {
		return nil, diag.Wrap(err, "cleaning the store `%s`", h.Store)
	}
	p := &prepared{project: project, lock: locked, cargoLock: cargoLock, store: st, isolation: isolation, staged: o.Staged, hostRoot: h.System, unwatched: o.Unwatched}
	look := h.lookup(st, when)
	if p.layers.Toolchain, err = h.toolchainLayer(ctx, st, look, project, locked, pin); err != nil {
		return nil, err
	}
	if p.layers.System, err = h.systemLayer(ctx, st, look, project, locked, p.layers.Toolchain, o.Offline); err != nil {
		return nil, err
	}
	if err := p.checkRust(ctx, h, pin); err != nil {
		return nil, err
	}
	if p.layers.Crates, err = h.cratesLayer(ctx, st, look, project, p.layers.Toolchain, locked.Toolchain.Release, o); err != nil {
		return nil, err
	}
	if err := p.downloads(ctx, h, look, o); err != nil {
		return nil, err
	}
	p.held, err = h.held(ctx, o, project, isolation)
	return p, err
}
