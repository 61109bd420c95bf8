//go:build !windows

package roots

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Every way in which the search for a workspace ends, from /r/x/p unless the
// case says otherwise, with the bound /r. Above it lies a workspace that would
// take everything.
func TestWorkspaceStops(t *testing.T) {
	const p = "/r/x/p/Cargo.toml"
	pointing := func(to string) string { return aPackage + "workspace = \"" + to + "\"\n" }
	for name, c := range map[string]struct {
		files     map[string]string
		manifest  string // p if empty
		cargoHome string
		want      string // directory, or nothing
		ended     string
		steps     int // directories that were searched
	}{
		"at the bound":           {map[string]string{}, "", "", "", "", 3},
		"the bound has one":      {map[string]string{"/r/Cargo.toml": aWorkspace}, "", "", "/r", "found", 3},
		"the nearest":            {map[string]string{"/r/x/Cargo.toml": aWorkspace, "/r/Cargo.toml": notOurs}, "", "", "/r/x", "found", 2},
		"its own":                {map[string]string{p: aPackage + aWorkspace, "/r/x/Cargo.toml": notOurs}, "", "", "/r/x/p", "found", 1},
		"excluded by the nearer": {map[string]string{"/r/x/Cargo.toml": "workspace.exclude = [\"p\"]", "/r/Cargo.toml": aWorkspace}, "", "", "/r", "found", 3},
		"excluded by both":       {map[string]string{"/r/x/Cargo.toml": "workspace.exclude = [\"p\"]", "/r/Cargo.toml": "workspace.exclude = [\"x\"]"}, "", "", "", "", 3},
		"excluded and named":     {map[string]string{"/r/x/Cargo.toml": "[workspace]\nexclude = [\"p\"]\nmembers = [\"p\"]"}, "", "", "/r/x", "found", 2},
		"excluding itself":       {map[string]string{p: aPackage + "[workspace]\nexclude = [\".\"]\n", "/r/Cargo.toml": aWorkspace}, "", "", "/r", "found", 3},
		"a package between":      {map[string]string{"/r/x/Cargo.toml": aPackage, "/r/Cargo.toml": aWorkspace}, "", "", "/r", "found", 3},
		"pointed to":             {map[string]string{p: pointing("../../ws"), "/r/x/Cargo.toml": notOurs}, "", "", "/r/ws", "`package.workspace`", 1},
		"pointed to, absolute":   {map[string]string{p: pointing("/r/ws/")}, "", "", "/r/ws", "`package.workspace`", 1},
		"pointed out":            {map[string]string{p: pointing("../../.."), "/r/x/Cargo.toml": aWorkspace}, "", "", "", "`package.workspace`", 1},
		"pointed out, absolute":  {map[string]string{p: pointing("/")}, "", "", "", "`package.workspace`", 1},
		"pointed out and back":   {map[string]string{p: pointing("../../../r")}, "", "", "/r", "`package.workspace`", 1},
		"pointed by another":     {map[string]string{"/r/x/Cargo.toml": pointing("../ws"), "/r/Cargo.toml": notOurs}, "", "", "/r/ws", "`package.workspace`", 2},
		"another points out":     {map[string]string{"/r/x/Cargo.toml": pointing("../.."), "/r/Cargo.toml": aWorkspace}, "", "", "", "`package.workspace`", 2},
		"a pointer in a workspace is not asked": {
			map[string]string{p: pointing("../../ws") + aWorkspace}, "", "", "/r/x/p", "found", 1,
		},
		"target/package": {
			map[string]string{"/r/target/package/p/Cargo.toml": aPackage, "/r/Cargo.toml": aWorkspace}, "/r/target/package/p/Cargo.toml", "", "", "at `target/package`", 1,
		},
		"package alone is a name like any other": {
			map[string]string{"/r/package/p/Cargo.toml": aPackage, "/r/Cargo.toml": aWorkspace}, "/r/package/p/Cargo.toml", "", "/r", "found", 3,
		},
		"target/package as the start": {
			map[string]string{"/r/target/package/Cargo.toml": aPackage, "/r/Cargo.toml": aWorkspace}, "/r/target/package/Cargo.toml", "", "/r", "found", 3,
		},
		"above CARGO_HOME": {map[string]string{"/r/Cargo.toml": aWorkspace}, "", "/r/x", "", "above CARGO_HOME", 2},
		"in CARGO_HOME":    {map[string]string{"/r/x/Cargo.toml": aWorkspace}, "", "/r/x", "/r/x", "found", 2},
		"started there":    {map[string]string{"/r/Cargo.toml": aWorkspace}, "", "/r/x/p", "/r", "found", 3},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: map[string]string{p: aPackage, "/Cargo.toml": aWorkspace}}
			maps.Copy(m.files, c.files)
			if c.manifest == "" {
				c.manifest = p
			}
			s, dir, ok, err := newFinder(m, c.cargoHome).workspace(c.manifest, "/r")
			if err != nil {
				t.Fatal(err)
			}
			if dir != c.want || ok != (c.want != "") || s.Ended != c.ended || len(s.Steps) != c.steps {
				t.Errorf("%q %t, ended %q after %d steps; want %q, %q after %d", dir, ok, s.Ended, len(s.Steps), c.want, c.ended, c.steps)
			}
			if diff := cmp.Diff([]string(nil), m.outside("/r")); diff != "" {
				t.Errorf("looked at (-want +got):\n%s", diff)
			}
		})
	}
}

// A manifest that cannot be read ends the search with its error: whoever passes
// over it may build the wrong thing (rust-lang/cargo#9922).
func TestWorkspaceFails(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"own manifest":  {"/r/x/p/Cargo.toml": notOurs},
		"one above":     {"/r/x/p/Cargo.toml": aPackage, "/r/x/Cargo.toml": notOurs, "/r/Cargo.toml": aWorkspace},
		"a directory":   {"/r/x/p/Cargo.toml": aPackage, "/r/x/Cargo.toml/file": ""},
		"a link out":    {"/r/x/p/Cargo.toml": aPackage, "/r/x/Cargo.toml": "-> ../../Cargo.toml"},
		"own, link out": {"/r/x/p/Cargo.toml": "-> /Cargo.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: files}
			m.files["/Cargo.toml"] = aPackage
			s, dir, ok, err := newFinder(m, "").workspace("/r/x/p/Cargo.toml", "/r")
			want := diag.ExitFailed
			if name == "a link out" || name == "own, link out" {
				want = diag.ExitPolicy
			}
			if dir != "" || ok || diag.ExitCode(err) != want {
				t.Errorf("%q %t, code %d: %v", dir, ok, diag.ExitCode(err), err)
			}
			files := s.Steps[len(s.Steps)-1].Files
			if len(files) != 1 || files[0].State != Fatal || files[0].Why != err.Error() {
				t.Errorf("the search ends with %+v", files)
			}
			if diff := cmp.Diff([]string(nil), m.outside("/r")); diff != "" {
				t.Errorf("looked at (-want +got):\n%s", diff)
			}
		})
	}
}
