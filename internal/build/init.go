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
	_, err = h.writeLock(ctx, st, p, pin, rust, components, layer, o.Offline)
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
