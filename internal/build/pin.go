package build

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/crates"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// Init pins what is not pinned: the toolchain file, the root marker, Cargo.lock,
// the policy that known crates need, and hermetic.lock. What is there already
// stays as it is. It says line by line what it pinned.
func Init(ctx context.Context, h *Host, o *Options) error {
	p, err := Locate(h, o)
	if err != nil {
		return err
	}
	h.Shell.Status("Root", "%s (%s)", p.Root, p.Why)
	st, err := store.Open(h.Store)
	if err != nil {
		return err
	}
	pin, pinned, err := p.pin()
	if err != nil {
		return err
	}
	var rust *toolchain.Installed
	if pinned {
		found, err := toolchain.Find(ctx, h.Rustup, pin)
		if err != nil {
			return err
		}
		rust = found[0]
		h.Shell.Status("Keeping", "%s: Rust %s", filepath.Base(pin.File), pin.Channel)
	} else {
		if rust, err = toolchain.Active(ctx, h.Rustup, h.Env["RUSTUP_TOOLCHAIN"], p.Root); err != nil {
			return err
		}
		pin = toolchain.Pin{File: p.file(PinFile), Channel: rust.Channel()}
		if !toolchain.Exact(pin.Channel) {
			return diag.New(diag.ExitFailed, "the active toolchain `%s` (%s) has no exact name to pin", rust.Name, rust.Release).
				WithHelp("write an exact release into %s", PinFile)
		}
	}
	components, err := rust.Used(pin)
	if err != nil {
		return err
	}
	layer, err := h.captureToolchain(ctx, st, rust, components)
	if err != nil {
		return err
	}
	// Cargo.lock first: it may be impossible, and then nothing is written.
	if err := h.ensureCargoLock(ctx, st, p, layer, rust.Release, o); err != nil {
		return err
	}
	if err := h.suggestPolicy(p); err != nil {
		return err
	}
	if !pinned {
		if err := fsx.WriteFile(pin.File, toolchain.Encode(pin.Channel), 0o644); err != nil {
			return err
		}
		h.Shell.Status("Pinned", "Rust %s (commit %.9s) in %s", pin.Channel, rust.Commit, PinFile)
	}
	if err := h.markRoot(p); err != nil {
		return err
	}
	old, err := p.hermeticLock(pin, true)
	if err == nil && old.Toolchain.Layer == layer.Digest {
		h.Shell.Status("Keeping", "%s", LockFile)
		return nil
	}
	if _, statErr := os.Lstat(p.file(LockFile)); statErr == nil && err != nil {
		return err // a lock that is damaged or out of date is not ours to overwrite here
	}
	_, err = h.writeLock(ctx, st, p, pin, rust, components, layer)
	return err
}

// ensureCargoLock makes a Cargo.lock where there is none.
func (h *Host) ensureCargoLock(ctx context.Context, st *store.Store, p *Project, rust store.Layer, release string, o *Options) error {
	file := p.workspaceFile("Cargo.lock")
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			_, err = p.cargoLock()
		}
		return err
	}
	r, err := h.fetchRequest(st, p, rust, release, o)
	if err != nil {
		return err
	}
	if err := crates.MakeLockfile(ctx, r); err != nil {
		if i := (*crates.Interrupted)(nil); errors.As(err, &i) {
			return err
		}
		return diag.New(diag.ExitLock, "there is no `Cargo.lock` in `%s`, and cargo cannot make one", p.Workspace).
			Because(err).
			WithHelp("cargo generate-lockfile")
	}
	if _, err := p.cargoLock(); err != nil {
		return err
	}
	h.Shell.Status("Pinned", "the dependencies in a new Cargo.lock")
	return nil
}

// suggestPolicy writes a hermetic.toml where there is none and a locked crate
// is known to need a host program in its build script.
func (h *Host) suggestPolicy(p *Project) error {
	if _, err := os.Lstat(p.file(PolicyFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	locked, err := p.cargoLock()
	if err != nil {
		return err
	}
	needs := policy.Needs(locked.Names())
	if len(needs) == 0 {
		return nil
	}
	data := policy.Encode(needs)
	if p.Policy, err = policy.Parse(p.file(PolicyFile), data, h.Version); err != nil {
		return err
	}
	if err := fsx.WriteFile(p.file(PolicyFile), data, 0o644); err != nil {
		return err
	}
	for _, n := range needs {
		h.Shell.Status("Allowed", "package %s in %s, for %s", n.Package, PolicyFile, n.Crate)
	}
	return nil
}

// markRoot writes the empty marker.
func (h *Host) markRoot(p *Project) error {
	marker := p.file(filepath.FromSlash(roots.Marker))
	if _, err := os.Lstat(marker); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(marker), 0o755); err != nil {
		return err
	}
	if err := fsx.WriteFile(marker, nil, 0o644); err != nil {
		return err
	}
	h.Shell.Status("Pinned", "the root, by %s", roots.Marker)
	return nil
}

// writeLock captures the system layer and writes hermetic.lock.
func (h *Host) writeLock(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, rust *toolchain.Installed, components []string, layer store.Layer) (*lock.Lock, error) {
	l, err := h.makeLock(ctx, st, p, pin, rust, components, layer)
	if err != nil {
		return nil, err
	}
	if err := l.Check(); err != nil {
		return nil, err
	}
	if err := fsx.WriteFile(p.file(LockFile), l.Encode(), 0o644); err != nil {
		return nil, err
	}
	h.Shell.Status("Locked", "Rust %s for %s, %d components [%s]", l.Toolchain.Release, l.Toolchain.Host, len(l.Toolchain.Components), l.Toolchain.Layer.Short())
	h.Shell.Status("Locked", "%s, %d packages [%s]", l.System.Source, len(l.System.Packages), l.System.Layer.Short())
	return l, nil
}

// makeLock says what hermetic.lock would hold on this host now.
func (h *Host) makeLock(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, rust *toolchain.Installed, components []string, layer store.Layer) (*lock.Lock, error) {
	requested := p.Policy.System.Packages
	snapshot, err := h.resolveSystem(layer, requested)
	if err != nil {
		return nil, err
	}
	sys, err := h.captureSystem(ctx, st, snapshot)
	if err != nil {
		return nil, err
	}
	return &lock.Lock{
		Policy: p.Policy.SystemDigest(),
		Toolchain: lock.Toolchain{
			Channel: pin.Channel, Release: rust.Release, Commit: rust.Commit, Host: rust.Host,
			Components: components, Layer: layer.Digest,
		},
		System: systemLock(snapshot, requested, sys.Digest),
	}, nil
}

// systemLock is the lock's form of a snapshot.
func systemLock(s *system.Snapshot, requested []string, layer digest.Digest) lock.System {
	l := lock.System{Source: s.Source, Architecture: s.Architecture, Requested: slices.Compact(slices.Sorted(slices.Values(requested))), Layer: layer}
	for _, p := range s.Packages {
		name := p.Name
		if p.Architecture != s.Architecture && p.Architecture != "all" {
			name += ":" + p.Architecture
		}
		l.Packages = append(l.Packages, lock.Package{Name: name, Version: p.Version})
	}
	slices.SortFunc(l.Packages, func(a, b lock.Package) int { return cmp.Compare(a.Name, b.Name) })
	return l
}

// LockMode says what Lock does with the difference.
type LockMode int

// What to do with a lock that differs from this host.
const (
	LockShow   LockMode = iota // print it
	LockCheck                  // print it and fail
	LockUpdate                 // write it
)

// Lock compares hermetic.lock with this host and the policy.
func Lock(ctx context.Context, h *Host, o *Options, mode LockMode) error {
	p, err := Locate(h, o)
	if err != nil {
		return err
	}
	pin, pinned, err := p.pin()
	if err != nil {
		return err
	}
	if !pinned {
		return diag.New(diag.ExitLock, "there is no `%s` in `%s`", PinFile, p.Root).WithHelp("cargo hermetic init")
	}
	var old *lock.Lock
	if data, err := p.read(LockFile); err == nil {
		// A damaged lock is replaced by --update and reported otherwise.
		if old, err = lock.Parse(p.file(LockFile), data); err != nil && mode != LockUpdate {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	st, err := store.Open(h.Store)
	if err != nil {
		return err
	}
	found, err := toolchain.Find(ctx, h.Rustup, pin)
	if err != nil {
		return err
	}
	components, err := found[0].Used(pin)
	if err != nil {
		return err
	}
	layer, err := h.captureToolchain(ctx, st, found[0], components)
	if err != nil {
		return err
	}
	if mode == LockUpdate {
		now, err := h.writeLock(ctx, st, p, pin, found[0], components, layer)
		if err == nil && old != nil {
			h.showDiff(lock.Diff(old, now))
		}
		return err
	}
	now, err := h.makeLock(ctx, st, p, pin, found[0], components, layer)
	if err != nil {
		return err
	}
	if old == nil {
		old = &lock.Lock{}
	}
	diff := lock.Diff(old, now)
	h.showDiff(diff)
	if len(diff) > 0 && mode == LockCheck {
		return diag.New(diag.ExitLock, "`%s` is out of date", LockFile).WithHelp("cargo hermetic lock --update")
	}
	return nil
}

func (h *Host) showDiff(diff []string) {
	if len(diff) == 0 {
		h.Shell.Status("Unchanged", "%s", LockFile)
	}
	for _, line := range diff {
		h.Shell.Line("%s", line)
	}
}
