//go:build !windows

package roots

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// The faults of rust-lang/cargo#15620 that this package does not repeat, under
// the numbers that its points have in the project's census of proposals. What
// it has right is in draft_test.go, under numbers too.

// bothDefaults runs a test under the rules of a hermetic build and of the draft.
func bothDefaults(t *testing.T, test func(t *testing.T, d Default)) {
	t.Helper()
	for name, d := range map[string]Default{"hermetic": Hermetic, "draft": Draft} {
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

// The draft resolves roots and starts to physical paths, so that a manifest that
// is named through a link is looked for elsewhere than by cargo.
func Test15620_5_19_PathsAreComparedAsWritten(t *testing.T) {
	files := map[string]string{
		"/w/Cargo.toml":               aWorkspace,
		"/w/alias":                    "-> deep/er/p",
		"/w/deep/er/Cargo.toml":       notOurs, // where the physical path leads
		"/w/deep/er/p/Cargo.toml":     aPackage,
		"/link":                       "-> physical/r",
		"/physical/Cargo.toml":        notOurs,
		"/physical/r/.cargo/root":     "",
		"/physical/r/Cargo.toml":      aWorkspace,
		"/physical/r/p/Cargo.toml":    aPackage,
		"/elsewhere/.cargo/root":      "",
		"/elsewhere/other/Cargo.toml": aPackage,
	}
	for name, c := range map[string]struct {
		req  Request
		want place
	}{
		"a package behind a link belongs to the workspace above the link": {
			Request{Cwd: "/w", Manifest: "/w/alias/Cargo.toml", Roots: []string{"/w"}},
			place{"/w", FromFlag, "/w/alias/Cargo.toml", "/w"},
		},
		"a root that is a link holds what is named through it": {
			Request{Cwd: "/w", Manifest: "/link/p/Cargo.toml", Variable: []string{"/link"}},
			place{"/link", FromVariable, "/link/p/Cargo.toml", "/link"},
		},
		"a marker behind a link makes the link a root": {
			Request{Cwd: "/w", Manifest: "/link/p/Cargo.toml"},
			place{"/link", FromMarker, "/link/p/Cargo.toml", "/link"},
		},
		"two names of one directory are two roots, and the one counts that was used": {
			Request{Cwd: "/physical/r/p", Roots: []string{"/link", "/physical/r"}},
			place{"/physical/r", FromFlag, "/physical/r/p/Cargo.toml", "/physical/r"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bothDefaults(t, func(t *testing.T, d Default) {
				c.req.Default = d
				got, err := Find(&memory{files: files}, c.req)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, placeOf(got)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
	_, err := Find(&memory{files: files}, Request{Cwd: "/physical/r/p", Roots: []string{"/link"}})
	if diag.ExitCode(err) != diag.ExitUsage || !strings.Contains(err.Error(), "no `--root` contains `/physical/r/p`") {
		t.Errorf("a root under another name: %v", err)
	}
}

// The draft's error for a root that is not there is that of the system, without
// the place that named it.
func Test15620_5_MissingRootIsNamedWithItsSource(t *testing.T) {
	files := map[string]string{
		"/r/p/Cargo.toml": aPackage, "/r/file": "", "/dangling": "-> nowhere", "/to-file": "-> r/file", "/round": "-> round",
	}
	for name, c := range map[string]struct {
		req  Request
		want string
	}{
		"--root":              {Request{Roots: []string{"/nowhere"}}, "the root `/nowhere`, given by --root, cannot be used"},
		"--root, relative":    {Request{Roots: []string{"/r", "../x"}}, "the root `/r/x`, given by --root, cannot be used"},
		"CARGO_ROOTS":         {Request{Variable: []string{"/r", "/nowhere"}}, "the root `/nowhere`, given by CARGO_ROOTS, cannot be used"},
		"a file":              {Request{Roots: []string{"/r/file"}}, "the root `/r/file`, given by --root, cannot be used: not a directory"},
		"below a file":        {Request{Roots: []string{"/r/file/x"}}, "the root `/r/file/x`, given by --root, cannot be used"},
		"a link to nothing":   {Request{Variable: []string{"/dangling"}}, "the root `/dangling`, given by CARGO_ROOTS, cannot be used"},
		"a link to a file":    {Request{Roots: []string{"/to-file"}}, "the root `/to-file`, given by --root, cannot be used"},
		"a link to itself":    {Request{Roots: []string{"/round"}}, "the root `/round`, given by --root, cannot be used"},
		"behind a broken one": {Request{Roots: []string{"/dangling/x"}}, "the root `/dangling/x`, given by --root, cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			bothDefaults(t, func(t *testing.T, d Default) {
				c.req.Cwd, c.req.Default = "/r/p", d
				got, err := Find(&memory{files: files}, c.req)
				if diff := cmp.Diff(Found{}, got); diff != "" {
					t.Errorf("found beside the error (-want +got):\n%s", diff)
				}
				said, ok := errors.AsType[*diag.Diagnostic](err)
				if !ok || said.Exit != diag.ExitUsage || !strings.Contains(said.Error(), c.want) || said.Cause == nil || said.Help == "" {
					t.Errorf("%v, want %q with a cause and help", err, c.want)
				}
			})
		})
	}
	// The two that nobody types: a home may be missing, and what is no file marks
	// nothing.
	for name, req := range map[string]Request{
		"home":   {Cwd: "/r/p", Default: Draft, Home: "/home/gone"},
		"marker": {Cwd: "/r/p"},
	} {
		m := &memory{files: map[string]string{"/r/p/Cargo.toml": aPackage, "/r/.cargo/root": "-> gone"}}
		if got, err := Find(m, req); err != nil || got.Root != "/r/p" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// The draft panics when the working directory is gone.
func Test15620_19_NoPanicWithoutWorkingDirectory(t *testing.T) {
	m := &memory{files: map[string]string{"/r/p/Cargo.toml": aPackage}}
	bothDefaults(t, func(t *testing.T, d Default) {
		_, err := Find(m, Request{Cwd: "/gone/away", Default: d})
		if diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "could not find `Cargo.toml` in `/gone/away`") {
			t.Errorf("%v", err)
		}
		_, err = Find(m, Request{Cwd: "/gone/away", Default: d, Roots: []string{"."}})
		if diag.ExitCode(err) != diag.ExitUsage || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("as root: %v", err)
		}
		got, err := Find(m, Request{Cwd: "/gone/away", Default: d, Manifest: "/r/p/Cargo.toml"})
		if err != nil || got.Root != "/r/p" {
			t.Errorf("beside a manifest: %+v, %v", got, err)
		}
	})
}

// In the draft the directory of the first manifest ends every later search, also
// one that starts elsewhere and so never meets it: that goes to the top.
func Test15620_19_FallbackMustBeAncestorOfTheStart(t *testing.T) {
	files := map[string]string{
		"/a/p/Cargo.toml": aPackage, "/a/p/sub/x": "",
		"/a/.cargo/config.toml": notOurs, "/a/rust-toolchain.toml": notOurs,
		"/a/b/x": "", "/.cargo/config.toml": notOurs, "/rust-toolchain.toml": notOurs,
	}
	for name, c := range map[string]struct {
		cwd  string
		want Route
	}{
		"below it":             {"/a/p/sub", Route{"/a/p/sub", "/a/p", FromManifest}},
		"in it":                {"/a/p", Route{"/a/p", "/a/p", FromManifest}},
		"beside it":            {"/a/b", Route{"/a/b", "/a/b", FromStart}},
		"above it":             {"/", Route{"/", "/", FromStart}},
		"a name that is alike": {"/a/pp", Route{"/a/pp", "/a/pp", FromStart}},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: files}
			found, err := Find(m, Request{Cwd: c.cwd, Manifest: "/a/p/Cargo.toml", Default: Draft})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, found.Config); diff != "" || !found.Outside {
				t.Errorf("outside: %t (-want +got):\n%s", found.Outside, diff)
			}
			m.looked = nil
			if c.cwd != "/" { // where there is a file, and it counts
				if read, err := Configure(m, found.Config, "", nil); err != nil || len(read.Files) > 0 {
					t.Errorf("read %q, %v", read.Files, err)
				}
			}
			if pin, ok := ToolchainFile(m, found.Config); ok != (c.cwd == "/") {
				t.Errorf("toolchain file %q", pin)
			}
			if diff := cmp.Diff([]string(nil), m.outside(c.want.Bound)); diff != "" {
				t.Errorf("looked at (-want +got):\n%s", diff)
			}
		})
	}
}

// The draft lets the first manifest bound the search for the workspace even when
// it is only a member. Inside a root it is the root that bounds it.
func Test15620_11_MemberFirstFindsItsWorkspace(t *testing.T) {
	files := map[string]string{
		"/Cargo.toml": notOurs, "/r/.git/HEAD": "", "/r/ws/Cargo.toml": aWorkspace,
		"/r/ws/p/Cargo.toml": aPackage, "/r/ws/p/src/lib.rs": "",
	}
	for name, req := range map[string]Request{
		"inside --root":       {Cwd: "/r/ws/p/src", Roots: []string{"/r"}},
		"inside CARGO_ROOTS":  {Cwd: "/r/ws/p/src", Variable: []string{"/r"}},
		"inside the home":     {Cwd: "/r/ws/p/src", Default: Draft, Home: "/r"},
		"inside the checkout": {Cwd: "/r/ws/p/src"},
		"by --manifest-path":  {Cwd: "/", Manifest: "/r/ws/p/Cargo.toml", Default: Draft, Roots: []string{"/r"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Find(&memory{files: files}, req)
			if err != nil {
				t.Fatal(err)
			}
			if got.Manifest != "/r/ws/p/Cargo.toml" || got.Workspace != "/r/ws" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// And a workspace that is found first keeps its members together: each of them
// finds the way up to it.
func Test15620_11_WorkspaceFirstIsFoundByItsMembers(t *testing.T) {
	m := &memory{files: map[string]string{
		"/Cargo.toml": notOurs, "/tmp/Cargo.toml": notOurs, "/tmp/ws/Cargo.toml": "[workspace]\nmembers = [\"a\", \"b/*\"]\n", "/tmp/ws/sub/dir/x": "",
		"/tmp/ws/a/Cargo.toml": aPackage, "/tmp/ws/b/c/Cargo.toml": aPackage + "[dependencies]\nd = { path = \"../../d\" }\n", "/tmp/ws/d/Cargo.toml": aPackage,
	}}
	bothDefaults(t, func(t *testing.T, d Default) {
		found, err := Find(m, Request{Cwd: "/tmp/ws/sub/dir", Default: d})
		if err != nil {
			t.Fatal(err)
		}
		if found.Root != "/tmp/ws" || found.Workspace != "/tmp/ws" {
			t.Errorf("%+v", found)
		}
		packages, err := ReadPackages(m, found, "")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"/tmp/ws/a/Cargo.toml", "/tmp/ws/b/c/Cargo.toml", "/tmp/ws/d/Cargo.toml"}
		if diff := cmp.Diff(want, packages.Members); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
	})
}

// The draft bounds three searches; there are five.
func Test15620_2_ToolchainFileAndVersionControlAreBoundedToo(t *testing.T) {
	files := map[string]string{
		"/a/rust-toolchain": notOurs, "/a/rust-toolchain.toml": notOurs, "/a/.git/HEAD": "", "/a/r/p/Cargo.toml": aPackage,
		"/a/Cargo.toml": notOurs, "/a/.cargo/config.toml": notOurs,
	}
	bothDefaults(t, func(t *testing.T, d Default) {
		m, beyond := &memory{files: files}, &memory{files: files}
		report, err := Explain(m, beyond, Request{Cwd: "/a/r/p", Roots: []string{"/a/r"}, Default: d})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, s := range report.Searches {
			if s.Bound != "/a/r" {
				t.Errorf("the search for %s ends at %q", s.Name, s.Bound)
			}
			got[s.Name] = append(s.Used(), Search{Steps: s.Beyond}.Used()...)
		}
		want := map[string][]string{
			"root marker":     nil,
			"configuration":   {"/a/.cargo/config.toml"},
			"first manifest":  {"/a/r/p/Cargo.toml"},
			"workspace":       nil, // what lies above is broken
			"toolchain file":  {"/a/rust-toolchain"},
			"version control": {"/a/.git"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("used, and beyond the root (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string(nil), m.outside("/a/r")); diff != "" {
			t.Errorf("looked at (-want +got):\n%s", diff)
		}
	})
}

// The draft resolves paths, and so asks for every directory above a root; where
// an automounter answers, that mounts or blocks.
func Test15620_16_NothingAboveARootIsAskedFor(t *testing.T) {
	bothDefaults(t, func(t *testing.T, d Default) {
		for name, req := range map[string]Request{
			"flag":     {Cwd: "/home/me/r/p", Roots: []string{"/home/me/r"}},
			"relative": {Cwd: "/home/me/r/p", Roots: []string{"../../r"}},
			"variable": {Cwd: "/home/me/r/p", Variable: []string{"", "/home/me/r/"}},
			"manifest": {Cwd: "/srv", Manifest: "/home/me/r/p/Cargo.toml", Roots: []string{"/home/me/r"}, Variable: []string{}},
			"marker":   {Cwd: "/home/me/r/p/marked", Manifest: "/home/me/r/p/marked/Cargo.toml", Variable: []string{}},
		} {
			t.Run(name, func(t *testing.T) {
				req.Default, req.Home = d, "/home/me"
				m := &memory{files: map[string]string{
					"/.cargo/root": "denied", "/home/Cargo.toml": "denied", "/home/me/.cargo/root": "",
					"/home/me/r/p/Cargo.toml": aPackage, "/home/me/r/p/marked/Cargo.toml": aPackage, "/home/me/r/p/marked/.cargo/root": "",
				}}
				found, err := searchAll(t, m, req)
				if err != nil {
					t.Fatal(err)
				}
				want := "/home/me/r"
				if name == "marker" {
					want = "/home/me/r/p/marked"
				}
				outside := m.outside(found.Root)
				if name == "manifest" && d == Draft { // the other route: one directory, and nothing above it
					outside = without(outside, "/srv/.cargo", "/srv/.cargo/root", "/srv/.cargo/config", "/srv/.cargo/config.toml", "/srv/rust-toolchain", "/srv/rust-toolchain.toml")
				}
				if diff := cmp.Diff([]string(nil), outside); diff != "" || found.Root != want {
					t.Errorf("root %s, looked at (-want +got):\n%s", found.Root, diff)
				}
			})
		}
	})
}
