package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/crates"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
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
	if err := p.trustRoot(h); err != nil {
		return err
	}
	h.Shell.Status("Root", "%s (%s)", p.Root, p.Why)
	if err := p.sweepRoot(); err != nil {
		return err
	}
	st, err := store.Open(h.Store)
	if err != nil {
		return err
	}
	pin, pinned, err := p.pin()
	if err != nil {
		return err
	}
	if pinned && pin.Path == "" {
		h.Shell.Status("Keeping", "%s: Rust %s", filepath.Base(pin.File), pin.Channel)
	}
	r, err := h.findRust(ctx, st, p, pin, pinned, o)
	if err != nil {
		return err
	}
	// Cargo.lock first: it may be impossible, and then nothing is written.
	if err := h.ensureCargoLock(ctx, st, p, r.layer, r.Release, o); err != nil {
		return err
	}
	if err := h.suggestPolicy(p); err != nil {
		return err
	}
	if !pinned && r.pin.Channel != toolchain.ByPackages {
		if err := fsx.WriteFile(r.pin.File, toolchain.Encode(r.pin.Channel), 0o644); err != nil {
			return err
		}
		h.Shell.Status("Pinned", "Rust %s (commit %.9s) in %s", r.pin.Channel, r.Commit, PinFile)
	}
	if err := h.markRoot(p); err != nil {
		return err
	}
	old, err := p.hermeticLock(r.pin, true)
	if err == nil && old.Toolchain.Layer == r.layer.Digest {
		h.Shell.Status("Keeping", "%s", LockFile)
		return h.fetchDownloads(ctx, st, p, o.Offline)
	}
	if _, statErr := os.Lstat(p.file(LockFile)); statErr == nil && err != nil {
		return err // a lock that is damaged or out of date is not ours to overwrite here
	}
	if _, err = h.writeLock(ctx, st, p, r.pin, r.Installed, r.components, r.layer, o.Offline); err != nil {
		return err
	}
	return h.fetchDownloads(ctx, st, p, o.Offline)
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
// is known to need a host program in its build script. A package that is not
// installed is only named: the crate may be for another platform.
func (h *Host) suggestPolicy(p *Project) error {
	if _, err := os.Lstat(p.file(PolicyFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	locked, err := p.cargoLock()
	if err != nil {
		return err
	}
	needs := policy.Needs(locked.Names())
	names := make([]string, len(needs))
	manager, err := system.Detect(h.System)
	if err != nil {
		return err
	}
	for i := range needs {
		needs[i].Package = manager.Named(needs[i].Package)
		names[i] = needs[i].Package
	}
	missing, _, err := system.Missing(h.System, names)
	if err != nil {
		return err
	}
	needs = slices.DeleteFunc(needs, func(n policy.Need) bool {
		if !slices.Contains(missing, n.Package) {
			return false
		}
		h.Shell.Note("the build script of `%s` may need the package %s: %s, then add it to `[system] packages` in %s", n.Crate, n.Package, manager.Install(n.Package), PolicyFile)
		return true
	})
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
	if _, err := p.ownDir(filepath.Dir(filepath.FromSlash(roots.Marker))); err != nil {
		return err
	}
	if err := fsx.WriteFile(marker, nil, 0o644); err != nil {
		return err
	}
	h.Shell.Status("Pinned", "the root, by %s", roots.Marker)
	return nil
}
