package store

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	var wait sync.WaitGroup
	for range 8 { // all of them make it
		wait.Go(func() {
			if _, err := Open(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	want := []string{"layers/", "locks/", "memory/", "records/", "tmp/", "version", "version.lock"}
	if diff := cmp.Diff(want, list(t, dir)); diff != "" {
		t.Errorf("store (-want +got):\n%s", diff)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v, want 0700", info.Mode(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name    string
		content tree
		mode    os.FileMode
		want    []string
	}{
		{"newer", tree{"version": "cargo-hermetic store 3\n", "layers/x": ""}, 0o700, []string{`format "3"`, `only "2"`}},
		{"much newer", tree{"version": "cargo-hermetic store 12\n"}, 0o700, []string{`format "12"`}},
		{"older", tree{"version": "cargo-hermetic store 0"}, 0o700, []string{`format "0"`}},
		{"almost ours", tree{"version": "cargo-hermetic store 2\n\n"}, 0o700, []string{`format "2\n"`}},
		{"damaged", tree{"version": ""}, 0o700, []string{`holds ""`}},
		{"another program's", tree{"version": strings.Repeat("3.1 ", 50)}, 0o700, []string{`holds "3.1 `}},
		{"not a store", tree{"thesis.tex": ""}, 0o700, []string{"is not a store"}},
		{"open to all", tree{}, 0o777, []string{"every user can write"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			test.content.plant(t, dir)
			if err := os.Chmod(dir, test.mode); err != nil {
				t.Fatal(err)
			}
			before := list(t, dir)
			_, err := Open(dir)
			wantDiag(t, err, diag.ExitFailed, append(test.want, dir)...)
			after := list(t, dir)
			if len(after) > 0 && after[len(after)-1] == "version.lock" {
				after = after[:len(after)-1]
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("it changed what it refused (-before +after):\n%s", diff)
			}
		})
	}
	_, err := Open("relative")
	wantDiag(t, err, diag.ExitFailed, "`relative`")
}

// A process may die between any two steps of making a store.
func TestOpenHalfMade(t *testing.T) {
	for name, content := range map[string]tree{
		"empty":       {},
		"locked":      {"version.lock": ""},
		"half a line": {"version.lock": "", ".version.ABC.part": "cargo-herm"},
		"no folders":  {"version": "cargo-hermetic store 2\n"},
		"one folder":  {"version": "cargo-hermetic store 2\n", "layers/": ""},
		"of format 1": {"version": "cargo-hermetic store 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			content.plant(t, dir)
			s, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			mustLayer(t, s, mustCommit(t, s, example).Digest)
		})
	}
}

func TestQuote(t *testing.T) {
	if diff := cmp.Diff(`'/a b'\''c'`, quote("/a b'c")); diff != "" {
		t.Errorf("quoted (-want +got):\n%s", diff)
	}
}
