//go:build !windows

// The paths of this test are written as on Unix.

package roots

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	aPackage    = "[package]\nname = \"p\"\n"
	aWorkspace  = "[workspace]\nmembers = [\"*\"]\n"
	notOurs     = "this must not be read"
	notOursToml = "/Cargo.toml"
)

// place is the part of what was found that most tests are about.
type place struct {
	Root                string
	Why                 Source
	Manifest, Workspace string
}

func placeOf(f Found) place { return place{f.Root, f.Why, f.Manifest, f.Workspace} }

// expectation is what a search finds, and the directory that it must not leave.
type expectation struct {
	place
	bound string // empty: it may look everywhere
}

var finds = map[string]struct {
	files map[string]string
	req   Request
	want  expectation
}{
	"package without version control": {
		map[string]string{"/home/me/p/Cargo.toml": aPackage},
		Request{Cwd: "/home/me/p"},
		expectation{place: place{"/home/me/p", "workspace", "/home/me/p/Cargo.toml", "/home/me/p"}},
	},
	"from a directory of the package": {
		map[string]string{"/p/Cargo.toml": aPackage, "/p/src/a/b.rs": ""},
		Request{Cwd: "/p/src/a"},
		expectation{place: place{"/p", "workspace", "/p/Cargo.toml", "/p"}},
	},
	"manifest path": {
		map[string]string{"/p/Cargo.toml": aPackage, "/q/Cargo.toml": aPackage},
		Request{Cwd: "/q", Manifest: "/p/Cargo.toml"},
		expectation{place: place{"/p", "workspace", "/p/Cargo.toml", "/p"}},
	},
	"member inside a checkout": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": aWorkspace, "/ws/p/Cargo.toml": aPackage},
		Request{Cwd: "/ws/p"},
		expectation{place: place{"/ws", "workspace", "/ws/p/Cargo.toml", "/ws"}},
	},
	"a worktree or submodule has a file": {
		map[string]string{"/ws/.git": "gitdir: ../x\n", "/ws/Cargo.toml": aWorkspace, "/ws/a/b/p/Cargo.toml": aPackage},
		Request{Cwd: "/ws/a/b/p"},
		expectation{place: place{"/ws", "workspace", "/ws/a/b/p/Cargo.toml", "/ws"}},
	},
	"workspace in the middle of a checkout": {
		map[string]string{"/co/.git/HEAD": "", "/co/rust/Cargo.toml": aWorkspace, "/co/rust/p/Cargo.toml": aPackage},
		Request{Cwd: "/co/rust/p"},
		expectation{place: place{"/co/rust", "workspace", "/co/rust/p/Cargo.toml", "/co/rust"}},
	},
	"stray parent workspace with version control": {
		map[string]string{"/home/Cargo.toml": notOurs, "/home/co/.git/HEAD": "", "/home/co/p/Cargo.toml": aPackage},
		Request{Cwd: "/home/co/p"},
		expectation{place: place{"/home/co/p", "workspace", "/home/co/p/Cargo.toml", "/home/co/p"}},
	},
	"stray parent workspace without version control": {
		map[string]string{"/home/Cargo.toml": notOurs, "/home/p/Cargo.toml": aPackage},
		Request{Cwd: "/home/p"},
		expectation{place: place{"/home/p", "workspace", "/home/p/Cargo.toml", "/home/p"}},
	},
	"submodule below a workspace": {
		map[string]string{"/co/.git/HEAD": "", "/co/Cargo.toml": notOurs, "/co/sub/.git": "gitdir: x", "/co/sub/Cargo.toml": aPackage},
		Request{Cwd: "/co/sub"},
		expectation{place: place{"/co/sub", "workspace", "/co/sub/Cargo.toml", "/co/sub"}},
	},
	"excluded package": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": "[workspace]\nexclude = [\"p\"]\n", "/ws/p/Cargo.toml": aPackage},
		Request{Cwd: "/ws/p"},
		expectation{place: place{"/ws/p", "workspace", "/ws/p/Cargo.toml", "/ws/p"}},
	},
	"excluded from the nearer workspace": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": aWorkspace, "/ws/a/Cargo.toml": "[workspace]\nexclude = [\"p\"]\n", "/ws/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/ws/a/p"},
		expectation{place: place{"/ws", "workspace", "/ws/a/p/Cargo.toml", "/ws"}},
	},
	"package between": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": aWorkspace, "/ws/a/Cargo.toml": aPackage, "/ws/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/ws/a/p"},
		expectation{place: place{"/ws", "workspace", "/ws/a/p/Cargo.toml", "/ws"}},
	},
	"a package that is its own workspace": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": notOurs, "/ws/p/Cargo.toml": aPackage + aWorkspace},
		Request{Cwd: "/ws/p"},
		expectation{place: place{"/ws/p", "workspace", "/ws/p/Cargo.toml", "/ws/p"}},
	},
	"pointer up": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": aWorkspace, "/ws/a/p/Cargo.toml": aPackage + "workspace = \"../..\"\n"},
		Request{Cwd: "/ws/a/p"},
		expectation{place: place{"/ws", "workspace", "/ws/a/p/Cargo.toml", "/ws"}},
	},
	"absolute pointer": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": aWorkspace, "/ws/a/p/Cargo.toml": aPackage + "workspace = \"/ws/\"\n"},
		Request{Cwd: "/ws/a/p"},
		expectation{place: place{"/ws", "workspace", "/ws/a/p/Cargo.toml", "/ws"}},
	},
	"pointer of a package between": {
		map[string]string{"/ws/.git/HEAD": "", "/ws/Cargo.toml": aWorkspace, "/ws/a/Cargo.toml": aPackage + "workspace = \"..\"\n", "/ws/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/ws/a/p"},
		expectation{place: place{"/ws", "workspace", "/ws/a/p/Cargo.toml", "/ws"}},
	},
	"pointer sideways inside a root": {
		map[string]string{"/r/ws/Cargo.toml": aWorkspace, "/r/p/Cargo.toml": aPackage + "workspace = \"../ws\"\n"},
		Request{Cwd: "/r/p", Roots: []string{"/r"}},
		expectation{place{"/r", "--root", "/r/p/Cargo.toml", "/r/ws"}, "/r"},
	},
	// A pointer out of the bound is not followed; package inspect refuses it.
	"pointer beyond the root": {
		map[string]string{"/r/.cargo/root": "", "/r/Cargo.toml": aPackage + "workspace = \"..\"\n", "/Cargo.toml": notOurs},
		Request{Cwd: "/r"},
		expectation{place{"/r", Marker, "/r/Cargo.toml", "/r"}, "/r"},
	},
	"pointer out of the checkout": {
		map[string]string{"/home/Cargo.toml": notOurs, "/home/co/.git/HEAD": "", "/home/co/p/Cargo.toml": aPackage + "workspace = \"../..\"\n"},
		Request{Cwd: "/home/co/p"},
		expectation{place: place{"/home/co/p", "workspace", "/home/co/p/Cargo.toml", "/home/co/p"}},
	},
	"absolute pointer out": {
		map[string]string{"/home/Cargo.toml": notOurs, "/home/co/p/Cargo.toml": aPackage + "workspace = \"/home\"\n"},
		Request{Cwd: "/home/co/p"},
		expectation{place: place{"/home/co/p", "workspace", "/home/co/p/Cargo.toml", "/home/co/p"}},
	},
	"pointer of a parent beyond": {
		map[string]string{"/Cargo.toml": notOurs, "/co/.git/HEAD": "", "/co/Cargo.toml": aPackage + "workspace = \"..\"\n", "/co/p/Cargo.toml": aPackage},
		Request{Cwd: "/co/p"},
		expectation{place: place{"/co/p", "workspace", "/co/p/Cargo.toml", "/co/p"}},
	},
	"a checkout that is the home is no project": {
		map[string]string{"/home/me/.git/HEAD": "", "/home/me/Cargo.toml": notOurs, "/home/me/p/Cargo.toml": aPackage},
		Request{Cwd: "/home/me/p", Home: "/home/me"},
		expectation{place: place{"/home/me/p", "workspace", "/home/me/p/Cargo.toml", "/home/me/p"}},
	},
	"a checkout that holds the home is no project": {
		map[string]string{"/.git/HEAD": "", "/Cargo.toml": notOurs, "/home/me/x": "", "/srv/p/Cargo.toml": aPackage},
		Request{Cwd: "/srv/p", Home: "/home/me"},
		expectation{place: place{"/srv/p", "workspace", "/srv/p/Cargo.toml", "/srv/p"}},
	},
	"a checkout where everybody may write is no project": {
		map[string]string{"/tmp": "everybody", "/tmp/.git/HEAD": "", "/tmp/Cargo.toml": notOurs, "/tmp/p/Cargo.toml": aPackage},
		Request{Cwd: "/tmp/p"},
		expectation{place: place{"/tmp/p", "workspace", "/tmp/p/Cargo.toml", "/tmp/p"}},
	},
	"marker": {
		map[string]string{"/Cargo.toml": notOurs, "/r/.cargo/root": "", "/r/Cargo.toml": aWorkspace, "/r/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/a/p"},
		expectation{place{"/r", Marker, "/r/a/p/Cargo.toml", "/r"}, "/r"},
	},
	"nearest marker": {
		map[string]string{"/r/.cargo/root": "", "/r/Cargo.toml": notOurs, "/r/a/.cargo/root": "", "/r/a/Cargo.toml": aPackage},
		Request{Cwd: "/r/a"},
		expectation{place{"/r/a", Marker, "/r/a/Cargo.toml", "/r/a"}, "/r/a"},
	},
	"a marker above what was searched from is bound enough": {
		map[string]string{"/r/.cargo/root": "", "/r/.git/HEAD": "", "/r/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/p"},
		expectation{place{"/r", Marker, "/r/p/Cargo.toml", "/r/p"}, "/r"},
	},
	"the start is the root": {
		map[string]string{"/Cargo.toml": notOurs, "/r/Cargo.toml": aPackage},
		Request{Cwd: "/r", Roots: []string{"/r"}},
		expectation{place{"/r", "--root", "/r/Cargo.toml", "/r"}, "/r"},
	},
	"relative root": {
		map[string]string{"/Cargo.toml": notOurs, "/r/Cargo.toml": aWorkspace, "/r/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/p", Roots: []string{".."}},
		expectation{place{"/r", "--root", "/r/p/Cargo.toml", "/r"}, "/r"},
	},
	"root with a slash": {
		map[string]string{"/r/Cargo.toml": aPackage},
		Request{Cwd: "/r", Roots: []string{"/r/./x/..//"}},
		expectation{place{"/r", "--root", "/r/Cargo.toml", "/r"}, "/r"},
	},
	"the deepest of several roots": {
		map[string]string{"/r/Cargo.toml": notOurs, "/r/a/Cargo.toml": aWorkspace, "/r/a/p/Cargo.toml": aPackage, "/other/x": ""},
		Request{Cwd: "/r/a/p", Roots: []string{"/r", "/r/a", "/other"}},
		expectation{place: place{"/r/a", "--root", "/r/a/p/Cargo.toml", "/r/a"}}, // the other roots are looked at
	},
	"the variable is deeper than the flag": {
		map[string]string{"/r/Cargo.toml": notOurs, "/r/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/a/p", Roots: []string{"/r"}, Variable: []string{"/r/a/p"}},
		expectation{place{"/r/a/p", "CARGO_ROOTS", "/r/a/p/Cargo.toml", "/r/a/p"}, "/r"},
	},
	"the flag is deeper than the variable": {
		map[string]string{"/r/Cargo.toml": notOurs, "/r/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/a/p", Roots: []string{"/r/a/p"}, Variable: []string{"/r", ""}},
		expectation{place{"/r/a/p", "--root", "/r/a/p/Cargo.toml", "/r/a/p"}, "/r"},
	},
	"the marker is deeper than both": {
		map[string]string{"/r/Cargo.toml": notOurs, "/r/a/p/.cargo/root": "", "/r/a/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/a/p", Roots: []string{"/r"}, Variable: []string{"/r/a"}},
		expectation{place{"/r/a/p", Marker, "/r/a/p/Cargo.toml", "/r/a/p"}, "/r"},
	},
	"a marker above the flag": {
		map[string]string{"/r/.cargo/root": "", "/r/p/Cargo.toml": aPackage},
		Request{Cwd: "/r/p", Roots: []string{"/r/p"}},
		expectation{place{"/r/p", "--root", "/r/p/Cargo.toml", "/r/p"}, "/r/p"},
	},
	"the variable does not hold the start": {
		map[string]string{"/r/.git/HEAD": "", "/r/Cargo.toml": aPackage, "/other/x": ""},
		Request{Cwd: "/r", Variable: []string{"/other"}},
		expectation{place: place{"/r", "workspace", "/r/Cargo.toml", "/r"}},
	},
	"a sibling whose name begins alike is no root": {
		map[string]string{"/r/p/x": "", "/r/pp/Cargo.toml": aPackage},
		Request{Cwd: "/r/pp", Variable: []string{"/r/p"}},
		expectation{place: place{"/r/pp", "workspace", "/r/pp/Cargo.toml", "/r/pp"}},
	},
	"everything is the root": {
		map[string]string{"/Cargo.toml": aWorkspace, "/p/Cargo.toml": aPackage},
		Request{Cwd: "/p", Roots: []string{"/"}},
		expectation{place{"/", "--root", "/p/Cargo.toml", "/"}, "/"},
	},
	"a root that is a link": {
		map[string]string{"/r": "-> else/where", "/else/where/Cargo.toml": aPackage},
		Request{Cwd: "/r", Roots: []string{"/r"}},
		expectation{place{"/r", "--root", "/r/Cargo.toml", "/r"}, "/r"},
	},
	"what may not be looked at is not there": {
		map[string]string{"/.git": "denied", "/home/.cargo/root": "denied", "/home/Cargo.toml": "denied", "/home/p/Cargo.toml": aPackage},
		Request{Cwd: "/home/p"},
		expectation{place: place{"/home/p", "workspace", "/home/p/Cargo.toml", "/home/p"}},
	},
}

func TestFind(t *testing.T) {
	for name, c := range finds {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: c.files}
			got, err := Find(m, c.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want.place, placeOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.want.bound != "" {
				if diff := cmp.Diff([]string(nil), m.outside(c.want.bound)); diff != "" {
					t.Errorf("looked at beyond %s (-want +got):\n%s", c.want.bound, diff)
				}
			}
			if !Within(got.Root, got.Workspace) || !Within(got.Root, got.Manifest) {
				t.Errorf("the root does not hold what was found: %+v", got)
			}
		})
	}
}
