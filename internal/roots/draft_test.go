//go:build !windows

package roots

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// What rust-lang/cargo#15620 has, case by case, under the numbers of the
// project's census of proposals. Its faults are in faults_test.go.

// draftTree has a home with a workspace, a neighbour of almost the same name,
// and a place that is nobody's. Whatever is read above the roots is no TOML.
var draftTree = map[string]string{
	"/Cargo.toml": notOurs, "/home/Cargo.toml": notOurs, "/srv/Cargo.toml": notOurs,
	"/home/me/ws/Cargo.toml": aWorkspace, "/home/me/ws/p/Cargo.toml": aPackage, "/home/me/ws/p/src/lib.rs": "",
	"/home/me2/p/Cargo.toml": aPackage,
	"/srv/p/Cargo.toml":      aPackage, "/srv/p/sub/dir/x": "", "/srv/empty/x": "",
	"/opt/ws/Cargo.toml": aWorkspace, "/opt/ws/p/Cargo.toml": aPackage,
}

// bounds are what was found, without the list of roots.
type bounds struct {
	Place             place
	Config, Manifests Route
	Outside           bool
}

func boundsOf(f Found) bounds { return bounds{placeOf(f), f.Config, f.Manifests, f.Outside} }

// oneBound are bounds of which the start, a directory of p, is in the root.
func oneBound(root string, why Source, start string) bounds {
	return bounds{
		place{root, why, "/home/me/ws/p/Cargo.toml", "/home/me/ws"}, Route{start, root, why}, Route{start, root, why}, false,
	}
}

// alone are the bounds of a package in no root.
func alone(dir, start string) bounds {
	return bounds{
		place{dir, FromManifest, dir + "/Cargo.toml", dir}, Route{start, dir, FromManifest}, Route{start, dir, FromManifest}, true,
	}
}

const (
	home   = "/home/me"
	member = "/home/me/ws/p"
)

var drafts = map[string]struct {
	more map[string]string // beside draftTree
	req  Request
	want bounds
}{
	"15620-3: --root": {
		nil, Request{Cwd: member, Roots: []string{home}, Variable: []string{}}, oneBound(home, FromFlag, member),
	},
	"15620-3: CARGO_ROOTS": {
		nil, Request{Cwd: member, Variable: []string{"/srv", home}}, oneBound(home, FromVariable, member),
	},
	"15620-3: all sources add up": {
		nil, Request{Cwd: member, Home: "/home", Roots: []string{"/srv"}, Variable: []string{home}}, oneBound(home, FromVariable, member),
	},
	"15620-4: the home is a root while CARGO_ROOTS is not set": {
		nil, Request{Cwd: "/home/me/ws/p/src", Home: home}, oneBound(home, FromHome, "/home/me/ws/p/src"),
	},
	"15620-4: --root does not take the home away": {
		nil, Request{Cwd: member, Home: home, Roots: []string{"/srv"}}, oneBound(home, FromHome, member),
	},
	"15620-4: CARGO_ROOTS does, set to something unrelated": {
		nil, Request{Cwd: member, Home: home, Variable: []string{"/srv"}}, alone(member, member),
	},
	"15620-4: CARGO_ROOTS does, set to nothing": {
		nil, Request{Cwd: member, Home: home, Variable: []string{}}, alone(member, member),
	},
	"15620-4: CARGO_ROOTS does, set to separators": {
		nil, Request{Cwd: member, Home: home, Variable: []string{"", ""}}, alone(member, member),
	},
	"15620-5: entries are relative to the working directory": {
		nil, Request{Cwd: member, Variable: []string{"../.."}}, oneBound(home, FromVariable, member),
	},
	"15620-5: `.` is the start": {
		nil, Request{Cwd: "/home/me/ws", Roots: []string{"."}},
		bounds{place{"/home/me/ws", FromFlag, "/home/me/ws/Cargo.toml", "/home/me/ws"}, Route{"/home/me/ws", "/home/me/ws", FromFlag}, Route{"/home/me/ws", "/home/me/ws", FromFlag}, false},
	},
	"15620-5: slashes and dots are written away": {
		nil, Request{Cwd: member, Roots: []string{"/../home/./x//../me///"}}, oneBound(home, FromFlag, member),
	},
	"15620-5: duplicates and empty entries": {
		nil, Request{Cwd: member, Roots: []string{"", home, home + "/"}, Variable: []string{"", home, ""}}, oneBound(home, FromFlag, member),
	},
	"15620-6: the deepest of several, whatever the order": {
		map[string]string{"/home/me/Cargo.toml": notOurs},
		Request{Cwd: member, Home: home, Roots: []string{"/home", "/home/me/ws", "/"}}, oneBound("/home/me/ws", FromFlag, member),
	},
	"15620-6: deeper than the home, from another source": {
		map[string]string{"/home/me/Cargo.toml": notOurs, "/home/me/ws/.cargo/root": ""},
		Request{Cwd: member, Home: home}, oneBound("/home/me/ws", FromMarker, member),
	},
	"15620-6: the root itself is searched": {
		nil, Request{Cwd: member, Variable: []string{"/home/me/ws"}}, oneBound("/home/me/ws", FromVariable, member),
	},
	"15620-6: the start may be the root": {
		nil, Request{Cwd: member, Variable: []string{member}},
		bounds{place{member, FromVariable, member + "/Cargo.toml", member}, Route{member, member, FromVariable}, Route{member, member, FromVariable}, false},
	},
	"15620-6: of two sources of one directory the first counts": {
		map[string]string{"/home/me/.cargo/root": ""},
		Request{Cwd: member, Home: home, Roots: []string{home}, Variable: nil}, oneBound(home, FromFlag, member),
	},
	"15620-6: a string that begins alike is no ancestor": {
		nil, Request{Cwd: "/home/me2/p", Home: home, Roots: []string{"/home/me/ws"}}, alone("/home/me2/p", "/home/me2/p"),
	},
	"15620-6: the top of the file system holds everything": {
		map[string]string{"/Cargo.toml": aWorkspace, "/srv/Cargo.toml": aPackage},
		Request{Cwd: "/srv/p/sub", Roots: []string{"/"}},
		bounds{place{"/", FromFlag, "/srv/p/Cargo.toml", "/"}, Route{"/srv/p/sub", "/", FromFlag}, Route{"/srv/p/sub", "/", FromFlag}, false},
	},
	"15620-7: the nearest marker, and no other": {
		map[string]string{"/home/me/ws/.cargo/root": "", "/home/.cargo/root": "", "/.cargo/root": ""},
		Request{Cwd: member, Variable: []string{}}, oneBound("/home/me/ws", FromMarker, member),
	},
	"15620-7: a marker where nothing is named is found above the start": {
		map[string]string{"/opt/.cargo/root": "not read"},
		Request{Cwd: "/opt/ws/p", Home: home},
		bounds{place{"/opt", FromMarker, "/opt/ws/p/Cargo.toml", "/opt/ws"}, Route{"/opt/ws/p", "/opt", FromMarker}, Route{"/opt/ws/p", "/opt", FromMarker}, false},
	},
	"15620-7: a marker above a named root is not looked for": {
		map[string]string{"/home/.cargo/root": "denied"}, Request{Cwd: member, Roots: []string{home}, Variable: []string{}}, oneBound(home, FromFlag, member),
	},
	"15620-7: nor above the home": {
		map[string]string{"/home/.cargo/root": ""}, Request{Cwd: member, Home: home}, oneBound(home, FromHome, member),
	},
	"15620-7: nor above a start outside the named roots": {
		map[string]string{"/srv/.cargo/root": ""}, Request{Cwd: "/srv/p/sub", Variable: []string{home}}, alone("/srv/p", "/srv/p/sub"),
	},
	"15620-7: at a start outside the named roots it is found": {
		map[string]string{"/srv/p/.cargo/root": ""}, Request{Cwd: "/srv/p", Variable: []string{home}},
		bounds{place{"/srv/p", FromMarker, "/srv/p/Cargo.toml", "/srv/p"}, Route{"/srv/p", "/srv/p", FromMarker}, Route{"/srv/p", "/srv/p", FromMarker}, false},
	},
	"15620-7: a marker above --manifest-path counts for the manifests": {
		map[string]string{"/opt/.cargo/root": ""}, Request{Cwd: "/srv/empty", Manifest: "/opt/ws/p/Cargo.toml"},
		bounds{place{"/opt", FromMarker, "/opt/ws/p/Cargo.toml", "/opt/ws"}, Route{"/srv/empty", "/srv/empty", FromStart}, Route{"/opt/ws/p", "/opt", FromMarker}, false},
	},
	"15620-9: outside every root the first manifest bounds the rest": {
		nil, Request{Cwd: "/srv/p/sub/dir", Home: home}, alone("/srv/p", "/srv/p/sub/dir"),
	},
	"15620-9: also where it is the start": {
		nil, Request{Cwd: "/srv/p", Home: home}, alone("/srv/p", "/srv/p"),
	},
	"15620-9: by --manifest-path too": {
		nil, Request{Cwd: "/srv/p/sub", Manifest: "/srv/p/Cargo.toml", Home: home},
		bounds{place{"/srv/p", FromManifest, "/srv/p/Cargo.toml", "/srv/p"}, Route{"/srv/p/sub", "/srv/p", FromManifest}, Route{"/srv/p", "/srv/p", FromManifest}, true},
	},
	"15620-11: a workspace that is found first": {
		nil, Request{Cwd: "/opt/ws", Home: home}, alone("/opt/ws", "/opt/ws"),
	},
	"15620-12: in a root the first manifest bounds nothing": {
		nil, Request{Cwd: member, Home: home}, oneBound(home, FromHome, member),
	},
	"15620-15: two routes in two roots": {
		nil, Request{Cwd: member, Manifest: "/opt/ws/p/Cargo.toml", Home: home, Roots: []string{"/opt"}},
		bounds{place{"/opt", FromFlag, "/opt/ws/p/Cargo.toml", "/opt/ws"}, Route{member, home, FromHome}, Route{"/opt/ws/p", "/opt", FromFlag}, false},
	},
	"15620-15: configuration outside every root, manifests in one": {
		nil, Request{Cwd: "/srv/p/sub", Manifest: "/opt/ws/p/Cargo.toml", Variable: []string{"/opt"}},
		bounds{place{"/opt", FromVariable, "/opt/ws/p/Cargo.toml", "/opt/ws"}, Route{"/srv/p/sub", "/srv/p/sub", FromStart}, Route{"/opt/ws/p", "/opt", FromVariable}, false},
	},
	"15620-15: configuration in a root, manifests outside every one": {
		nil, Request{Cwd: member, Manifest: "/srv/p/Cargo.toml", Home: home},
		bounds{place{"/srv/p", FromManifest, "/srv/p/Cargo.toml", "/srv/p"}, Route{member, home, FromHome}, Route{"/srv/p", "/srv/p", FromManifest}, true},
	},
	"15620-17: an outer workspace is hidden": {
		map[string]string{"/home/me/Cargo.toml": notOurs}, Request{Cwd: member, Roots: []string{"/home/me/ws"}}, oneBound("/home/me/ws", FromFlag, member),
	},
}

func TestDraft(t *testing.T) {
	for name, c := range drafts {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: maps.Clone(draftTree)}
			maps.Copy(m.files, c.more)
			c.req.Default = Draft
			got, err := Find(m, c.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, boundsOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Outside {
				return // the first manifest may be anywhere
			}
			unnamed := len(c.req.Roots) == 0 && len(c.req.Variable) == 0 // then the marker is looked for up to the top
			for _, path := range m.looked {
				inside := Within(got.Root, path) || Within(got.Config.Bound, path) || unnamed && strings.HasSuffix(path, "/"+Marker)
				for _, root := range got.Roots {
					inside = inside || path == root.Dir // is there such a directory?
				}
				if !inside {
					t.Errorf("looked at %s", path)
				}
			}
		})
	}
}

func TestDraftRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		req     Request
		message string
		want    bounds
	}{
		"15620-8: outside every root a broken manifest above is the first, and no other is tried": {
			Request{Cwd: "/srv/empty", Home: home}, "/srv/Cargo.toml:1",
			bounds{place{"/srv", FromManifest, "/srv/Cargo.toml", ""}, Route{"/srv/empty", "/srv", FromManifest}, Route{"/srv/empty", "/srv", FromManifest}, true},
		},
		"15620-10: inside a root nothing above it is the first manifest": {
			Request{Cwd: "/home/me", Home: home}, "could not find `Cargo.toml` in `/home/me` or any parent directory",
			bounds{place{}, Route{home, home, FromHome}, Route{home, home, FromHome}, false},
		},
		"15620-13: without a manifest it is outside all the same": {
			Request{Cwd: "/nobody/x", Variable: []string{}}, "/Cargo.toml:1",
			bounds{place{"/", FromManifest, "/Cargo.toml", ""}, Route{"/nobody/x", "/", FromManifest}, Route{"/nobody/x", "/", FromManifest}, true},
		},
		"15620-13: and so it is beside a manifest that is not there": {
			Request{Cwd: "/srv/p", Manifest: "/srv/empty/Cargo.toml"}, "manifest path `/srv/empty/Cargo.toml` does not exist",
			bounds{place{}, Route{"/srv/p", "/srv/p", FromStart}, Route{"/srv/empty", "/srv/empty", FromStart}, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.req.Default = Draft
			got, err := Find(&memory{files: draftTree}, c.req)
			if diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%v, want %q", err, c.message)
			}
			if diff := cmp.Diff(c.want, boundsOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// $CARGO_HOME/config.toml still counts, wherever it lies; never for a hermetic
// build, which hands Configure no home.
func Test15620_14_HomeConfigurationCounts(t *testing.T) {
	files := map[string]string{
		"/home/me/.cargo/config.toml": "build.jobs = 1\nnet.offline = true\n", "/home/.cargo/config.toml": notOurs,
		"/home/me/ws/.cargo/config.toml": "build.jobs = 2\n", "/home/me/ws/Cargo.toml": aPackage,
	}
	for name, c := range map[string]struct {
		root, cargo string
		want        string
		files       []string
	}{
		"outside the root": {"/home/me/ws", "/home/me/.cargo", "map[build:map[jobs:2] net:map[offline:true]]", []string{"/home/me/ws/.cargo/config.toml", "/home/me/.cargo/config.toml"}},
		"inside, and once": {"/home/me", "/home/me/.cargo", "map[build:map[jobs:2] net:map[offline:true]]", []string{"/home/me/ws/.cargo/config.toml", "/home/me/.cargo/config.toml"}},
		"nowhere":          {"/home/me/ws", "/home/me/gone", "map[build:map[jobs:2]]", []string{"/home/me/ws/.cargo/config.toml"}},
		"not to act":       {"/home/me/ws", "", "map[build:map[jobs:2]]", []string{"/home/me/ws/.cargo/config.toml"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: files}
			found, err := Find(m, Request{Cwd: "/home/me/ws", Roots: []string{c.root}, Default: Draft, Cargo: c.cargo})
			if err != nil {
				t.Fatal(err)
			}
			got, err := Configure(m, found.Config, c.cargo, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.files, got.Files); diff != "" || got.Merged.String() != c.want {
				t.Errorf("%s, want %s (-want +got):\n%s", got.Merged, c.want, diff)
			}
			outside := without(m.outside(c.root), "/home/me/.cargo/config", "/home/me/.cargo/config.toml", "/home/me/gone/config", "/home/me/gone/config.toml")
			if diff := cmp.Diff([]string(nil), outside); diff != "" {
				t.Errorf("looked at (-want +got):\n%s", diff)
			}
		})
	}
}
