package build

import (
	"context"
	"fmt"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/oci"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// Shared are the names of the layers that can be pushed and pulled: those that
// hermetic.lock pins. Crates are not among them, because Cargo.lock says where
// everybody gets them.
var Shared = []string{"system", "toolchain"}

// sharing is what push and pull need.
type sharing struct {
	project *Project
	pin     toolchain.Pin
	lock    *lock.Lock
	store   *store.Store
}

func share(ctx context.Context, h *Host, o *Options) (*sharing, error) {
	p, err := Locate(h, o)
	if err != nil {
		return nil, err
	}
	pin, pinned, err := p.pin()
	if err != nil {
		return nil, err
	}
	l, err := p.hermeticLock(pin, pinned)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(h.Store)
	if err != nil {
		return nil, err
	}
	return &sharing{p, pin, l, st}, diag.Wrap(st.Sweep(ctx), "cleaning the store `%s`", h.Store)
}

// wanted lists the digests of the named layers, of all without a name.
func (s *sharing) wanted(names []string) map[string]digest.Digest {
	all := map[string]digest.Digest{"system": s.lock.System.Layer, "toolchain": s.lock.Toolchain.Layer}
	for name := range all {
		if len(names) > 0 && !slices.Contains(names, name) {
			delete(all, name)
		}
	}
	return all
}

// PushLayers copies layers of the project's lock to a repository of a registry,
// by their digests. Those that the store does not hold are made first.
func PushLayers(ctx context.Context, h *Host, o *Options, repository string, names []string) (err error) {
	if o.Offline {
		return offlineSharing("push")
	}
	s, err := share(ctx, h, o)
	if err != nil {
		return err
	}
	look := h.lookup(s.store, checkedFirst)
	layers := map[string]store.Layer{}
	if layers["toolchain"], err = h.toolchainLayer(ctx, s.store, look, s.project, s.lock, s.pin); err != nil {
		return err
	}
	if layers["system"], err = h.systemLayer(ctx, s.store, look, s.project, s.lock, layers["toolchain"], o.Offline); err != nil {
		return err
	}
	from, release, err := h.origin(ctx, s.store, s.project.Root, o.Offline)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, release()) }()
	scratch, remove, err := s.store.TempDir("push")
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, remove()) }()
	wanted := s.wanted(names)
	for _, name := range Shared {
		d, ok := wanted[name]
		if !ok {
			continue
		}
		h.Shell.Status("Pushing", "the %s [%s]", name, d.Short())
		ref, err := oci.Push(ctx, from, repository, d, layers[name].Dir, scratch, store.Epoch)
		if err != nil {
			return err
		}
		h.Shell.Status("Pushed", "%s", ref)
	}
	return nil
}

// PullLayers brings layers of the project's lock into the store from a
// repository to which they were pushed. What arrives is used only if its files
// add up to the digest in the lock; who keeps the registry is not believed.
func PullLayers(ctx context.Context, h *Host, o *Options, repository string, names []string) (err error) {
	if o.Offline {
		return offlineSharing("pull")
	}
	s, err := share(ctx, h, o)
	if err != nil {
		return err
	}
	from, release, err := h.origin(ctx, s.store, s.project.Root, o.Offline)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, release()) }()
	wanted := s.wanted(names)
	for _, name := range Shared {
		d, ok := wanted[name]
		if !ok {
			continue
		}
		if _, ok, err := h.lookup(s.store, checkedFirst)(ctx, d); err != nil {
			return err
		} else if ok {
			h.Shell.Status("Fresh", "the %s [%s]", name, d.Short())
			continue
		}
		if err := h.pullLayer(ctx, s.store, from, repository, d); err != nil {
			return err
		}
		h.Shell.Status("Pulled", "the %s [%s]", name, d.Short())
	}
	return nil
}

// pullLayer gets one layer and compares it with its digest.
func (h *Host) pullLayer(ctx context.Context, st *store.Store, from oci.Origin, repository string, d digest.Digest) (err error) {
	img, err := oci.OpenTree(ctx, from, repository, d)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, img.Close()) }()
	layer, err := h.capture(ctx, st, "pull", func(b *store.Builder) error {
		tree, err := img.Flatten(ctx)
		if err != nil {
			return err
		}
		_, err = tree.Extract(ctx, b.Dir(), oci.All)
		return err
	})
	if err != nil {
		return err
	}
	if layer.Digest != d {
		err := diag.New(diag.ExitLock, "`%s` has another layer than its name says", img.Reference.Name).
			Note("wanted:   %s", d).
			Note("received: %s", layer.Digest).
			WithHelp("push it again from a machine that has it: cargo hermetic layer push %s", repository)
		return diag.Join(err, img.Forget())
	}
	return img.Forget()
}

func offlineSharing(verb string) error {
	return diag.New(diag.ExitUsage, "`layer %s` talks to a registry, which `--offline` and `--frozen` forbid", verb).
		WithHelp("leave the flag out")
}

// pullHint is the way out for who has not what is locked.
func pullHint(name string) string {
	return fmt.Sprintf("cargo hermetic layer pull REPOSITORY --layer %s", name)
}
