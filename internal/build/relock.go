package build

import (
	"cmp"
	"context"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
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
	return l, h.putLock(p, l)
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
	// A toolchain that has to be asked for its release needs the system before the
	// lock is written, and copying it twice takes seconds.
	key := p.Policy.SystemDigest().String() + " " + rust.Digest.String()
	if known, ok := p.systems[key]; ok {
		return known, nil
	}
	requested := p.Policy.System.Packages
	snapshot, err := h.resolveSystem(rust, p.Policy.System)
	if err != nil {
		return lock.System{}, err
	}
	layer, err := h.captureSystem(ctx, st, snapshot)
	if err != nil {
		return lock.System{}, err
	}
	p.systems = map[string]lock.System{key: systemLock(snapshot, requested, layer.Digest)}
	return p.systems[key], nil
}

// systemLock is the lock's form of a snapshot.
func systemLock(s *system.Snapshot, requested []string, layer digest.Digest) lock.System {
	l := lock.System{Source: s.Source, Architecture: s.Architecture, Requested: slices.Compact(slices.Sorted(slices.Values(requested))), Layer: layer}
	l.Packages = lockPackages(s.Packages, s.Architecture)
	return l
}

// lockPackages is the lock's form of packages: sorted, those of another
// architecture than the host's by `NAME:ARCHITECTURE`.
func lockPackages(packages []system.Package, native string) []lock.Package {
	var all []lock.Package
	for _, p := range packages {
		name := p.Name
		if p.Architecture != native && p.Architecture != "all" {
			name += ":" + p.Architecture
		}
		all = append(all, lock.Package{Name: name, Version: p.Version})
	}
	slices.SortFunc(all, func(a, b lock.Package) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
