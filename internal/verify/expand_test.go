package verify

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// TestExpansion: what the stand-in left of one unit in two target directories.
func TestExpansion(t *testing.T) {
	const name = "expansion of lib 1.0.0 in two further builds (rustc -Zunpretty=expanded)"
	differ := name + ": line >>1<< >>2<<"
	for what, c := range map[string]struct {
		first, second map[string]string
		want          []string // the leaves, or what is known instead
		err           string
	}{
		"another line": {
			map[string]string{"expansion-1.-ab.rs": "same\nlet a = 1;\n", "expansion-1.-ab.said": ""},
			map[string]string{"expansion-1.-ab.rs": "same\nlet a = 2;\n", "expansion-1.-ab.said": ""},
			[]string{differ}, "",
		},
		"no other line": {
			map[string]string{"expansion-1..rs": "a\n", "expansion-1..said": "warning"},
			map[string]string{"expansion-1..rs": "a\n", "expansion-1..said": ""},
			[]string{name + ": no difference"}, "",
		},
		"a library and a program of one name": {
			map[string]string{"expansion-1.-ab.rs": "a\n", "expansion-1.-ab.said": "", "expansion-1.-cd.rs": "let a = 1;\n", "expansion-1.-cd.said": ""},
			map[string]string{"expansion-1.-ab.rs": "a\n", "expansion-1.-ab.said": "", "expansion-1.-cd.rs": "let a = 2;\n", "expansion-1.-cd.said": ""},
			[]string{differ}, "",
		},
		"compiled in one build only": {
			map[string]string{"expansion-1.-ab.rs": "a\n", "expansion-1.-ab.said": ""}, map[string]string{"debug": ""},
			[]string{name + ": only on one side"}, "",
		},
		"links": {
			map[string]string{"expansion-1.-ab.rs": "-> /etc/passwd", "expansion-1.-ab.said": "error: no source\n"},
			map[string]string{"expansion-1.-ab.said": "-> /etc/passwd"},
			nil, "rustc refused: no source",
		},
		"another unit's": {
			map[string]string{"expansion-11.-ab.rs": "a\n", "expansion-11.-ab.said": ""}, map[string]string{"expansion-0.-ab.said": ""},
			nil, "cargo did not compile it",
		},
		"rustc would not": {
			map[string]string{"expansion-1.-ab.rs": "a\n", "expansion-1.-ab.said": ""},
			map[string]string{"expansion-1.-ab.said": `{"level":"warning","message":"unused"}` + "\n" + `{"level":"error","message":"proc macro panicked"}` + "\n"},
			nil, "rustc refused: proc macro panicked",
		},
		"rustc would not, in words": {
			map[string]string{"expansion-1.-ab.said": "error: the option `Z` is only accepted on the nightly compiler\n"}, nil,
			nil, "rustc refused: the option `Z` is only accepted on the nightly compiler",
		},
		"rustc was killed": {map[string]string{"expansion-1.-ab.said": ""}, nil, nil, "rustc failed and named no error"},
	} {
		t.Run(what, func(t *testing.T) {
			var sides [2]*built
			for i, files := range []map[string]string{c.first, c.second} {
				sides[i] = &built{dir: t.TempDir()}
				for name, text := range files {
					var err error
					if target, link := strings.CutPrefix(text, "-> "); link {
						err = os.Symlink(target, filepath.Join(sides[i].dir, name))
					} else {
						err = os.WriteFile(filepath.Join(sides[i].dir, name), []byte(text), 0o600)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			found, err := expansion(unit("lib", rustc, "lib"), 1, sides[0], sides[1])
			if said := ""; err != nil || c.err != "" {
				if err != nil {
					said = err.Error()
				}
				if diff := cmp.Diff(c.err, said); diff != "" {
					t.Errorf("error (-want +got)\n%s", diff)
				}
			}
			if diff := cmp.Diff(c.want, leaves(found)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// leaves are the smallest findings in short.
func leaves(found []*compare.Difference) []string {
	var list []string
	for _, d := range found {
		for path := range d.Leaves() {
			leaf := path[len(path)-1]
			text := d.Name + ": " + string(leaf.Kind)
			for _, e := range []*compare.Excerpt{leaf.A, leaf.B} {
				if e != nil {
					text += " >>" + e.Text + "<<"
				}
			}
			list = append(list, text)
		}
	}
	return list
}

// TestExpandable: causes that ran macros, and not more than are shown.
func TestExpandable(t *testing.T) {
	mac := []Unit{unit("mac", rustc, "mac")}
	r := &Report{Causes: []Cause{
		{Unit: unit("a", rustc, "a"), Macros: mac}, {Unit: unit("b", script, "")}, {Unit: unit("c", scriptBuild, ""), Macros: mac},
		{Unit: unit("d", rustc, "d")}, {Unit: unit("e", rustc, "e"), Macros: mac}, {Unit: unit("f", rustc, "f"), Macros: mac},
	}}
	want := []Unit{unit("a", rustc, "a"), unit("c", scriptBuild, ""), unit("e", rustc, "e")}
	if diff := cmp.Diff(want, r.expandable()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCompiled: which processes the stand-in expands for, by what cargo tells them.
func TestCompiled(t *testing.T) {
	for _, c := range []struct {
		unit                Unit
		pkg, version, crate string
		want                bool
	}{
		{unit("a-b", rustc, "a_b"), "a-b", "1.0.0", "a_b", true},
		{unit("a-b", rustc, "a_b"), "a-b", "1.0.0", "other", false},
		{unit("a-b", rustc, "a_b"), "a-b", "1.0.1", "a_b", false},
		{unit("a-b", rustc, "a_b"), "other", "1.0.0", "a_b", false},
		{unit("a", rustc, "a"), "a", "1.0.0", "build_script_build", false},
		{unit("a", scriptBuild, ""), "a", "1.0.0", "build_script_build", true},
		{unit("a", scriptBuild, ""), "a", "1.0.0", "a", false},
		{unit("a", rustc, ""), "a", "1.0.0", "", false}, // a rustc that a build script starts
		{Unit{Kind: rustc}, "", "", "", false},          // one that cargo asks for its version
	} {
		t.Setenv("CARGO_PKG_NAME", c.pkg)
		t.Setenv("CARGO_PKG_VERSION", c.version)
		t.Setenv("CARGO_CRATE_NAME", c.crate)
		if got := c.unit.compiled(); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
}

// TestReason: one line, and the first error that cargo printed.
func TestReason(t *testing.T) {
	failed := diag.New(diag.ExitFailed, "build 5 failed").Because(errors.New("exit status 101"))
	for want, err := range map[string]error{
		"plain":                           errors.New("plain"),
		"build 5 failed: exit status 101": failed,
		"w: build 6 failed: error: no": diag.Wrap(
			diag.New(diag.ExitFailed, "build 6 failed").Note("   Compiling a\nerror: no\nerror: more").Note("error: last"), "w"),
	} {
		if diff := cmp.Diff(want, reason(err)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	long := unknown([]Unit{unit("a", rustc, "a")}, strings.Repeat("é", 400)+"\nsecond line").Name
	if want := "expansion of a 1.0.0: " + strings.Repeat("é", 150) + " ..."; long != want {
		t.Errorf("got %q, want %q", long, want)
	}
}
