package build

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/crates"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Layers are the pinned trees of a build, present in the store and verified.
type Layers struct {
	Toolchain store.Layer
	System    store.Layer
	Crates    crates.Crates // zero if there is nothing external, or the root vendors it
}

// once looks for a layer and makes it if there is none, one process at a time:
// each copy takes the room of the whole layer until it is known to be one too many.
func (h *Host) once(ctx context.Context, st *store.Store, look lookup, d digest.Digest, make func() (store.Layer, error)) (layer store.Layer, err error) {
	layer, ok, err := look(ctx, d)
	if ok || err != nil {
		return layer, err
	}
	unlock, err := st.Lock(ctx, "making "+d.String(), func() {
		h.Shell.Status("Blocking", "waiting for file lock on the store")
	})
	if err != nil {
		return layer, err
	}
	defer func() { err = diag.Join(err, unlock()) }()
	if layer, ok, err = look(ctx, d); ok || err != nil {
		return layer, err
	}
	return make()
}

// toolchainLayer returns the toolchain that the lock names.
func (h *Host) toolchainLayer(ctx context.Context, st *store.Store, look lookup, p *Project, l *lock.Lock, pin toolchain.Pin) (store.Layer, error) {
	return h.once(ctx, st, look, l.Toolchain.Layer, func() (store.Layer, error) {
		switch l.Toolchain.Channel {
		case toolchain.ByPackages:
			return h.links(ctx, st)
		case toolchain.ByPath:
			return h.lockedByPath(ctx, st, p, l, pin)
		}
		return h.installed(ctx, st, l, pin)
	})
}

// installed makes the toolchain layer of what rustup has installed.
func (h *Host) installed(ctx context.Context, st *store.Store, l *lock.Lock, pin toolchain.Pin) (store.Layer, error) {
	found, err := toolchain.Find(ctx, h.Rustup, pin)
	if err != nil {
		return store.Layer{}, err
	}
	var mismatch error
	for _, t := range found {
		if t.Host != l.Toolchain.Host || t.Commit != l.Toolchain.Commit {
			mismatch = otherBuild(l, t, pin.Channel)
			continue
		}
		layer, err := h.captureToolchain(ctx, st, t, l.Toolchain.Components)
		if err != nil {
			return store.Layer{}, err
		}
		if layer.Digest == l.Toolchain.Layer {
			return layer, nil
		}
		mismatch = nameChanged(st, l.Toolchain.Layer, layer.Digest, otherFiles(l, t, pin.Channel, layer.Digest))
	}
	return store.Layer{}, mismatch
}

// captureToolchain makes a layer of an installed toolchain, or finds the one
// that was made of it before if nothing in its directory was touched since.
func (h *Host) captureToolchain(ctx context.Context, st *store.Store, t *toolchain.Installed, components []string) (store.Layer, error) {
	state, err := store.State(t.Dir)
	if err != nil {
		return store.Layer{}, err
	}
	const kind = "toolchains"
	key := t.Dir + "\n" + strings.Join(components, "\n")
	var known struct{ State, Layer digest.Digest }
	if ok, err := st.Recall(kind, key, &known); err != nil {
		return store.Layer{}, err
	} else if ok && known.State == state {
		if layer, ok, err := h.lookup(st, checkedFirst)(ctx, known.Layer); ok || err != nil {
			return layer, err
		}
	}
	if t.Release == "" {
		h.Shell.Status("Copying", "the toolchain `%s` into the store", t.Name)
	} else {
		h.Shell.Status("Copying", "Rust %s of toolchain `%s` into the store", t.Release, t.Name)
	}
	layer, err := h.capture(ctx, st, "toolchain", func(b *store.Builder) error { return t.Capture(ctx, b, components) })
	if err != nil {
		return store.Layer{}, err
	}
	known.State, known.Layer = state, layer.Digest
	return layer, diag.Join(keepOutline(st, layer), st.Remember(kind, key, known))
}

// capture makes a layer; nothing is left of one that fails.
func (h *Host) capture(ctx context.Context, st *store.Store, label string, fill func(*store.Builder) error) (store.Layer, error) {
	b, err := st.Begin(label)
	if err != nil {
		return store.Layer{}, err
	}
	if err := fill(b); err != nil {
		return store.Layer{}, diag.Join(err, b.Discard())
	}
	return b.Commit(ctx)
}

// systemLayer returns the system files that the lock names.
func (h *Host) systemLayer(ctx context.Context, st *store.Store, look lookup, p *Project, l *lock.Lock, rust store.Layer, offline bool) (store.Layer, error) {
	return h.once(ctx, st, look, l.System.Layer, func() (store.Layer, error) {
		if l.System.Image != "" {
			return h.lockedImage(ctx, st, p, l, rust, offline)
		}
		return h.lockedSystem(ctx, st, l, rust, p.Policy.System)
	})
}

// lockedSystem makes the system layer of this host's packages, if they are the
// locked ones.
func (h *Host) lockedSystem(ctx context.Context, st *store.Store, l *lock.Lock, rust store.Layer, asked policy.System) (store.Layer, error) {
	snapshot, err := h.resolveSystem(rust, asked)
	if err != nil {
		return store.Layer{}, h.orDrift(l, err)
	}
	here := systemLock(snapshot, asked.Packages, l.System.Layer)
	if d := h.drift(l, here, snapshot.Manager); d != nil {
		return store.Layer{}, d
	}
	layer, err := h.captureSystem(ctx, st, snapshot)
	if err == nil && layer.Digest != l.System.Layer {
		err = h.altered(ctx, l, snapshot, layer.Digest)
	}
	return layer, err
}

// resolveSystem finds the packages of the system layer on this host.
func (h *Host) resolveSystem(rust store.Layer, asked policy.System) (*system.Snapshot, error) {
	request := system.Request{Packages: asked.Packages, NoCompiler: asked.NoCompiler(), Rust: asked.Packaged()}
	if !request.Rust { // packages say themselves what they need
		var err error
		if request.Libraries, err = neededLibraries(rust); err != nil {
			return nil, err
		}
	}
	return system.Resolve(h.System, request)
}

// neededLibraries lists what the toolchain loads from the system.
func neededLibraries(rust store.Layer) ([]string, error) {
	libraries, err := system.NeededLibraries(filepath.Join(rust.Dir, "bin"), filepath.Join(rust.Dir, "lib"))
	return libraries, diag.Wrap(err, "reading what the toolchain loads")
}

func (h *Host) captureSystem(ctx context.Context, st *store.Store, s *system.Snapshot) (store.Layer, error) {
	h.Shell.Status("Copying", "%d packages of %s into the store", len(s.Packages), s.Source)
	return h.capture(ctx, st, "system", func(b *store.Builder) error { return s.Capture(ctx, b) })
}

// systemTop lists the top level of a system layer: what becomes `/usr`, `/etc`
// and the links of a merged `/usr`.
func systemTop(layer store.Layer) ([]world.Top, error) {
	entries, err := os.ReadDir(layer.Dir) // sorted
	if err != nil {
		return nil, err
	}
	var top []world.Top
	for _, e := range entries {
		t := world.Top{Name: e.Name()}
		if e.Type() == fs.ModeSymlink {
			if t.Target, err = os.Readlink(filepath.Join(layer.Dir, e.Name())); err != nil {
				return nil, err
			}
		}
		top = append(top, t)
	}
	return top, nil
}

// cratesLayer returns the crates of Cargo.lock, unless the root's own
// configuration vendors them.
func (h *Host) cratesLayer(ctx context.Context, st *store.Store, look lookup, p *Project, rust store.Layer, release string, o *Options) (crates.Crates, error) {
	locked, err := p.cargoLock()
	if err != nil {
		return crates.Crates{}, err
	}
	if p.vendors(locked) {
		return crates.Crates{}, nil
	}
	r, err := h.fetchRequest(st, p, rust, release, o)
	if err != nil {
		return crates.Crates{}, err
	}
	r.Lock, r.Look = locked, crates.Look(look)
	return crates.Ensure(ctx, r)
}

// fetchRequest says how to fetch for a project.
func (h *Host) fetchRequest(st *store.Store, p *Project, rust store.Layer, release string, o *Options) (*crates.Request, error) {
	workspace, err := p.relative(p.Workspace)
	if err != nil {
		return nil, err
	}
	isolation, err := sandbox.ParseIsolation(o.Isolation)
	if err != nil {
		return nil, err
	}
	return &crates.Request{
		Store: st, System: p.packages, Root: p.Root, Workspace: filepath.ToSlash(workspace),
		Toolchain: rust, Release: release, Host: h.Env, CargoHome: h.Cargo, Offline: o.Offline,
		Place: world.Crates, Isolation: isolation, Stderr: h.Stderr, Color: h.Color, NoBar: h.NoProgress,
		Quiet: h.Shell.Verbosity() == ui.Quiet, Signals: h.Signals, Status: h.Shell.Status,
	}, nil
}

// vendors reports whether the configuration inside the root replaces every
// source by a directory; inspect has seen to it that those are in the root.
func (p *Project) vendors(locked *cargo.Lockfile) bool {
	_, ok := cargo.SourcesOf(p.Contents.Configuration.Merged).Vendored(locked)
	return ok && len(locked.External) > 0
}
