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

// explained is a package in a root, and beyond the root what plain cargo would
// use, pass over, and fail on.
var explained = map[string]string{
	"/Cargo.toml": "[workspace", "/.cargo/config.toml": "", "/rust-toolchain.toml": "",
	"/top/Cargo.toml": aPackage, "/top/.cargo/config": "", "/top/.cargo/config.toml": "", "/top/rust-toolchain": "", "/top/.git/HEAD": "",
	"/top/r/.cargo/root": "", "/top/r/.cargo/config": "", "/top/r/.cargo/config.toml": "", "/top/r/rust-toolchain/file": "", "/top/r/rust-toolchain.toml": "",
	"/top/r/p/Cargo.toml": aPackage, "/top/r/p/src/lib.rs": "",
	"/home/me/.cargo/config.toml": "",
}

const explainedText = `root       /top/r  (.cargo/root)
also named /top  (CARGO_ROOTS)
manifest   /top/r/p/Cargo.toml
workspace  /top/r/p

root marker: from /top/r/p/src up to /top (CARGO_ROOTS)
  searched  /top/r/p/src
  searched  /top/r/p
  searched  /top/r
                used /top/r/.cargo/root

configuration: from /top/r/p/src up to /top/r (.cargo/root)
  searched  /top/r/p/src
  searched  /top/r/p
  searched  /top/r
                used /top/r/.cargo/config
                ignored /top/r/.cargo/config.toml  (` + "`config`" + ` is beside it, and counts)
  searched  /home/me/.cargo
                used /home/me/.cargo/config.toml
  beyond    /top
                plain cargo: used /top/.cargo/config
                plain cargo: ignored /top/.cargo/config.toml  (` + "`config`" + ` is beside it, and counts)
  beyond    /
                plain cargo: used /.cargo/config.toml

first manifest: from /top/r/p/src up to /top/r (.cargo/root)
  searched  /top/r/p/src
  searched  /top/r/p
                used /top/r/p/Cargo.toml

workspace: from /top/r/p up to /top/r (.cargo/root)
  searched  /top/r/p
                ignored /top/r/p/Cargo.toml  (a package, not a workspace)
  searched  /top/r
  beyond    /top
                plain cargo: ignored /top/Cargo.toml  (a package, not a workspace)
  beyond    /
                plain cargo: error /Cargo.toml  (/Cargo.toml:1:10: invalid TOML: expected ']' to close table name)

toolchain file: from /top/r/p/src up to /top/r (.cargo/root)
  searched  /top/r/p/src
  searched  /top/r/p
  searched  /top/r
                ignored /top/r/rust-toolchain  (a directory)
                used /top/r/rust-toolchain.toml

version control: from /top/r/p up to /top/r (.cargo/root)
  searched  /top/r/p
  searched  /top/r
  beyond    /top
                plain cargo: used /top/.git
`

func TestExplainText(t *testing.T) {
	m := &memory{files: explained}
	req := Request{Cwd: "/top/r/p/src", Variable: []string{"/top"}, Home: "/home/me", Cargo: "/home/me/.cargo", Default: Draft}
	report, err := Explain(m, &memory{files: explained}, req)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(explainedText, report.Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	outside := without(m.outside("/top/r"), "/top", "/home/me/.cargo/config", "/home/me/.cargo/config.toml")
	if diff := cmp.Diff([]string(nil), outside); diff != "" {
		t.Errorf("the bounded half looked at (-want +got):\n%s", diff)
	}
	// For a hermetic build the home is beyond.
	req.Default = Hermetic
	report, err = Explain(m, &memory{files: explained}, req)
	if err != nil {
		t.Fatal(err)
	}
	const searched = "  searched  /home/me/.cargo\n                used /home/me/.cargo/config.toml\n"
	const beyond = "  beyond    /home/me/.cargo\n                plain cargo: used /home/me/.cargo/config.toml\n"
	const before = "                plain cargo: used /.cargo/config.toml\n"
	want := strings.Replace(strings.Replace(explainedText, searched, "", 1), before, before+beyond, 1)
	if diff := cmp.Diff(want, report.Text()); diff != "" {
		t.Errorf("hermetic (-want +got):\n%s", diff)
	}
}

func TestExplainJSON(t *testing.T) {
	files := map[string]string{"/Cargo.toml": aWorkspace, "/.git/HEAD": "", "/r/Cargo.toml": aPackage, "/r/rust-toolchain": ""}
	report, err := Explain(&memory{files: files}, &memory{files: files}, Request{Cwd: "/r", Manifest: "/r/Cargo.toml", Roots: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.JSON()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "root": "/r", "source": "--root", "manifest": "/r/Cargo.toml", "workspace": "/r",
  "roots": [{"dir": "/r", "source": "--root"}],
  "searches": [
    {"search": "root marker", "start": "/r", "bound": "/r", "source": "--root", "steps": [{"dir": "/r"}]},
    {"search": "configuration", "start": "/r", "bound": "/r", "source": "--root", "steps": [{"dir": "/r"}], "beyond": [{"dir": "/"}]},
    {
      "search": "workspace", "start": "/r", "bound": "/r", "source": "--root",
      "steps": [{"dir": "/r", "files": [{"path": "/r/Cargo.toml", "state": "ignored", "why": "a package, not a workspace"}]}],
      "beyond": [{"dir": "/", "files": [{"path": "/Cargo.toml", "state": "used"}]}]
    },
    {
      "search": "toolchain file", "start": "/r", "bound": "/r", "source": "--root",
      "steps": [{"dir": "/r", "files": [{"path": "/r/rust-toolchain", "state": "used"}]}], "ended": "found"
    },
    {
      "search": "version control", "start": "/r", "bound": "/r", "source": "--root",
      "steps": [{"dir": "/r"}], "beyond": [{"dir": "/", "files": [{"path": "/.git", "state": "used"}]}]
    }
  ]
}`
	// The order of the keys is part of what people read; spaces are not.
	if diff := cmp.Diff(compact(t, []byte(want)), compact(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasSuffix(string(got), "}\n") {
		t.Errorf("does not end as a file does: %q", got[max(0, len(got)-5):])
	}
}

// Without a manifest the report holds what was searched until then, and the
// error is that of a build.
func TestExplainWithoutManifest(t *testing.T) {
	files := map[string]string{"/.cargo/config.toml": "", "/Cargo.toml": aPackage, "/r/x/file": ""}
	report, err := Explain(&memory{files: files}, &memory{files: files}, Request{Cwd: "/r/x", Roots: []string{"/r"}})
	if diag.ExitCode(err) != diag.ExitFailed || !strings.HasPrefix(err.Error(), "could not find `Cargo.toml` in `/r/x`") {
		t.Errorf("%v", err)
	}
	const want = `also named /r  (--root)

root marker: from /r/x up to /r (--root)
  searched  /r/x
  searched  /r

configuration: from /r/x up to /r (--root)
  searched  /r/x
  searched  /r
  beyond    /
                plain cargo: used /.cargo/config.toml

first manifest: from /r/x up to /r (--root)
  searched  /r/x
  searched  /r
  beyond    /
                plain cargo: used /Cargo.toml

toolchain file: from /r/x up to /r (--root)
  searched  /r/x
  searched  /r
  beyond    /
`
	if diff := cmp.Diff(want, report.Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A manifest that is broken is in the report where it stands, and so is the
// directory that ended the search for it (the draft's rules).
func TestExplainBrokenManifest(t *testing.T) {
	files := map[string]string{"/r/x/file": "", "/r/Cargo.toml": notOurs}
	report, err := Explain(&memory{files: files}, &memory{files: files}, Request{Cwd: "/r/x", Default: Draft})
	if diag.ExitCode(err) != diag.ExitFailed || !report.Outside || report.Root != "/r" || report.Source != FromManifest {
		t.Errorf("%+v, %v", report, err)
	}
	const want = "\nworkspace: from /r up to /r (directory of the first manifest)\n  searched  /r\n                error /r/Cargo.toml  (/r/Cargo.toml:1"
	if !strings.Contains(report.Text(), want) {
		t.Errorf("no %q in\n%s", want, report.Text())
	}
}

// With a root that cannot be used nothing is searched, here or beyond.
func TestExplainUnusableRoot(t *testing.T) {
	m, beyond := &memory{files: explained}, &memory{files: explained}
	report, err := Explain(m, beyond, Request{Cwd: "/top/r/p", Roots: []string{"/gone"}})
	if diag.ExitCode(err) != diag.ExitUsage || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(Report{Roots: []Root{}, Searches: []Account{}}, report); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/gone"}, append(m.looked, beyond.looked...)); diff != "" {
		t.Errorf("looked at (-want +got):\n%s", diff)
	}
}

// What a directory is called cannot write on a terminal.
func TestExplainEscapes(t *testing.T) {
	const dir = "/r\x1b[31m\n"
	files := map[string]string{dir + "/Cargo.toml": aPackage, dir + "/.git/HEAD": ""}
	report, err := Explain(&memory{files: files}, &memory{files: files}, Request{Cwd: dir, Roots: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	text := report.Text()
	if strings.Contains(text, "\x1b") || strings.Contains(text, dir) || !strings.HasPrefix(text, `root       /r\x1b[31m\x0a  (--root)`) {
		t.Errorf("%q", text)
	}
}
