// Package crates makes the crates layer: what Cargo.lock names, as one vendored
// directory source.
//
// The pinned cargo does the work, in a sandbox with a read-only host in which
// no code of any project runs. First it fetches (`cargo fetch`), with the
// network and the user's mirrors, proxies and credentials; then it takes out
// what was fetched (`cargo vendor`), without any of these. A fetch may use the
// ambient environment because every byte is checked afterwards: registry
// packages against the archive whose SHA-256 stands in Cargo.lock, git packages
// by their commit, which the second run reads from git's objects with nobody
// else in the sandbox. A layer is found again by what the lock file names, so a
// second build with the same Cargo.lock touches no network.
//
// Not here: directory sources outside the root, of which there is no archive to
// check against; they are refused.
package crates

import (
	"context"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// Look finds a layer in the store, and says whether it is there.
type Look func(context.Context, digest.Digest) (store.Layer, bool, error)

// Request says what to fetch, and with what.
type Request struct {
	Store     *store.Store
	Lock      *cargo.Lockfile
	Root      string            // host path of the root
	Workspace string            // slash-separated path of the workspace below the root, `.` for the root
	Toolchain store.Layer       // whose cargo fetches
	System    store.Layer       // of which that toolchain is a part, in place of the host's; zero if it stands alone
	Release   string            // of that cargo: another one may vendor otherwise
	Host      map[string]string // the caller's environment
	CargoHome string            // the user's CARGO_HOME: configuration and credentials
	Offline   bool              // refuse to use the network
	Look      Look              // finds a layer that is there already
	Isolation sandbox.Isolation // in which cargo runs
	Place     string            // where the layer will lie in a world, for its configuration
	Stderr    *os.File          // for cargo's own progress
	Color     string            // of that, `auto`, `always` or `never`
	NoBar     bool              // Stderr may be a terminal and is not to be painted on
	Quiet     bool              // show cargo's progress only if it fails
	Signals   <-chan os.Signal  // interrupt the fetch
	Status    func(verb, format string, args ...any)

	places  places   // of each run
	alone   bool     // the user's programs and the network are out of reach: the second run of a fetch
	project []string // arguments for the root's own configuration, made for each run
	local   []string // local registries of the configurations of a run, on the host
	refused string   // `name version` of the package of whose checksum cargo complained
}

// Crates is a layer and the cargo configuration that makes cargo use it.
type Crates struct {
	Layer  store.Layer
	Config string // TOML; empty when there are no external packages
}

// schema changes when what a layer holds for the same key changes.
const schema = "3"

// record is what the store remembers about a fetched lock file.
type record struct {
	Layer  digest.Digest
	Config string
}

const kind = "crates" // of records in the store

// Ensure returns the crates layer of a lock file, from the store or fetched.
func Ensure(ctx context.Context, r *Request) (Crates, error) {
	if len(r.Lock.External) == 0 {
		return Crates{}, nil
	}
	key := schema + "\n" + r.Release + "\n" + r.Place + "\n" + r.Lock.Key()
	c, ok, err := recall(ctx, r, key)
	if ok || err != nil {
		return c, err
	}
	if r.Offline {
		return Crates{}, diag.New(diag.ExitFailed, "the crates of this Cargo.lock are not in the store, and the network is not to be used").
			WithHelp("cargo hermetic fetch")
	}
	// One fetch at a time on a store: they share downloads.
	unlock, err := r.Store.Lock(ctx, "fetch", func() { r.Status("Blocking", "waiting for another fetch on this store") })
	if err != nil {
		return Crates{}, err
	}
	defer unlock()
	if c, ok, err = recall(ctx, r, key); ok || err != nil {
		return c, err
	}
	if c, err = fetch(ctx, r); err != nil {
		return Crates{}, diag.Wrap(err, "failed to fetch the crates of Cargo.lock")
	}
	return c, r.Store.Remember(kind, key, record{c.Layer.Digest, c.Config})
}

// recall finds a layer that was fetched before.
func recall(ctx context.Context, r *Request, key string) (Crates, bool, error) {
	var known record
	ok, err := r.Store.Recall(kind, key, &known)
	if !ok || err != nil {
		return Crates{}, false, err
	}
	layer, ok, err := r.Look(ctx, known.Layer)
	return Crates{layer, known.Config}, ok, err
}
