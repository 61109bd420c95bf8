package build

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// writeLock captures the system layer and writes hermetic.lock.
func (h *Host) writeLock(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, rust *toolchain.Installed, components []string, layer store.Layer, offline bool) (*lock.Lock, error) {
	l, err := h.makeLock(ctx, st, p, pin, rust, components, layer, offline)
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
func (h *Host) makeLock(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, rust *toolchain.Installed, components []string, layer store.Layer, offline bool) (*lock.Lock, error) {
	sys, err := h.systemHere(ctx, st, p, layer, offline)
	if err != nil {
		return nil, err
	}
	return &lock.Lock{
		Policy: p.Policy.SystemDigest(),
		Toolchain: lock.Toolchain{
			Channel: pin.Channel, Release: rust.Release, Commit: rust.Commit, Host: rust.Host,
			Components: components, Layer: layer.Digest,
		},
		System: sys,
	}, nil
}

// systemHere captures what the policy asks for: an image, or packages of this host.
func (h *Host) systemHere(ctx context.Context, st *store.Store, p *Project, rust store.Layer, offline bool) (lock.System, error) {
	if image := p.Policy.System.Image; image != "" {
		made, _, err := h.imageLayer(ctx, st, p, image, rust, offline)
		return made.lock(), err
	}
	requested := p.Policy.System.Packages
	snapshot, err := h.resolveSystem(rust, requested)
	if err != nil {
		return lock.System{}, err
	}
	layer, err := h.captureSystem(ctx, st, snapshot)
	return systemLock(snapshot, requested, layer.Digest), err
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
	if err := p.sweepRoot(); err != nil {
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
		now, err := h.writeLock(ctx, st, p, pin, found[0], components, layer, o.Offline)
		if err == nil && old != nil {
			h.showDiff(lock.Diff(old, now))
		}
		return err
	}
	now, err := h.makeLock(ctx, st, p, pin, found[0], components, layer, o.Offline)
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
