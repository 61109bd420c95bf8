package crates

import (
	"bytes"
	"io"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// display shows what cargo says in one run. Registries, repositories and the
// manifests in them have a say in it, so all of it passes a guard.
type display struct {
	*progress
	child *os.File // for cargo
	// close waits until all is shown. What was held back is shown if cargo failed.
	close func(failed bool) error
}

// show makes the display of a run. While cargo fetches it has a terminal if the
// caller has one, so that it draws its bar there, and writes lines elsewhere. While
// it vendors it has none, because its lines are picked by how they begin.
func (r *Request) show(vendor bool) (*display, error) {
	d := &display{progress: &progress{vendor: vendor}}
	filter := func(w io.Writer) (io.WriteCloser, error) {
		return cargo.NewRewriter(w, []cargo.PathPair{{From: r.places.root, To: r.Root}}, cargo.RewriteOptions{})
	}
	if r.Quiet || vendor {
		return d, d.pipe(r.Stderr, r.Quiet, filter)
	}
	streams := &ui.Streams{
		Stdout: r.Stderr, Stderr: r.Stderr, Color: r.Color, NoProgress: r.NoBar,
		FilterErr: func(w io.Writer) (io.WriteCloser, error) {
			rewriter, err := filter(w)
			d.w = rewriter
			return closing{d.progress, rewriter}, err
		},
	}
	if err := streams.Open(); err != nil {
		return nil, err
	}
	d.child, d.close = streams.ChildErr, func(bool) error { return streams.Close() }
	return d, nil
}

// closing is a writer in front of one that must be closed.
type closing struct {
	io.Writer
	io.Closer
}

// pipe shows lines as they come, or, if they are to be held back, at the end.
func (d *display) pipe(w *os.File, hold bool, filter func(io.Writer) (io.WriteCloser, error)) error {
	guard := ui.NewGuard(w)
	rewriter, err := filter(guard)
	if err != nil {
		return err
	}
	var held bytes.Buffer
	if d.w = rewriter; hold {
		d.w = &held
	}
	child, done, err := drain(d.progress)
	if err != nil {
		return err
	}
	d.child = child
	d.close = func(failed bool) error {
		err := diag.Join(child.Close(), <-done)
		if failed {
			_, told := rewriter.Write(held.Bytes())
			err = diag.Join(err, told)
		}
		return diag.Join(err, rewriter.Close(), guard.Close())
	}
	return nil
}

// drain returns a pipe whose contents go to w, and a channel that delivers the
// end of that.
func drain(w io.Writer) (*os.File, <-chan error, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(w, read)
		done <- diag.Join(err, read.Close())
	}()
	return write, done, nil
}
