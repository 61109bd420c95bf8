package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

const (
	// What the layers of a middling project hold.
	layersSystemFiles = 5000
	layersCrates      = 300
	layersCrateFiles  = 30
	// checkGoal is for the median of our own time, captureGoal for that of the
	// ratios to `cp -a`.
	checkGoal   = 30 * time.Millisecond
	captureGoal = 2.0
)

// layered is a store with the layers of one project, and the files that one of
// them is captured from.
type layered struct {
	dir    string
	source string   // of the system layer
	files  []string // of source, relative to it
	store  *store.Store
	layers []store.Layer
}

// measureLayers compares the check of a warm build, which looks at every entry of
// its layers, with find(1) looking at the same entries; and the first capture of
// a system layer with `cp -a` of the same files, once as it is and once flushed to
// the disk as a capture is.
func measureLayers(ctx context.Context, r *report, n int) (err error) {
	dir, err := os.MkdirTemp("", "cargo-hermetic-bench-")
	if err != nil {
		return err
	}
	l := &layered{dir: dir, source: filepath.Join(dir, "source")}
	defer func() { err = diag.Join(err, l.close()) }()
	if err := l.layOut(ctx); err != nil {
		return err
	}
	if err := l.measureCheck(ctx, r, n); err != nil {
		return err
	}
	return l.measureCapture(ctx, r, max(n/5, 1))
}

func (l *layered) close() error {
	var err error
	if l.store != nil {
		err = l.store.Close()
	}
	return errors.Join(err, fsx.RemoveTree(l.dir))
}

// capture makes a layer as the product does.
func (l *layered) capture(ctx context.Context, fill func(*store.Builder) error) (store.Layer, error) {
	b, err := l.store.Begin("bench")
	if err != nil {
		return store.Layer{}, err
	}
	if err := fill(b); err != nil {
		return store.Layer{}, diag.Join(err, b.Discard())
	}
	layer, err := b.Commit(ctx)
	return layer, diag.Join(err, b.Discard())
}

// own is what f costs in this process.
func own(f func() error) (s sample, err error) {
	before, began := ownCPU(), time.Now()
	err = f()
	s.Wall, s.CPU = time.Since(began), ownCPU()-before
	return s, err
}

func (l *layered) measureCheck(ctx context.Context, r *report, n int) error {
	var dirs []string
	entries := 0
	for _, layer := range l.layers {
		found, err := fsx.Scan(layer.Dir, nil)
		if err != nil {
			return err
		}
		entries += len(found)
		dirs = append(dirs, layer.Dir)
	}
	runners := []runner{
		{"check of the layers", func() (sample, error) {
			return own(func() error {
				for _, layer := range l.layers {
					if _, ok, err := l.store.Layer(ctx, layer.Digest); !ok || err != nil {
						return errors.Join(err, fmt.Errorf("the layer %s is not there", layer.Digest))
					}
				}
				return nil
			})
		}},
		// -size makes it look at every entry, as -printf would, and prints none.
		{"find -size", func() (sample, error) {
			s, _, err := timed(exec.CommandContext(ctx, "find", append(dirs, "-size", "+1000000G")...))
			return s, err
		}},
	}
	series, err := alternate(n, runners)
	if err != nil {
		return err
	}
	tree := fmt.Sprintf("check, %d entries", entries)
	r.add(comparison{What: layers, Tree: tree, Ours: runners[0].name, Theirs: runners[1].name, GoalWall: checkGoal.Seconds()}, series[0], series[1])
	return nil
}

func (l *layered) measureCapture(ctx context.Context, r *report, n int) error {
	system := l.layers[1].Digest
	copied := filepath.Join(l.dir, "copied")
	// Before each run nothing of the last is there, and nothing waits for the disk.
	fresh := func(run func() (sample, error)) func() (sample, error) {
		return func() (sample, error) {
			err := diag.Join(l.store.Drop(system), fsx.RemoveTree(copied))
			if err == nil {
				_, err = output(exec.CommandContext(ctx, "sync", "-f", l.dir))
			}
			if err != nil {
				return sample{}, err
			}
			return run()
		}
	}
	shell := func(script string) func() (sample, error) {
		return fresh(func() (sample, error) {
			s, _, err := timed(exec.CommandContext(ctx, "sh", "-c", script, l.source, copied))
			return s, err
		})
	}
	runners := []runner{
		{"capture", fresh(func() (sample, error) {
			return own(func() error {
				layer, err := l.capture(ctx, func(b *store.Builder) error { return addAll(b, l.source, l.files) })
				if err == nil && layer.Digest != system {
					err = fmt.Errorf("captured as %s and then as %s", system, layer.Digest)
				}
				return err
			})
		})},
		{"cp -a", shell(`cp -a "$0" "$1"`)},
		{"cp -a, flushed", shell(`cp -a "$0" "$1" && sync -f "$1"`)},
	}
	series, err := alternate(n, runners)
	if err != nil {
		return err
	}
	var bytes int64
	err = filepath.WalkDir(l.source, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		return err
	}
	tree := fmt.Sprintf("capture, %d files of %d MiB", len(l.files), bytes>>20)
	for i, goal := range []float64{captureGoal, 0} {
		r.add(comparison{What: layers, Tree: tree, Ours: runners[0].name, Theirs: runners[i+1].name, Goal: goal}, series[0], series[i+1])
	}
	return nil
}
