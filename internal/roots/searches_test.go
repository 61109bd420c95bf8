//go:build !windows

package roots

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// captors is what lies above the root, in each directory there, and would be
// used by plain cargo, rustup or git: one for each of the five searches.
var captors = map[string]string{
	"/.cargo/config.toml":  "[build]\njobs = 1\n",
	"/.cargo/config":       "[build]\njobs = 2\n",
	"/Cargo.toml":          aWorkspace,
	"/rust-toolchain.toml": "[toolchain]\nchannel = \"1.0.0\"\n",
	"/rust-toolchain":      "1.0.0\n",
	"/.git/HEAD":           "",
	"/.cargo/root":         "",
}

// captured returns files with captors in every directory above /a/b/r.
func captured(files map[string]string) map[string]string {
	all := map[string]string{}
	for _, dir := range []string{"", "/a", "/a/b"} {
		for name, content := range captors {
			all[dir+name] = content
		}
	}
	maps.Copy(all, files)
	return all
}

// usedBeyond is what a search would use of /a/b, beside the root, without a
// bound; `first manifest` only where the root holds none.
var usedBeyond = map[string]string{
	"configuration":   "/a/b/.cargo/config",
	"workspace":       "/a/b/Cargo.toml",
	"toolchain file":  "/a/b/rust-toolchain",
	"version control": "/a/b/.git",
}

// Each of the five searches, under each source of a root and both defaults: the
// bounded half of the explanation, and whatever else a command does, looks at
// nothing above the root; and beyond lies what plain cargo would have used.
func TestFiveSearchesAreBounded(t *testing.T) {
	inside := map[string]string{
		"/a/b/r/x/p/Cargo.toml": aPackage + "[dependencies]\nq = { path = \"../q\" }\nout = { path = \"../../../out\", optional = true }\n",
		"/a/b/r/x/q/Cargo.toml": aPackage, "/a/b/r/x/p/src/lib.rs": "",
	}
	for name, req := range map[string]Request{
		"flag":          {Cwd: "/a/b/r/x/p/src", Roots: []string{"/a/b/r"}},
		"variable":      {Cwd: "/a/b/r/x/p", Variable: []string{"/a/b/r"}},
		"marker":        {Cwd: "/a/b/r/x/p"},
		"manifest path": {Cwd: "/a/b/r", Manifest: "/a/b/r/x/p/Cargo.toml", Roots: []string{"."}},
		"home":          {Cwd: "/a/b/r/x/p", Home: "/a/b/r", Default: Draft},
		"a lesser root": {Cwd: "/a/b/r/x/p", Roots: []string{"/a/b/r", "/"}},
	} {
		t.Run(name, func(t *testing.T) {
			bothDefaults(t, func(t *testing.T, d Default) {
				if req.Home != "" && d == Hermetic {
					return // the home is no root of a hermetic build
				}
				req.Default = d
				files := captured(inside)
				if name == "marker" {
					files["/a/b/r/.cargo/root"] = ""
				}
				m := &memory{files: files}
				found, err := searchAll(t, m, req)
				if err != nil {
					t.Fatal(err)
				}
				if want := (place{"/a/b/r", found.Why, "/a/b/r/x/p/Cargo.toml", "/a/b/r/x/p"}); placeOf(found) != want {
					t.Errorf("found %+v, want %+v", placeOf(found), want)
				}
				if diff := cmp.Diff([]string(nil), without(m.outside("/a/b/r"), asked(req)...)); diff != "" {
					t.Errorf("looked at (-want +got):\n%s", diff)
				}
				report, err := Explain(&memory{files: files}, &memory{files: files}, req)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range report.Searches {
					if used := s.Used(); s.Name != "first manifest" && s.Name != "root marker" && len(used) > 0 {
						t.Errorf("%s: used %q in the root", s.Name, used)
					}
					beyond := Search{Steps: s.Beyond}.Used()
					if want := usedBeyond[s.Name]; want != "" && (len(beyond) == 0 || beyond[0] != want) {
						t.Errorf("%s: plain cargo would use %q, want %q first: the test proves nothing", s.Name, beyond, want)
					}
				}
			})
		})
	}
}

// asked are the roots that a request names: whether they are there is asked.
func asked(req Request) []string {
	return append(append([]string{}, req.Roots...), req.Variable...)
}

// Where the root holds no manifest the first above it is not taken, and the
// report says what plain cargo would have done.
func TestFirstManifestIsBounded(t *testing.T) {
	bothDefaults(t, func(t *testing.T, d Default) {
		files := captured(map[string]string{"/a/b/r/src/x": ""})
		m := &memory{files: files}
		req := Request{Cwd: "/a/b/r/src", Roots: []string{"/a/b/r"}, Default: d}
		if found, err := searchAll(t, m, req); err == nil || found.Manifest != "" {
			t.Errorf("found %+v, %v", found, err)
		}
		if diff := cmp.Diff([]string(nil), m.outside("/a/b/r")); diff != "" {
			t.Errorf("looked at (-want +got):\n%s", diff)
		}
		report, err := Explain(m, &memory{files: files}, req)
		if err == nil || len(report.Searches) != 4 { // marker, configuration, manifest, toolchain file
			t.Fatalf("%d searches, %v", len(report.Searches), err)
		}
		if got := (Search{Steps: report.Searches[2].Beyond}).Used(); cmp.Diff([]string{"/a/b/Cargo.toml"}, got) != "" {
			t.Errorf("beyond: %q", got)
		}
	})
}

// What a search takes of several, and in which order.
func TestConfigurationAndToolchainFile(t *testing.T) {
	files := map[string]string{
		"/r/.cargo/config": "", "/r/.cargo/config.toml": "", "/r/a/.cargo/config.toml": "", "/r/a/b/.cargo/other": "", "/r/a/b/c/.cargo/config": "",
		"/r/rust-toolchain": "", "/r/a/rust-toolchain.toml": "", "/r/a/rust-toolchain": "", "/r/a/b/rust-toolchain/file": "",
		"/r/x/rust-toolchain/file": "", "/r/x/rust-toolchain.toml": "", "/r/y/rust-toolchain": "-> ../x/rust-toolchain", "/r/z/rust-toolchain": "-> nothing",
	}
	seen := func(s Search) string {
		var b strings.Builder
		for _, step := range s.Steps {
			b.WriteString(step.Dir + ":")
			for _, f := range step.Files {
				b.WriteString(" " + string(f.State) + " " + f.Path)
			}
			b.WriteString("\n")
		}
		return b.String() + s.Ended
	}
	f := newFinder(&memory{files: files}, "")
	for name, c := range map[string]struct {
		got  Search
		want string
	}{
		"all configuration, the nearest first": {
			f.configuration(Route{Start: "/r/a/b/c", Bound: "/r"}),
			"/r/a/b/c: used /r/a/b/c/.cargo/config\n/r/a/b:\n/r/a: used /r/a/.cargo/config.toml\n/r: used /r/.cargo/config ignored /r/.cargo/config.toml\n",
		},
		"one toolchain file, and what is a directory is none": {
			f.pin(Route{Start: "/r/a/b", Bound: "/r"}),
			"/r/a/b: ignored /r/a/b/rust-toolchain\n/r/a: used /r/a/rust-toolchain ignored /r/a/rust-toolchain.toml\nfound",
		},
		"the other name beside a directory": {
			f.pin(Route{Start: "/r/x", Bound: "/r"}), "/r/x: ignored /r/x/rust-toolchain used /r/x/rust-toolchain.toml\nfound",
		},
		"a link to a directory": {
			f.pin(Route{Start: "/r/y", Bound: "/r"}), "/r/y: ignored /r/y/rust-toolchain\n/r: used /r/rust-toolchain\nfound",
		},
		"a link to nothing": {
			f.pin(Route{Start: "/r/z", Bound: "/r"}), "/r/z:\n/r: used /r/rust-toolchain\nfound",
		},
		"none": {
			f.pin(Route{Start: "/r/a/b/c", Bound: "/r/a/b"}), "/r/a/b/c:\n/r/a/b: ignored /r/a/b/rust-toolchain\n",
		},
	} {
		if diff := cmp.Diff(c.want, seen(c.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
