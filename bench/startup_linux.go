package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// startupGoal is for the median of the wall ratios: not slower than bwrap.
const startupGoal = 1.0

// measureStartup compares the sandbox with bwrap, both with a program that
// ends at once, and shows what that program costs alone.
func measureStartup(ctx context.Context, r *report, n int) error {
	v, err := hostView()
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	runners := []runner{
		{"sandbox", func() (sample, error) { return v.inSandbox(ctx, null) }},
		{"no sandbox", func() (sample, error) { return v.alone(ctx) }},
	}
	if bwrap, err := exec.LookPath("bwrap"); err == nil {
		runners = append(runners, runner{"bwrap", func() (sample, error) { return v.inBwrap(ctx, bwrap) }})
	} else {
		r.LeftOut = append(r.LeftOut, leftOut{What: "start-up of bwrap", Reason: err.Error(), Help: "sudo apt-get install bubblewrap"})
	}
	series, err := alternate(n, runners)
	if err != nil {
		return err
	}
	for i := len(runners) - 1; i > 0; i-- {
		c := comparison{What: startup, Ours: runners[0].name, Theirs: runners[i].name}
		if c.Theirs == "bwrap" {
			c.Goal = startupGoal
		}
		r.add(c, series[0], series[i])
	}
	return nil
}

// inSandbox starts the program as the product starts cargo: this program once
// more as the second stage, then the view, then the command.
func (v *view) inSandbox(ctx context.Context, null *os.File) (sample, error) {
	s := v.spec()
	s.Stdin, s.Stdout, s.Stderr = null, null, os.Stderr
	return metered(func() error {
		result, err := sandbox.Run(ctx, sandbox.Namespaces, s)
		switch {
		case err != nil:
			return err
		case result.ExitCode != 0 || len(result.Weaker) > 0:
			return fmt.Errorf("the sandbox is not the one to measure: exit code %d, weaker: %q", result.ExitCode, result.Weaker)
		}
		return nil
	})
}

func (v *view) inBwrap(ctx context.Context, bwrap string) (sample, error) {
	return v.start(exec.CommandContext(ctx, bwrap, v.bwrapArgs()...))
}

func (v *view) alone(ctx context.Context) (sample, error) {
	return v.start(exec.CommandContext(ctx, program))
}

func (v *view) start(cmd *exec.Cmd) (sample, error) {
	cmd.Env = []string{}
	cmd.Stderr = os.Stderr
	return metered(cmd.Run)
}

// metered runs f and says what it cost, with the CPU time of the children that
// were waited for meanwhile. Ours alone would be missing, for all alike.
func metered(f func() error) (s sample, err error) {
	before, err := childrenCPU()
	if err != nil {
		return s, err
	}
	start := time.Now()
	err = f()
	s.Wall = time.Since(start)
	after, cpuErr := childrenCPU()
	s.CPU = after - before
	return s, errors.Join(err, cpuErr)
}

// childrenCPU is the user and system time of all children waited for so far,
// and of theirs (getrusage(2), RUSAGE_CHILDREN).
func childrenCPU() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
