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

func TestFindRefuses(t *testing.T) {
	project := map[string]string{"/r/p/Cargo.toml": aPackage, "/r/file": ""}
	checkout := func(pointer string) map[string]string {
		return map[string]string{
			"/home/Cargo.toml": aWorkspace, "/home/co/.git/HEAD": "", "/home/co/ws/Cargo.toml": aWorkspace,
			"/home/co/p/Cargo.toml": aPackage + "workspace = \"" + pointer + "\"\n",
		}
	}
	for name, c := range map[string]struct {
		files   map[string]string
		req     Request
		exit    int
		message string
	}{
		"missing root":            {project, Request{Cwd: "/r/p", Roots: []string{"/nowhere"}}, diag.ExitUsage, "the root `/nowhere`, given by --root, cannot be used"},
		"missing relative root":   {project, Request{Cwd: "/r/p", Roots: []string{"x"}}, diag.ExitUsage, "the root `/r/p/x`, given by --root, cannot be used"},
		"missing second root":     {project, Request{Cwd: "/r/p", Roots: []string{"/r", "/nowhere"}}, diag.ExitUsage, "`/nowhere`"},
		"missing in the variable": {project, Request{Cwd: "/r/p", Variable: []string{"/r", "/nowhere"}}, diag.ExitUsage, "the root `/nowhere`, given by CARGO_ROOTS, cannot be used"},
		"a file as root":          {project, Request{Cwd: "/r/p", Roots: []string{"/r/file"}}, diag.ExitUsage, "not a directory"},
		"root elsewhere":          {project, Request{Cwd: "/r", Roots: []string{"/r/p"}}, diag.ExitUsage, "no `--root` contains `/r`"},
		"root of a longer name":   {map[string]string{"/r/pp/x": "", "/r/p/Cargo.toml": aPackage}, Request{Cwd: "/r/pp", Roots: []string{"/r/p"}}, diag.ExitUsage, "no `--root` contains `/r/pp`"},
		"manifest beyond root":    {project, Request{Cwd: "/r/p", Manifest: "/q/Cargo.toml", Roots: []string{"/r"}}, diag.ExitUsage, "no `--root` contains `/q`"},
		"no manifest":             {project, Request{Cwd: "/r"}, diag.ExitFailed, "could not find `Cargo.toml` in `/r`"},
		"manifest above the root": {map[string]string{"/r/Cargo.toml": aPackage, "/r/p/src/x": ""}, Request{Cwd: "/r/p/src", Roots: []string{"/r/p"}}, diag.ExitFailed, "could not find `Cargo.toml` in `/r/p/src`"},
		"missing manifest":        {project, Request{Cwd: "/r/p", Manifest: "/r/Cargo.toml"}, diag.ExitFailed, "manifest path `/r/Cargo.toml` does not exist"},
		"broken manifest":         {map[string]string{"/p/Cargo.toml": "[package"}, Request{Cwd: "/p"}, diag.ExitFailed, "/p/Cargo.toml:1"},
		"broken workspace":        {map[string]string{"/r/.git/HEAD": "", "/r/Cargo.toml": "[workspace", "/r/p/Cargo.toml": aPackage}, Request{Cwd: "/r/p"}, diag.ExitFailed, "/r/Cargo.toml:1"},
		"unreadable manifest":     {map[string]string{"/r/p/Cargo.toml/x": ""}, Request{Cwd: "/r/p"}, diag.ExitFailed, "failed to read `/r/p/Cargo.toml`"},
		"pointer sideways":        {checkout("../ws"), Request{Cwd: "/home/co/p"}, diag.ExitPolicy, "the workspace `/home/co/ws` does not hold the package"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Find(&memory{files: c.files}, c.req)
			if err == nil {
				t.Fatalf("found %+v", f)
			}
			if got := diag.ExitCode(err); got != c.exit || !strings.Contains(err.Error(), c.message) {
				t.Errorf("exit code %d and %q, want %d and %q", got, err, c.exit, c.message)
			}
			if d, ok := errors.AsType[*diag.Diagnostic](err); ok && c.exit == diag.ExitPolicy && (d.Help == "" || len(d.At) == 0) {
				t.Errorf("no help or no place: %+v", d)
			}
		})
	}
}

// The note names the root at which a search ended.
func TestNoManifestNote(t *testing.T) {
	_, err := Find(&memory{files: map[string]string{"/r/x": ""}}, Request{Cwd: "/r", Roots: []string{"/r"}})
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok || cmp.Diff([]string{"the search ended at the root `/r`"}, d.Notes) != "" {
		t.Errorf("%v", err)
	}
}

// The cause of an unusable root is kept.
func TestMissingRootCause(t *testing.T) {
	_, err := Find(&memory{}, Request{Cwd: "/r", Roots: []string{"/nowhere"}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
