package build

import (
	"context"
	"errors"
	"io/fs"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// checking says when layers are checked against their digests.
type checking int

const (
	// checkedFirst: before anything else happens with them.
	checkedFirst checking = iota
	// checkedBeside: while the world that stands on them already runs, and if
	// that made anything, once more afterwards (see checkAfter), before it is
	// used, kept or started. That proves more than a check at the beginning:
	// nobody but the kernel sets a change time, so what was changed during the
	// run is found too. It takes the check (a stat per file of three layers)
	// out of the way of a build that has nothing to do.
	checkedBeside
)

// lookup finds a layer in the store.
type lookup func(context.Context, digest.Digest) (store.Layer, bool, error)

// lookup returns the way to find layers. A damaged one counts as absent after
// it was dropped: the digest decides whether making it again gives the same.
func (h *Host) lookup(st *store.Store, when checking) lookup {
	if when == checkedBeside {
		return func(_ context.Context, d digest.Digest) (store.Layer, bool, error) { return st.Unchecked(d) }
	}
	return func(ctx context.Context, d digest.Digest) (store.Layer, bool, error) {
		layer, ok, err := st.Layer(ctx, d)
		if diag.ExitCode(err) == diag.ExitLock {
			h.Shell.Warn("%v; making the layer again", err)
			return store.Layer{}, false, st.Drop(d)
		}
		return layer, ok, err
	}
}

// damagedLayer says that a layer is not what its digest names.
type damagedLayer struct {
	store  *store.Store
	digest digest.Digest
	err    *diag.Diagnostic
}

func (d *damagedLayer) Error() string { return d.err.Message }
func (d *damagedLayer) Unwrap() error { return d.err }

// heal drops the layer, unless a full check finds that its content is right.
func (d *damagedLayer) heal(ctx context.Context) error {
	if _, ok, err := d.store.Layer(ctx, d.digest); ok && err == nil {
		return nil
	}
	return d.store.Drop(d.digest)
}

// checkBeside checks the layers in the background. The context it returns ends
// as soon as one is found damaged; verdict waits for the end of the check.
func (p *prepared) checkBeside(ctx context.Context) (running context.Context, verdict func() error) {
	running, cancel := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		var err error
		for _, layer := range p.standsOn() {
			if err = p.check(ctx, layer); err != nil {
				cancel(err)
				break
			}
		}
		done <- err
	}()
	return running, func() error {
		defer cancel(nil)
		return <-done
	}
}

// checkAfter looks at the layers once more if the run made anything. A layer
// that was touched during the run, be it put back as it was, is not believed.
func (p *prepared) checkAfter(ctx context.Context, out *outputs) error {
	touched, err := out.touched()
	if err != nil || !touched {
		return err
	}
	for _, layer := range p.standsOn() {
		ok, err := p.store.Untouched(layer.Digest)
		if err != nil {
			return err
		}
		if !ok {
			return p.damaged(layer, diag.New(diag.ExitLock, "the layer `%s` was touched while the build used it", layer.Digest.Short()))
		}
	}
	return ctx.Err()
}

func (p *prepared) check(ctx context.Context, layer store.Layer) error {
	_, ok, err := p.store.Layer(ctx, layer.Digest)
	if err == nil && !ok {
		err = diag.New(diag.ExitLock, "the layer `%s` vanished from the store", layer.Digest.Short())
	}
	return p.damaged(layer, err)
}

// damaged makes an error about the content of a layer one that Build heals.
func (p *prepared) damaged(layer store.Layer, err error) error {
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && d.Exit == diag.ExitLock {
		return &damagedLayer{p.store, layer.Digest, d}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &damagedLayer{p.store, layer.Digest, diag.New(diag.ExitLock, "a part of the layer `%s` is missing", layer.Digest.Short())}
	}
	return err
}

// standsOn returns every layer of the world.
func (p *prepared) standsOn() []store.Layer { return append(p.layers.all(), p.pinned.layers...) }

// all returns the layers that there are.
func (l *Layers) all() []store.Layer {
	list := []store.Layer{l.Toolchain, l.System}
	if !l.Crates.Layer.Digest.IsZero() {
		list = append(list, l.Crates.Layer)
	}
	return list
}
