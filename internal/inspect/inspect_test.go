//go:build !windows

package inspect

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
)

// disk are the real file operations.
type disk struct{}

func (disk) Lstat(path string) (os.FileInfo, error)     { return os.Lstat(path) }
func (disk) Readlink(path string) (string, error)       { return os.Readlink(path) }
func (disk) ReadFile(path string) ([]byte, error)       { return os.ReadFile(path) }
func (disk) ReadDir(path string) ([]os.DirEntry, error) { return os.ReadDir(path) }
func pack(name string) string {
	return "[package]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"
}
func inspectAt(t *testing.T, root string) (*Result, error) {
	t.Helper()
	found, err := roots.Find(disk{}, roots.Request{Cwd: root, Roots: []string{root}, Covered: []string{".git", "target"}})
	if err != nil {
		t.Fatal(err)
	}
	return Root(Request{Files: disk{}, Found: found, Covered: []string{".git", "target"}})
}

// plant writes files below dir; `-> x` makes a link.
func plant(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, ok := strings.CutPrefix(content, "-> "); ok && err == nil {
			err = os.Symlink(target, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// told gives the refusals, with ROOT and ABOVE in the places of the directories.
func told(t *testing.T, root string, r *Result) []string {
	t.Helper()
	var lines []string
	for _, d := range r.refusals {
		if d.Exit != diag.ExitPolicy || d.Help == "" {
			t.Errorf("without code or help: %+v", d)
		}
		line := strings.ReplaceAll(d.Error(), root, "ROOT")
		lines = append(lines, strings.ReplaceAll(line, filepath.Dir(root), "ABOVE"))
	}
	return lines
}

var refusals = map[string]struct {
	files map[string]string
	want  []string
}{
	"nothing": {map[string]string{"Cargo.toml": pack("p"), "a": "-> Cargo.toml", "src/b": "-> ../a", "dangling": "-> nowhere", "loop": "-> loop"}, nil},
	"path dependencies of every table": {
		map[string]string{"Cargo.toml": pack("p") + `
[dependencies]
a = { path = "../a" }
[dev-dependencies]
b = { path = "sub/../../b" }
[build-dependencies.c]
version = "1"
path = "../c"
[target.'cfg(unix)'.dependencies]
d = { path = "/d" }
[workspace.dependencies]
e = { path = ".." }
`},
		[]string{
			"ROOT/Cargo.toml:7:7: the path dependency `a` is outside the root: `../a`",
			"ROOT/Cargo.toml:9:7: the path dependency `b` is outside the root: `sub/../../b`",
			"ROOT/Cargo.toml:12:1: the path dependency `c` is outside the root: `../c`",
			"ROOT/Cargo.toml:14:7: the path dependency `d` is outside the root: `/d`",
			"ROOT/Cargo.toml:16:7: the path dependency `e` is outside the root: `..`",
		},
	},
	"of a package that is reached": {
		map[string]string{
			"Cargo.toml":        pack("p") + "[dependencies]\nq = { path = \"deep/q\" }\n",
			"deep/q/Cargo.toml": pack("q") + "[lib]\npath = \"../../../lib.rs\"\n[dependencies]\nr = { path = \"../../../r\" }\n",
		},
		[]string{
			"ROOT/deep/q/Cargo.toml:6:1: the library's source is outside the root: `../../../lib.rs`",
			"ROOT/deep/q/Cargo.toml:8:7: the path dependency `r` is outside the root: `../../../r`",
		},
	},
	"of a package that is not": {
		map[string]string{
			"Cargo.toml":       pack("p"),
			"other/Cargo.toml": pack("q") + "[dependencies]\nr = { path = \"../../r\" }\n",
		},
		nil,
	},
	"tests of a package that is no member": {
		map[string]string{
			"Cargo.toml":   "[workspace]\nmembers = [\"p\"]\nexclude = [\"q\"]\n",
			"p/Cargo.toml": pack("p") + "[dependencies]\nq = { path = \"../q\" }\n",
			"q/Cargo.toml": pack("q") + "[dev-dependencies]\nr = { path = \"../../r\" }\n[workspace]\nmembers = [\"../../s\"]\n",
		},
		nil,
	},
	"patches and replacements": {
		map[string]string{"Cargo.toml": pack("p") + "[patch.crates-io]\ns = { path = \"../s\" }\nt = { path = \"t\" }\n[replace]\n\"u:1.0.0\" = { path = \"../u\" }\n"},
		[]string{
			"ROOT/Cargo.toml:6:7: the patch of `s` is outside the root: `../s`",
			"ROOT/Cargo.toml:9:15: the replacement of `u:1.0.0` is outside the root: `../u`",
		},
	},
	"members and pointer": {
		map[string]string{
			"Cargo.toml":   "[workspace]\nmembers = [\"p\", \"../x\", \"../y/*\"]\n",
			"p/Cargo.toml": pack("p") + "workspace = \"../..\"\n",
		},
		[]string{
			"ROOT/Cargo.toml:2:17: the workspace member `../x` is outside the root: `../x`",
			"ROOT/Cargo.toml:2:25: the workspace member `../y/*` is outside the root: `../y/*`",
			"ROOT/p/Cargo.toml:5:1: `package.workspace` is outside the root: `../..`",
		},
	},
	"targets and build script": {
		map[string]string{"Cargo.toml": "[package]\nname = \"p\"\nversion = \"0.1.0\"\nbuild = \"../build.rs\"\n[[bin]]\nname = \"b\"\npath = \"/b.rs\"\n[[test]]\nname = \"t\"\npath = \"../t.rs\"\n[[bench]]\nname = \"n\"\npath = \"n.rs\"\n[[example]]\npath = \"../e.rs\"\n"},
		[]string{
			"ROOT/Cargo.toml:4:1: the build script is outside the root: `../build.rs`",
			"ROOT/Cargo.toml:7:1: the source of the bin target `b` is outside the root: `/b.rs`",
			"ROOT/Cargo.toml:10:1: the source of the test target `t` is outside the root: `../t.rs`",
			"ROOT/Cargo.toml:15:1: the source of the example target `` is outside the root: `../e.rs`",
		},
	},
	"links": {
		map[string]string{
			"Cargo.toml": pack("p"), "src/up": "-> ../../x", "dir/in": "-> ../src", "dir/chain": "-> in/up", "behind": "-> dir/in/../../x",
			"abs": "-> /etc/passwd", "target": "-> /tmp", "Cargo.lock": "-> ../Cargo.lock", ".git": "-> ../git",
		},
		[]string{
			"ROOT/.git: the link `.git` leads out of the root: `../git`",
			"ROOT/Cargo.lock: the link `Cargo.lock` leads out of the root: `../Cargo.lock`",
			"ROOT/abs: the link `abs` leads by an absolute path, which is another place on another machine: `/etc/passwd`",
			"ROOT/behind: the link `behind` leads out of the root: `dir/in/../../x`",
			"ROOT/dir/chain: the link `chain` leads out of the root: `in/up`",
			"ROOT/src/up: the link `up` leads out of the root: `../../x`",
			"ROOT/target: the link `target` leads by an absolute path, which is another place on another machine: `/tmp`",
		},
	},
	"included configuration": {
		map[string]string{
			"Cargo.toml": pack("p"), ".cargo/config.toml": "include = [\"in.toml\", \"../../out.toml\", { path = \"/abs.toml\", optional = true }]\n",
			".cargo/in.toml": "include = [\"../../../deeper.toml\"]\n[build]\njobs = 1\n",
		},
		[]string{
			"ROOT/.cargo/config.toml:1:23: the included configuration `ABOVE/out.toml` is outside the root `ROOT`",
			"ROOT/.cargo/config.toml:1:41: the included configuration `/abs.toml` is outside the root `ROOT`",
			"ROOT/.cargo/in.toml:1:12: the included configuration `" + "ABOVE/../deeper.toml` is outside the root `ROOT`",
		},
	},
}

func TestRefusals(t *testing.T) {
	for name, test := range refusals {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "above", "root")
			plant(t, root, test.files)
			r, err := inspectAt(t, root)
			if err != nil {
				t.Fatal(err)
			}
			want := test.want
			for i := range want {
				want[i] = strings.ReplaceAll(want[i], "ABOVE/..", filepath.Dir(filepath.Dir(root)))
			}
			if diff := cmp.Diff(want, told(t, root, r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if code := diag.ExitCode(r.Err()); len(want) > 0 && code != diag.ExitPolicy {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// What is inside the root stays, by whatever way it is named there.
func TestCommonRootIsNamed(t *testing.T) {
	root := filepath.Join(t.TempDir(), "above", "root")
	plant(t, root, map[string]string{"Cargo.toml": pack("p") + "[dependencies]\na = { path = \"../a b\" }\nabs = { path = \"" + root + "/in\" }\n", "in/Cargo.toml": pack("abs")})
	r, err := inspectAt(t, root)
	if err != nil {
		t.Fatal(err)
	}
	var helps []string
	for _, d := range r.refusals {
		helps = append(helps, d.Help)
	}
	want := []string{"move it into the root, or name a root that holds both: --root " + quote(filepath.Dir(root)), "write `in`"}
	if diff := cmp.Diff(want, helps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
