package build

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// LockMode says what Lock does with the difference.
type LockMode int

// What to do with a lock that differs from this host.
const (
	LockShow   LockMode = iota // say it
	LockCheck                  // say it and fail
	LockUpdate                 // write it
)

// LockReport is what Lock found. It is what `lock --format json` prints.
type LockReport struct {
	File    string        `json:"file"`
	Found   bool          `json:"found"`   // there was a lock that could be read
	Current bool          `json:"current"` // it held what it would hold now
	Written bool          `json:"written"`
	Changes []lock.Change `json:"changes"` // from what was there to this host and policy, digests last
}

// Lock compares hermetic.lock with this host and the policy. The report is nil
// where there is nothing to compare. Nothing is asked, and the file is replaced
// as a whole: who reads it meanwhile, or kills us, has the old one or the new one.
func Lock(ctx context.Context, h *Host, o *Options, mode LockMode) (*LockReport, error) {
	p, err := Locate(h, o)
	if err != nil {
		return nil, err
	}
	if err := p.sweepRoot(); err != nil {
		return nil, err
	}
	pin, pinned, err := p.pin()
	if err != nil {
		return nil, err
	}
	if !pinned && !p.Policy.System.Packaged() {
		return nil, diag.New(diag.ExitLock, "there is no `%s` in `%s`", PinFile, p.Root).WithHelp("cargo hermetic init")
	}
	before, old, err := h.lockBefore(p, mode)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(h.Store)
	if err != nil {
		return nil, err
	}
	rust, err := h.findRust(ctx, st, p, pin, pinned, o)
	if err != nil {
		return nil, err
	}
	now, err := h.makeLock(ctx, st, p, rust.pin, rust.Installed, rust.components, rust.layer, o.Offline)
	if err != nil && old != nil && mode != LockUpdate && p.Policy.System.Image == "" {
		err = h.orDrift(old, err)
	}
	if err != nil {
		return nil, err
	}
	report := &LockReport{File: p.file(LockFile), Found: old != nil, Changes: append([]lock.Change{}, lock.Diff(old, now)...)}
	report.Current = report.Found && len(report.Changes) == 0
	switch {
	case mode == LockUpdate && !bytes.Equal(before, now.Encode()):
		report.Written = true
		return report, h.putLock(p, now)
	case mode == LockCheck && !report.Current:
		return report, nameChanged(st, old.Toolchain.Layer, now.Toolchain.Layer, h.outOfDate(ctx, p, old, now, rust.Installed, rust.layer))
	}
	return report, nil
}

// lockBefore reads the lock that is there, nil where there is none. One that
// cannot be read is an error, unless it is to be replaced: then what git left of
// it in a merge is compared as far as it goes, and one that a newer version made
// stays.
func (h *Host) lockBefore(p *Project, mode LockMode) ([]byte, *lock.Lock, error) {
	data, err := p.read(LockFile)
	if errors.Is(err, fs.ErrNotExist) {
		if mode == LockCheck {
			return nil, nil, p.noLock()
		}
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, diag.Wrap(err, "failed to read `%s`", p.file(LockFile))
	}
	file := p.file(LockFile)
	old, err := lock.Parse(file, data)
	if err == nil || mode != LockUpdate {
		return data, old, err
	}
	if newer := lock.Newer(file, data); newer != nil {
		return nil, nil, newer
	}
	h.Shell.Warn("the lock is made anew: %v", err)
	return data, lock.Merged(file, data), nil
}

// noLock says that there is no lock.
func (p *Project) noLock() *diag.Diagnostic {
	return diag.New(diag.ExitLock, "there is no `%s` in `%s`, so nothing pins the toolchain and the system", LockFile, p.Root).
		WithHelp("cargo hermetic init")
}

// putLock writes hermetic.lock.
func (h *Host) putLock(p *Project, l *lock.Lock) error {
	if err := l.Check(); err != nil {
		return err
	}
	if err := fsx.WriteFile(p.file(LockFile), l.Encode(), 0o644); err != nil {
		return err
	}
	h.Shell.Status("Locked", "Rust %s for %s, %d components [%s]", l.Toolchain.Release, l.Toolchain.Host, len(l.Toolchain.Components), l.Toolchain.Layer.Short())
	h.Shell.Status("Locked", "%s, %d packages [%s]", l.System.Source, len(l.System.Packages), l.System.Layer.Short())
	return nil
}
