package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// TestSmallWorldIsLookedAt: a world that is not as it should be is noticed.
// Without that a verdict would be worth nothing.
func TestSmallWorldIsLookedAt(t *testing.T) {
	lay := func(t *testing.T, i sandbox.Isolation) (sandbox.Spec, string) {
		t.Helper()
		dir := t.TempDir()
		s, err := smallWorld(dir, i, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s, dir
	}
	mount := func(s *sandbox.Spec, target string) *sandbox.Mount {
		for n := range s.Mounts {
			if s.Mounts[n].Target == target {
				return &s.Mounts[n]
			}
		}
		panic("no mount at " + target)
	}
	changes := []struct {
		name   string
		change func(s *sandbox.Spec, dir string)
		want   map[sandbox.Isolation]string // empty: no difference that is looked for
	}{
		{"nothing", func(*sandbox.Spec, string) {}, nil},
		{"a writable root", func(s *sandbox.Spec, _ string) { mount(s, place+"/root").Writable = true },
			map[sandbox.Isolation]string{sandbox.Namespaces: "writing beside a declared file", sandbox.Landlock: "writing beside a declared file"}},
		{"nothing writable", func(s *sandbox.Spec, _ string) { mount(s, place+"/out").Writable = false },
			map[sandbox.Isolation]string{sandbox.Namespaces: "writing into a writable directory", sandbox.Landlock: "writing into a writable directory"}},
		{"more of the host", func(s *sandbox.Spec, dir string) {
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: filepath.Join(dir, "hidden"), Target: filepath.Join(dir, "hidden"), File: true})
		}, map[sandbox.Isolation]string{sandbox.Namespaces: "opening a file that is not declared", sandbox.Landlock: "opening a file that is not declared"}},
		{"a variable", func(s *sandbox.Spec, _ string) { s.Env = append(s.Env[:len(s.Env):len(s.Env)], "SECRET=1") },
			map[sandbox.Isolation]string{sandbox.Namespaces: "looking at the environment", sandbox.Landlock: "looking at the environment"}},
		{"another name", func(s *sandbox.Spec, _ string) { s.HostName = "elsewhere" },
			map[sandbox.Isolation]string{sandbox.Namespaces: "looking at the host name", sandbox.Landlock: "looking at the host name"}},
		{"another user", func(s *sandbox.Spec, _ string) { s.UID = 1001 },
			map[sandbox.Isolation]string{sandbox.Namespaces: "looking at the user"}},
		{"the host's network", func(s *sandbox.Spec, _ string) { s.Network = spec.NetworkHost },
			map[sandbox.Isolation]string{sandbox.Namespaces: "looking at the namespaces: the net namespace", sandbox.Landlock: "making a socket"}},
		{"other content", func(s *sandbox.Spec, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "root", "file"), []byte("another"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, map[sandbox.Isolation]string{sandbox.Namespaces: "reading a declared file", sandbox.Landlock: "reading a declared file"}},
	}
	for _, i := range sandbox.Isolations() {
		s, _ := lay(t, i)
		if _, _, err := look(context.Background(), i, s); err != nil {
			if !strings.Contains(err.Error(), "is not available on this host") {
				t.Errorf("`%s`: %v", i, err)
			}
			continue // TestHere skips with the reason
		}
		for _, c := range changes {
			t.Run(string(i)+"/"+c.name, func(t *testing.T) {
				s, dir := lay(t, i)
				c.change(&s, dir)
				_, _, err := look(context.Background(), i, s)
				want := c.want[i]
				if want == "" {
					if err != nil {
						t.Errorf("not looked for, and yet: %v", err)
					}
					return
				}
				d := (*diag.Diagnostic)(nil)
				if !errors.As(err, &d) || d.Exit != diag.ExitIsolation || !strings.Contains(strings.Join(d.Notes, "\n"), want) {
					t.Errorf("%v, %+v; want %q", err, d, want)
				}
			})
		}
	}
}
