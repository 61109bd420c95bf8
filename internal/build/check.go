package build

import (
	"context"
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// checking says when layers are checked against their digests.
type checking int

const (
	// checkedFirst: before anything else happens with them.
	checkedFirst checking = iota
	// checkedBeside: while the world that stands on them already runs, and
	// before its outcome is believed. That proves no less: nobody but the kernel
	// sets a change time, so a file that was changed before or during the run
	// is found afterwards too, and until the verdict nothing that was made is
	// used, kept or started. It takes the check (a stat per file of three
	// layers) out of the way of a build that has nothing to do.
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
func (d *damagedLayer) drop() error   { return d.store.Drop(d.digest) }

// checkBeside checks the layers in the background. The context it returns ends
// as soon as one is found damaged; verdict waits for the end of the check.
func (p *prepared) checkBeside(ctx context.Context) (running context.Context, verdict func() error) {
	running, cancel := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		var err error
		for _, layer := range []store.Layer{p.layers.Toolchain, p.layers.System, p.layers.Crates.Layer} {
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

func (p *prepared) check(ctx context.Context, layer store.Layer) error {
	if layer.Digest.IsZero() {
		return nil // no external crates
	}
	_, ok, err := p.store.Layer(ctx, layer.Digest)
	if err == nil && !ok {
		err = diag.New(diag.ExitLock, "the layer `%s` vanished from the store", layer.Digest.Short())
	}
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && d.Exit == diag.ExitLock {
		return &damagedLayer{p.store, layer.Digest, d}
	}
	return err
}
