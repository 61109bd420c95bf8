package build

import (
	"context"
	"maps"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Made is all that a build was made from.
type Made struct {
	World  world.World
	Dir    string        // the root on this host
	Root   digest.Digest // of what is in it
	Lock   *lock.Lock
	Cargo  *cargo.Lockfile
	Crates digest.Digest     // of the crates layer; zero if there is none
	Env    map[string]string // of the host, that the policy lets in
	Files  []policy.Download // that the policy pins
	Target string            // the target directory on this host
}

func (p *prepared) made(h *Host, w world.World) (*Made, error) {
	env, err := p.project.Policy.Environment(h.Env)
	if err != nil {
		return nil, err
	}
	for name, value := range p.project.Policy.Env.Set {
		if env[name] == value {
			delete(env, name) // in the root already
		}
	}
	return &Made{
		World: w, Dir: p.project.Root, Root: p.tree.Digest, Lock: p.lock, Cargo: p.cargoLock,
		Crates: p.layers.Crates.Layer.Digest, Env: maps.Clone(env), Files: slices.Clone(p.project.Policy.Downloads), Target: p.project.file("target/hermetic"),
	}, nil
}

// approved asks the caller, if there is something to ask.
func (p *prepared) approved(h *Host, o *Options, w world.World) (bool, error) {
	if o.Approve == nil {
		return true, nil
	}
	made, err := p.made(h, w)
	if err != nil {
		return false, err
	}
	return o.Approve(made)
}

// RootOf is the digest of what is in a root, by its physical path. It reads no file of
// it otherwise, so it is there for a root of which nothing can be built.
func RootOf(ctx context.Context, h *Host, root string) (digest.Digest, error) {
	st, err := store.Open(h.Store)
	if err != nil {
		return digest.Digest{}, err
	}
	tree, err := st.HashTree(ctx, root, "root:"+root, h.Now(), Hidden)
	return tree.Digest, err
}
