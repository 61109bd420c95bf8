package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Goals for the median of the wall ratios.
const (
	coldGoal = 1.03
	noopGoal = 1.5 // for now
)

// way is one way of building a tree.
type way struct {
	name   string
	target string // directory that holds what it builds
	cmd    func() *exec.Cmd
}

// ways are the product, plain cargo, and plain cargo through rustup's proxy if
// there is one.
func (b *builds) ways(ctx context.Context, r *report, t tree, what string) []way {
	all := []way{
		{"hermetic", t.target, func() *exec.Cmd { return b.hermetic(ctx, t.dir, "build") }},
		{"cargo", t.plain, func() *exec.Cmd { return b.plain(ctx, b.bin+"/cargo", t.dir, t.plain) }},
	}
	if _, err := os.Stat(b.proxy()); err != nil {
		r.LeftOut = append(r.LeftOut, leftOut{What: what + ", " + t.name + ", through the proxy", Reason: err.Error()})
		return all
	}
	return append(all, way{"cargo (proxy)", t.proxy, func() *exec.Cmd { return b.plain(ctx, b.proxy(), t.dir, t.proxy) }})
}

// measureCold builds from nothing: the target directory is removed before each
// run, and that is not part of the time.
func (b *builds) measureCold(ctx context.Context, r *report, t tree, n int) error {
	return b.measure(ctx, r, comparison{What: cold, Tree: t.name, Goal: coldGoal}, t, n, func(w way) (sample, error) {
		if err := os.RemoveAll(w.target); err != nil {
			return sample{}, err
		}
		return w.build(true)
	})
}

// measureNoop builds once more what is built already. The round that alternate
// does not count builds it, or has the other measurement's outputs to show.
func (b *builds) measureNoop(ctx context.Context, r *report, t tree, n int) error {
	built := map[string]bool{}
	return b.measure(ctx, r, comparison{What: noop, Tree: t.name, Goal: noopGoal}, t, n, func(w way) (sample, error) {
		if !built[w.name] {
			built[w.name] = true
			s, _, err := timed(w.cmd())
			return s, err
		}
		return w.build(false)
	})
}

// measure compares the product with every other way.
func (b *builds) measure(ctx context.Context, r *report, c comparison, t tree, n int, run func(way) (sample, error)) error {
	var runners []runner
	for _, w := range b.ways(ctx, r, t, c.What) {
		runners = append(runners, runner{w.name, func() (sample, error) { return run(w) }})
	}
	series, err := alternate(n, runners)
	if err != nil {
		return err
	}
	c.Ours = runners[0].name
	for i := 1; i < len(runners); i++ {
		c.Theirs = runners[i].name
		r.add(c, series[0], series[i])
		c.Goal = 0 // the goal is about the first, which is the fairer
	}
	return nil
}

// build builds once. A run that compiled when it should not have, or did not
// when it should, would be a figure about something else.
func (w way) build(compiles bool) (sample, error) {
	s, printed, err := timed(w.cmd())
	if err != nil {
		return s, err
	}
	if strings.Contains(printed, "   Compiling ") != compiles {
		return s, diag.Wrap(fmt.Errorf("it printed:\n%s", printed), "`%s` compiled: %t, and should have: %t", w.name, !compiles, compiles)
	}
	return s, nil
}
