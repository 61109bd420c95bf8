//go:build linux

package probe_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

// TestTable tries everything on this host, and what belongs together must agree.
func TestTable(t *testing.T) {
	results, err := probe.Table(context.Background(), advice.Look("/", nil))
	if err != nil {
		t.Fatal(err)
	}
	found := byName(results)
	if len(found) != len(results) || len(results) < 30 {
		t.Errorf("%d results with %d names", len(results), len(found))
	}
	for i, r := range results {
		switch {
		case r.State == probe.OK:
			if r.Error+r.Step+r.ErrnoName+r.Reason+r.Help+r.Missing != "" || r.Milliseconds <= 0 {
				t.Errorf("works and has a reason: %+v", r)
			}
		case r.State == probe.Failed:
			if r.Error == "" || r.Step == "" || r.Reason == "" || r.Milliseconds <= 0 {
				t.Errorf("does not work and does not say why: %+v", r)
			}
		case r.State == probe.Skipped:
			if before := results[:i]; !slices.ContainsFunc(before, func(b probe.Result) bool { return b.Name == r.Missing && b.State != probe.OK }) {
				t.Errorf("skipped without a reason: %+v", r)
			}
		default:
			t.Errorf("unknown state: %+v", r)
		}
		if strings.Contains(r.Error, "without a report") || strings.Contains(r.Error, "no answer") {
			t.Errorf("the try itself broke: %+v", r)
		}
		t.Logf("%-18s %-7s %5.1f ms %s %s", r.Name, r.State, r.Milliseconds, r.Value, r.Error)
	}
	if found["nested-supervisor"].State == probe.OK && found["seccomp-supervisor"].State != probe.OK {
		t.Error("a nested supervisor works, and a plain one does not")
	}
}

// TestTableLeavesNothing: neither descriptors nor children nor a changed process.
func TestTableLeavesNothing(t *testing.T) {
	state := func() string {
		t.Helper()
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		text := []string{fmt.Sprintf("%d descriptors", len(fds))}
		for line := range strings.Lines(string(status)) {
			key, _, _ := strings.Cut(line, ":")
			if slices.Contains([]string{"Uid", "Gid", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "SigIgn"}, key) {
				text = append(text, line)
			}
		}
		for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
			link, err := os.Readlink("/proc/self/ns/" + kind)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, link)
		}
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); !errors.Is(err, unix.ECHILD) {
			t.Errorf("a child is left: %d, %v", pid, err)
		}
		return strings.Join(text, "\n")
	}
	if _, err := probe.Table(context.Background(), advice.Host{}); err != nil { // the runtime opens some at first
		t.Fatal(err)
	}
	before := state()
	if _, err := probe.Table(context.Background(), advice.Host{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, state()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// TestTableEndsWithItsContext: an examination can be interrupted.
func TestTableEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	if results, err := probe.Table(ctx, advice.Host{}); !errors.Is(err, why) || results != nil {
		t.Errorf("%v, %v", results, err)
	}
}

// TestIsChild: nothing that a person would type is taken for one.
func TestIsChild(t *testing.T) {
	for _, args := range [][]string{{}, {"cargo-hermetic"}, {"cargo-hermetic", "doctor"}, {"cargo-hermetic", "probe", "x"}, {"cargo-hermetic", "inside", "x"}} {
		if probe.IsChild(args) {
			t.Errorf("%q", args)
		}
	}
	args, err := probe.InsideArgs("/p", probe.Expected{})
	if err != nil || !probe.IsInside(args) || !probe.IsChild(args) {
		t.Errorf("%q, %v", args, err)
	}
}
