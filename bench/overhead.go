//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// overheadGoal is for the median of the wall ratios: determinism and observation
// together against the same world without either.
const overheadGoal = 1.03

// measureOverhead measures what determinism and observation cost a cold build. Both
// sides are this program as the product; one is told to supervise nothing.
func measureOverhead(ctx context.Context, r *report, only string, n int) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b, err := newBuilds(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, o := range overheadTrees {
		if only != "" && only != o.name {
			continue
		}
		t, err := b.layOutOverhead(ctx, o)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			// Crates that cannot be fetched, or packages that are not installed.
			r.LeftOut = append(r.LeftOut, leftOut{What: "overhead of `" + o.name + "`", Reason: err.Error()})
			continue
		}
		r.Machine.Rust = b.release
		if err := b.compareSupervision(ctx, r, o, t, self, n); err != nil {
			return diag.Wrap(err, "measuring the overhead of `%s`", o.name)
		}
		if err := b.compareStrace(ctx, r, o, t); err != nil {
			return diag.Wrap(err, "measuring strace with `%s`", o.name)
		}
	}
	r.Published = published
	return nil
}

// compareSupervision runs the pairs of one tree.
func (b *builds) compareSupervision(ctx context.Context, r *report, o overheadTree, t tree, self string, n int) error {
	seen := map[string][]supervised{}
	side := func(name, how string) runner {
		return runner{name, func() (sample, error) {
			s, v, err := b.runSupervised(ctx, o, t, self, how)
			seen[name] = append(seen[name], v)
			return s, err
		}}
	}
	with, without := side("held, recorded", asProduct), side("neither", asUnwatched)
	series, err := alternate(n, []runner{with, without})
	if err != nil {
		return err
	}
	r.add(comparison{What: overhead, Tree: o.name, Ours: with.name, Theirs: without.name, Goal: overheadGoal}, series[0], series[1])
	// The first of each is of the round that does not count.
	r.Supervisor = append(r.Supervisor, supervisionOf(o.name, seen[with.name][1:], seen[without.name][1:]))
	return nil
}

// runSupervised is one cold build by this program as the product.
func (b *builds) runSupervised(ctx context.Context, o overheadTree, t tree, self, how string) (s sample, v supervised, err error) {
	if err := os.RemoveAll(t.target); err != nil {
		return s, v, err
	}
	file := filepath.Join(b.dir, "usage.json")
	cmd := b.hermetic(ctx, t.dir, append([]string{"build"}, o.args...)...)
	turnInto(cmd, self, how, file)
	s, printed, err := timed(cmd)
	if err != nil {
		return s, v, err
	}
	if v.usage, err = readUsage(file); err != nil {
		return s, v, err
	}
	v.compiled = strings.Count(printed, "   Compiling ")
	if v.compiled < o.least {
		return s, v, fmt.Errorf("%d packages were compiled, and should have been at least %d:\n%s", v.compiled, o.least, printed)
	}
	if v.calls, v.noted, err = callsOf(filepath.Join(t.target, "observation.jsonl.gz")); err != nil {
		return s, v, err
	}
	recorded, held := v.calls > 0, !strings.Contains(printed, ", not deterministic")
	if watched := how == asProduct; recorded != watched || held != watched {
		return s, v, fmt.Errorf("`%s` is not what was to be measured: recorded %t, held %t", how, recorded, held)
	}
	return s, v, nil
}

// callsOf says how many calls a run's record counts, and how many of them were noted by the
// programs themselves; without a record, none.
func callsOf(file string) (calls, noted uint64, err error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	record, err := observation.Read(f)
	switch {
	case err != nil:
		return 0, 0, err
	case record.Cut || record.Summary.Calls == 0:
		return 0, 0, fmt.Errorf("the record `%s` is not whole: cut %t, %d calls", file, record.Cut, record.Summary.Calls)
	}
	return record.Summary.Calls, record.Summary.Noted, nil
}
