//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// compareStrace builds a tree once with plain cargo and once with plain cargo under
// strace, which stops every process at every call: what observation costs that does
// not choose its calls. What it writes goes nowhere.
func (b *builds) compareStrace(ctx context.Context, r *report, o overheadTree, t tree) error {
	strace, err := exec.LookPath("strace")
	if err == nil {
		// It may be installed and not allowed to trace.
		_, err = output(exec.CommandContext(ctx, strace, "-f", "-o", os.DevNull, "true"))
	}
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.LeftOut = append(r.LeftOut, leftOut{What: "`strace -f` with `" + o.name + "`", Reason: err.Error(), Help: "sudo apt-get install strace"})
		return nil
	}
	plain := func() *exec.Cmd {
		cmd := b.plain(ctx, filepath.Join(b.bin, "cargo"), t.dir, t.plain)
		cmd.Args = append(cmd.Args, o.args...)
		return cmd
	}
	traced := func() *exec.Cmd {
		cmd := plain()
		cmd.Args = append([]string{strace, "-f", "-o", os.DevNull, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = strace
		return cmd
	}
	var series [][]sample
	for _, cmd := range []func() *exec.Cmd{traced, plain} {
		if err := os.RemoveAll(t.plain); err != nil {
			return err
		}
		s, printed, err := timed(cmd())
		if err != nil {
			return err
		}
		if compiled := strings.Count(printed, "   Compiling "); compiled < o.least {
			return diag.New(diag.ExitFailed, "%d packages were compiled, and should have been at least %d", compiled, o.least)
		}
		series = append(series, []sample{s})
	}
	r.add(comparison{What: overhead, Tree: o.name, Ours: "strace -f cargo", Theirs: "cargo"}, series[0], series[1])
	return nil
}
