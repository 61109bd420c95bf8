package crates

import (
	"context"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// fetch vendors into a staging directory, verifies, and commits the layer.
func fetch(ctx context.Context, r *Request) (Crates, error) {
	r.Status("Fetching", "%d crates that Cargo.lock names", len(r.Lock.External))
	staged, err := r.Store.Begin("crates")
	if err != nil {
		return Crates{}, err
	}
	defer staged.Discard()
	downloads, err := r.Store.Downloads()
	if err != nil {
		return Crates{}, err
	}
	if err := forget(downloads, r.Lock); err != nil {
		return Crates{}, diag.Wrap(err, "cleaning the downloads")
	}
	if _, err := runCargo(ctx, r, false, downloads, "", "fetch", "--locked"); err != nil {
		return Crates{}, r.reason(ctx, downloads, err)
	}
	packed, err := r.archives(downloads).read(r.Lock)
	if err != nil {
		return Crates{}, err
	}
	// That run may have started programs of the user's: a git, ssh, a credential
	// provider. They can have left in the downloads what cargo does not look at
	// again, such as a checkout (channels E13, E14). So what they brought is taken
	// out without them: from archives that are compared with Cargo.lock below, and
	// from git's objects, whose names libgit2 compares with their content.
	if err := forget(downloads, r.Lock); err != nil {
		return Crates{}, diag.Wrap(err, "cleaning the downloads")
	}
	r.alone = true
	printed, err := runCargo(ctx, r, false, downloads, staged.Dir(),
		"vendor", "--locked", "--offline", "--versioned-dirs", "--respect-source-config")
	if err != nil {
		return Crates{}, err
	}
	if err := verify(staged.Dir(), packed, r.Lock); err != nil {
		return Crates{}, err
	}
	if err := forgetFiles(staged.Dir()); err != nil {
		return Crates{}, diag.Wrap(err, "shortening the lists of what cargo vendor delivered")
	}
	config, err := sourceConfig(printed, r.Place)
	if err != nil {
		return Crates{}, err
	}
	layer, err := staged.Commit(ctx)
	return Crates{layer, config}, err
}

// archives are where cargo has the archives of the run before.
func (r *Request) archives(downloads string) archives {
	return archives{filepath.Join(downloads, "registry", "cache"), r.local}
}

// MakeLockfile runs `cargo generate-lockfile` for a project that has none. It
// is the one run that may write to the root.
func MakeLockfile(ctx context.Context, r *Request) error {
	downloads, err := r.Store.Downloads()
	if err != nil {
		return err
	}
	unlock, err := r.Store.Lock(ctx, "fetch", func() { r.Status("Blocking", "waiting for another fetch on this store") })
	if err != nil {
		return err
	}
	defer unlock()
	args := []string{"generate-lockfile"}
	if r.Offline {
		args = append(args, "--offline")
	}
	_, err = runCargo(ctx, r, true, downloads, "", args...)
	return err
}

// forget removes from the downloads what cargo would trust without looking:
// extracted sources and checkouts (channels G07, G12), and archives of locked
// packages that are not what Cargo.lock says.
func forget(downloads string, lock *cargo.Lockfile) error {
	for _, dir := range []string{"registry/src", "git/checkouts"} {
		if err := os.RemoveAll(filepath.Join(downloads, dir)); err != nil {
			return err
		}
	}
	for _, p := range lock.External {
		found, err := downloaded(filepath.Join(downloads, "registry", "cache"), p)
		if err != nil {
			return err
		}
		for _, archive := range found {
			if got, err := sumFile(archive); err != nil || got != p.Checksum {
				if err := os.Remove(archive); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
