package build

import (
	"context"
	"maps"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
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
		Crates: p.layers.Crates.Layer.Digest, Env: maps.Clone(env), Target: p.project.file("target/hermetic"),
	}, nil
}

// Describe says what Build would be made from, and runs nothing but a fetch that is
// still missing.
func Describe(ctx context.Context, h *Host, o *Options, c *Command) (*Made, error) {
	p, err := prepare(ctx, h, o, checkedFirst)
	if err != nil {
		return nil, err
	}
	if err := p.hashRoot(ctx, h); err != nil {
		return nil, err
	}
	w, err := p.world(h, o, c)
	if err != nil {
		return nil, err
	}
	return p.made(h, w)
}
