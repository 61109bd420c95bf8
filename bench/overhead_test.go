//go:build linux

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

func TestSupervisionOf(t *testing.T) {
	with := []supervised{
		{usage{3 * time.Second, 100 * time.Second}, 50_000, 40_000, 120},
		{usage{4 * time.Second, 50 * time.Second}, 100_000, 80_000, 120},
	}
	without := []supervised{
		{usage{2 * time.Second, 99 * time.Second}, 0, 0, 120},
		{usage{2 * time.Second, 49 * time.Second}, 0, 0, 120},
	}
	want := supervision{
		Tree: "t", Compiled: 120,
		Added: spread{0.01, 0.025, 0.04}, Raw: spread{0.03, 0.055, 0.08},
		Calls: spread{50_000, 75_000, 100_000}, Stops: spread{10_000, 15_000, 20_000}, PerCall: spread{20, 20, 20},
	}
	if diff := cmp.Diff(want, supervisionOf("t", with, without)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOverheadText(t *testing.T) {
	r := &report{
		Supervisor: []supervision{{"t", 120, spread{0.01, 0.015, 0.02}, spread{0.03, 0.03, 0.03}, spread{10, 20, 30}, spread{4, 5, 6}, spread{1, 1, 1}}},
		Published:  []string{"DetTrace: slower"},
	}
	want := `
the supervisor's own CPU time, in percent of the build's (goal: 2 added), and microseconds of it a call

tree  packages  added %         with all it does %  calls     stops  us a call
t     120       1.00/1.50/2.00  3.00/3.00/3.00      10/20/30  4/5/6  1.0/1.0/1.0

published by others, of other machines and programs:
    DetTrace: slower
`
	if diff := cmp.Diff(want, r.overheadText()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff("", (&report{}).overheadText()); diff != "" {
		t.Errorf("without the measurement: -want +got:\n%s", diff)
	}
}

func TestCheckTree(t *testing.T) {
	for _, test := range []struct{ only, tree, want string }{
		{"", "", ""},
		{overhead, "", ""},
		{overhead, "overhead-c", ""},
		{noop, "overhead-c", "`-tree` goes with `-only overhead`"},
		{overhead, "small", "`-tree` is one of overhead-c, overhead-crates, overhead-release, not `small`"},
	} {
		got := ""
		if err := checkTree(test.only, test.tree); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q %q: -want +got:\n%s", test.only, test.tree, diff)
		}
	}
}

// A record that was cut off has no number of calls, and none must be made up.
func TestCallsOf(t *testing.T) {
	record := func(calls uint64) []byte {
		var out bytes.Buffer
		w := observation.NewWriter(&out)
		w.Process(observation.Process{ID: 1, Role: observation.Cargo})
		if err := w.Close(observation.Summary{Calls: calls, Noted: calls / 2}); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	whole := record(7)
	for _, test := range []struct {
		name  string
		data  []byte // nil: no file
		calls uint64
		fails bool
	}{
		{"none", nil, 0, false},
		{"whole", whole, 7, false},
		{"cut", whole[:len(whole)/2], 0, true},
		{"nothing looked at", record(0), 0, true},
		{"no record", []byte("text"), 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "record")
			if test.data != nil {
				if err := os.WriteFile(file, test.data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			calls, noted, err := callsOf(file)
			if diff := cmp.Diff([]uint64{test.calls, test.calls / 2}, []uint64{calls, noted}); diff != "" || (err != nil) != test.fails {
				t.Errorf("error %v; -want +got:\n%s", err, diff)
			}
		})
	}
}

// TestSides builds the small tree with this program as the product, supervised and
// not. That each side is the one it should be is checked where it runs.
func TestSides(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills a store")
	}
	if _, err := exec.LookPath("rustup"); err != nil {
		t.Skipf("no Rust to build with: %v", err)
	}
	b, err := newBuilds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	self := filepath.Join(b.dir, "bench")
	if err := goBuild(t.Context(), self, "bench"); err != nil {
		t.Fatal(err)
	}
	tree := b.tree("small")
	files, err := fs.Sub(small, "small")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(tree.dir, files); err != nil {
		t.Fatal(err)
	}
	if err := b.pin(t.Context(), tree); err != nil {
		skipIfNotIsolated(t, err)
		t.Fatal(err)
	}
	for _, how := range []string{asProduct, asUnwatched} {
		s, v, err := b.runSupervised(t.Context(), overheadTree{least: 3}, tree, self, how)
		if err != nil {
			skipIfNotIsolated(t, err)
			t.Fatal(err)
		}
		// What the product says of itself is a part of what the kernel says of all.
		if v.Own <= 0 || v.Children <= 0 || v.Own+v.Children > s.CPU {
			t.Errorf("%s: own %v and children %v of %v", how, v.Own, v.Children, s.CPU)
		}
	}
	// A build of less than was to be measured ends the measurement.
	_, _, err = b.runSupervised(t.Context(), overheadTree{least: 4}, tree, self, asProduct)
	if err == nil || !strings.Contains(err.Error(), "3 packages were compiled") {
		t.Errorf("three packages of four passed: %v", err)
	}
}

func skipIfNotIsolated(t *testing.T, err error) {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == diag.ExitIsolation {
		t.Skip(err)
	}
}

// The product's exit code and words are handed on, and what it used is left in a
// file that nobody had before.
func TestStartedAsProduct(t *testing.T) {
	dir := t.TempDir()
	self := filepath.Join(dir, "bench")
	if err := goBuild(t.Context(), self, "bench"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "usage")
	for _, test := range []struct {
		args []string
		code int
	}{
		{[]string{"--version"}, 0},
		{[]string{"--no-such-flag"}, diag.ExitUsage},
	} {
		cmd := exec.Command("cargo-hermetic", test.args...)
		cmd.Err = nil // it need not be installed: it becomes another
		turnInto(cmd, self, asProduct, file)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.code, cmd.ProcessState.ExitCode()); diff != "" {
			t.Errorf("%q: exit code -want +got:\n%s\n%s", test.args, diff, &said)
		}
		u, err := readUsage(file)
		if err != nil || u.Own <= 0 {
			t.Errorf("%q: used %+v, %v", test.args, u, err)
		}
	}
	if err := os.WriteFile(file, []byte(`{"own":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, asProduct, file, "--version")
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != diag.ExitFailed {
		t.Errorf("it wrote over a file: %v", err)
	}
	if u, err := readUsage(filepath.Join(dir, "none")); err == nil {
		t.Errorf("a product that said nothing used %+v", u)
	}
}
