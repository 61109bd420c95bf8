package build

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/crates"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// prepared is everything that a world is planned from.
type prepared struct {
	project   *Project
	lock      *lock.Lock
	cargoLock *cargo.Lockfile
	store     *store.Store
	isolation sandbox.Isolation
	layers    Layers
	tree      store.Tree
	pinned    pinned
	held      world.Held
	staged    Staged
	unwatched bool
	hostRoot  string // where the host's package database is
}

// covered are the places at the top of the root that are not part of it: what
// a build writes, and what version control keeps for itself, which differs
// between two clones of one commit.
var covered = []string{".git", "target"}

// Hidden reports whether a path of the root, relative to it, is not part of it.
func Hidden(rel string) bool {
	for _, c := range covered {
		if rel == c || strings.HasPrefix(rel, c+"/") {
			return true
		}
	}
	return false
}

// hashRoot looks at what is in the root now.
func (p *prepared) hashRoot(ctx context.Context, h *Host) (err error) {
	p.tree, err = p.store.HashTree(ctx, p.project.Root, "root:"+p.project.Root, h.Now(), Hidden)
	return err
}

// preferMissing returns the error that helps first: a lock that is out of date
// because of a toolchain which is not even installed cannot be updated yet.
func (h *Host) preferMissing(ctx context.Context, pin toolchain.Pin, pinned bool, stale error) error {
	if !pinned || diag.ExitCode(stale) != diag.ExitLock {
		return stale
	}
	if pin.Path != "" {
		return stale
	}
	if _, err := toolchain.Find(ctx, h.Rustup, pin); err != nil {
		return err
	}
	return stale
}

// world plans the world of a command.
func (p *prepared) world(h *Host, o *Options, c *Command) (world.World, error) {
	env, err := p.project.Policy.Environment(h.Env)
	if err != nil {
		return world.World{}, err
	}
	maps.Copy(env, p.pinned.env) // the policy saw to it that no name is there twice
	top, err := systemTop(p.layers.System)
	if err != nil {
		return world.World{}, p.damaged(p.layers.System, err)
	}
	args, err := c.Args(p.project.translate)
	if err != nil {
		return world.World{}, err
	}
	if err := p.checkTargets(args); err != nil {
		return world.World{}, err
	}
	// On the command line, because a project's own configuration is nearer to
	// cargo than its home and its environment: it could lead outputs away or
	// replace a source.
	extra := []string{"--target-dir=" + world.Target}
	sources := p.layers.Crates.Config
	if sources != "" {
		if sources, err = crates.Named(sources, cargo.SourcesOf(p.project.Contents.Configuration.Merged)); err != nil {
			return world.World{}, err
		}
		extra = append(extra, "--config="+world.CargoConfig)
	}
	tool := digest.Digest{}
	elsewhere := p.isolation == sandbox.Landlock
	if elsewhere && p.project.WrapsRustc(env) {
		return world.World{}, diag.New(diag.ExitIsolation, "isolation `%s` has to start rustc itself, and the project wraps it", p.isolation).
			WithHelp("use `--isolation namespaces`, or leave out `build.rustc-wrapper` and RUSTC_WRAPPER")
	}
	linker := p.project.Policy.System.OwnLinker()
	if linker {
		extra = append(extra, fmt.Sprintf("--config=target.%s.linker=%q", p.lock.Toolchain.Host, world.Linker))
	}
	if c.Verb == "run" || elsewhere || linker {
		if tool, err = OwnDigest(); err != nil {
			return world.World{}, err
		}
	}
	if c.Verb == "run" {
		for _, target := range runTargets(args, p.lock.Toolchain.Host) {
			extra = append(extra, fmt.Sprintf("--config=target.%s.runner=%q", target, world.Runner))
		}
	}
	in := world.Inputs{
		Isolation: string(p.isolation),
		Root:      p.tree.Digest,
		Toolchain: p.lock.Toolchain.Layer,
		System:    p.lock.System.Layer,
		SystemTop: top,
		Crates:    p.layers.Crates.Layer.Digest,
		Sources:   sources,
		Downloads: p.pinned.placed,
		Dir:       p.project.dirInside(),
		Cargo:     slices.Insert(args, 1, extra...), // behind the verb
		Env:       env,
		Tool:      tool,
		Run:       c.Verb == "run",
		Linker:    linker,
		Packaged:  p.lock.Toolchain.Channel == toolchain.ByPackages,
		Elsewhere: elsewhere,
		Held:      p.held,
	}
	for _, name := range covered {
		if _, err := os.Lstat(p.project.file(name)); err == nil || name == "target" {
			in.Covered = append(in.Covered, name) // target will be there when the world runs
		}
	}
	return world.Plan(in), nil
}

// runTargets returns the target triples that `run` may start a program of.
func runTargets(args []string, host string) []string {
	var targets []string
	for _, arg := range args {
		if triple, ok := strings.CutPrefix(arg, "--target="); ok {
			targets = append(targets, triple)
		}
	}
	if len(targets) == 0 {
		return []string{host}
	}
	return targets
}

// OwnDigest is the digest of this very program, which stands in for the
// program in the world of `run`.
func OwnDigest() (digest.Digest, error) {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return digest.Digest{}, err
	}
	defer f.Close()
	return digest.FromReader(f)
}

// dirInside is the working directory inside the root: where the caller is, or
// the workspace when the caller is elsewhere.
func (p *Project) dirInside() string { return p.name(p.Config.Start) }

// configured are the configuration files that were read, relative to the root.
func (p *Project) configured() []string {
	var names []string
	for _, file := range p.Contents.Configuration.Files {
		names = append(names, p.name(file))
	}
	return names
}

// WrapsRustc reports whether the environment of a build or the configuration inside
// the root starts rustc through a program of the project's own.
func (p *Project) WrapsRustc(env map[string]string) bool {
	return env["RUSTC_WRAPPER"] != "" || env["CARGO_BUILD_RUSTC_WRAPPER"] != "" ||
		p.Contents.Configuration.Merged.Get("build").Get("rustc-wrapper") != nil
}

// name is a path of the root, relative to it.
func (p *Project) name(path string) string {
	rel, err := p.relative(path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

// translate turns a path of the host into the same place in the world. The
// caller may write it under either name of the root.
func (p *Project) translate(host string) (string, error) {
	for _, root := range []string{p.Root, p.named} {
		if rel, err := filepath.Rel(root, host); err == nil && filepath.IsLocal(rel) && !Hidden(filepath.ToSlash(rel)) {
			return filepath.ToSlash(filepath.Join(world.Root, rel)), nil
		}
	}
	return "", diag.New(diag.ExitPolicy, "`%s` is outside the root `%s`", host, p.Root).
		WithHelp("move it into the root, or name a root that holds it: --root DIR")
}

// summary is the first line of a build: toolchain, system, isolation.
func (p *prepared) summary() string {
	t := p.lock.Toolchain
	text := fmt.Sprintf("rustc %s (%.9s), %s [%s], %s", t.Release, t.Commit, p.lock.System.Source, p.lock.System.Layer.Short(), p.isolation)
	if p.isolation == sandbox.Namespaces && !p.held.Anything() {
		text += ", not deterministic"
	}
	return text
}
