package build

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

func TestCrateOfDownload(t *testing.T) {
	locked := &cargo.Lockfile{
		External: []cargo.LockedPackage{{Name: "once", Version: "1.2.3"}, {Name: "twice", Version: "2.0.0"}, {Name: "twice", Version: "1.0.0+old"}},
		Members:  []string{"member", "once-more"},
	}
	const ok = ""
	for name, c := range map[string]struct {
		d          policy.Download
		dir        string
		known, one string // what is said against it
	}{
		"one":                   {policy.Download{Crate: "once"}, "once-1.2.3", ok, ok},
		"one, with its version": {policy.Download{Crate: "once", Version: "1.2.3"}, "once-1.2.3", ok, ok},
		"another version":       {policy.Download{Crate: "once", Version: "1.2.4"}, "", "there is no crate `once@1.2.4` in Cargo.lock", "are in the root"},
		"two":                   {policy.Download{Crate: "twice"}, "", ok, "`twice` may be each of twice-1.0.0+old, twice-2.0.0"},
		"one of two":            {policy.Download{Crate: "twice", Version: "1.0.0+old"}, "twice-1.0.0+old", ok, ok},
		"of the root":           {policy.Download{Crate: "member"}, "", ok, "the sources of `member` are in the root"},
		"of the root, with one": {policy.Download{Crate: "member", Version: "1.0.0"}, "", "there is no crate `member@1.0.0`", "are in the root"},
		"a beginning of a name": {policy.Download{Crate: "onc"}, "", "there is no crate `onc`", "are in the root"},
		"more than a name":      {policy.Download{Crate: "once-1"}, "", "there is no crate `once-1`", "are in the root"},
	} {
		t.Run(name, func(t *testing.T) {
			c.d.At = diag.Position{File: "hermetic.toml", Line: 7, Column: 3}
			dir, err := crateDir(locked, c.d)
			if diff := cmp.Diff(c.dir, dir); diff != "" {
				t.Error(diff)
			}
			for _, say := range []struct {
				err  error
				want string
			}{{err, c.one}, {knownCrate(locked, c.d), c.known}} {
				problem, refused := errors.AsType[*diag.Diagnostic](say.err)
				switch {
				case refused != (say.want != ok):
					t.Errorf("%v, want %q", say.err, say.want)
				case refused && (problem.Exit != diag.ExitPolicy || !strings.Contains(problem.Message, say.want) || len(problem.At) != 1 || problem.At[0] != c.d.At):
					t.Errorf("%+v, want %q", problem, say.want)
				}
			}
		})
	}
}

func TestPinnedLayers(t *testing.T) {
	var p pinned
	one, two := store.Layer{Digest: digest.Of([]byte("1")), Dir: "/1"}, store.Layer{Digest: digest.Of([]byte("2")), Dir: "/2"}
	for _, l := range []store.Layer{one, two, one} {
		p.add(l)
	}
	if len(p.layers) != 2 {
		t.Errorf("%d layers, want 2", len(p.layers))
	}
	if got, ok := p.layer(two.Digest); !ok || got != two {
		t.Error(got, ok)
	}
	if got, ok := p.layer(digest.Of([]byte("3"))); ok {
		t.Error("there is", got)
	}
}
