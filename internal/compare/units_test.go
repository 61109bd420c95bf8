package compare_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// project has a guilty build script in the middle of its graph, an innocent crate
// beside it, and two crates that use what it made.
var project = map[string]string{
	"Cargo.toml":          "[workspace]\nmembers = [\"*\"]\nexclude = [\"target\"]\nresolver = \"2\"\n",
	"innocent/Cargo.toml": "[package]\nname = \"innocent\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
	"innocent/src/lib.rs": "pub fn f() -> u32 { 1 }\n",
	"guilty/Cargo.toml":   "[package]\nname = \"guilty\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\ninnocent = { path = \"../innocent\" }\n",
	"guilty/build.rs":     "fn main() { println!(\"cargo:rerun-if-env-changed=STAMP\"); let out = std::env::var(\"OUT_DIR\").unwrap(); std::fs::write(out + \"/g.rs\", format!(\"pub const N: u32 = {};\", std::env::var(\"STAMP\").unwrap())).unwrap(); }\n",
	"guilty/src/lib.rs":   "include!(concat!(env!(\"OUT_DIR\"), \"/g.rs\"));\npub fn n() -> u32 { N + innocent::f() }\n",
	"middle/Cargo.toml":   "[package]\nname = \"middle\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nguilty = { path = \"../guilty\" }\n",
	"middle/src/lib.rs":   "pub use guilty::N;\n",
	"app/Cargo.toml":      "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nmiddle = { path = \"../middle\" }\ninnocent = { path = \"../innocent\" }\n",
	"app/src/main.rs":     "fn main() { println!(\"{}\", middle::N + innocent::f()) }\n",
}

// cargo runs cargo and returns its standard output.
func cargo(t *testing.T, dir string, env []string, args ...string) *bytes.Buffer {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command("cargo", args...)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errs
	c.Env = append(os.Environ(), append(env, "CARGO_INCREMENTAL=0", "CARGO_TARGET_DIR="+filepath.Join(dir, "target"), "RUSTFLAGS=--remap-path-prefix="+dir+"=/src")...)
	if err := c.Run(); err != nil {
		t.Fatalf("cargo %v: %v\n%s", args, err, errs.String())
	}
	return &out
}

// TestUnits builds a workspace with two times in a build script, and blames the
// run of that script and nothing else.
func TestUnits(t *testing.T) {
	need(t, "cargo", "rustc")
	dir := t.TempDir() // one place at two times, so that only the stamp differs
	write(t, dir, project)
	cargo(t, dir, nil, "generate-lockfile", "--offline")
	graph := cargo(t, dir, []string{"RUSTC_BOOTSTRAP=1"}, "build", "--offline", "--unit-graph", "-Z", "unstable-options")
	var builds [2]compare.Build
	saved := t.TempDir()
	for i, stamp := range []string{"1111", "2222"} {
		out := cargo(t, dir, []string{"STAMP=" + stamp}, "build", "--offline", "--message-format=json")
		builds[i] = compare.Build{Root: dir, Target: filepath.Join(dir, "target"), Messages: out}
		if err := os.Rename(filepath.Join(dir, "target"), filepath.Join(saved, stamp)); err != nil {
			t.Fatal(err)
		}
	}
	units, err := compare.ReadUnits(graph, dir, builds[0], builds[1])
	if err != nil {
		t.Fatal(err)
	}
	blame, err := compare.Units(os.DirFS(filepath.Join(saved, "1111")), os.DirFS(filepath.Join(saved, "2222")), units, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := func(i int) string {
		return units[i].Package[strings.LastIndexByte(units[i].Package, '/')+1:] + " " + units[i].Mode
	}
	got := map[string][]string{}
	for _, g := range blame.First {
		got["first"] = append(got["first"], name(g.Unit))
		expect(t, &compare.Difference{Inside: g.Differences}, finding{[]string{"g.rs", "line"}, "", false, "1111", "2222"})
	}
	for _, f := range blame.Follows {
		for _, from := range f.From {
			got[name(f.Unit)] = append(got[name(f.Unit)], name(from))
		}
	}
	run := "guilty#1.0.0 run-custom-build"
	want := map[string][]string{"first": {run}, "guilty#1.0.0 build": {run}, "middle#1.0.0 build": {run}, "app#1.0.0 build": {run}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s\n%+v", diff, units)
	}
	if blame.Equal != 2 || blame.Silent != 0 { // innocent, and the build script itself
		t.Errorf("%d equal, %d silent, of %+v", blame.Equal, blame.Silent, units)
	}
}

func TestUnitsPure(t *testing.T) {
	a := fstest.MapFS{"one": {Data: []byte("1")}, "two": {Data: []byte("2")}, "three": {Data: []byte("3")}}
	b := fstest.MapFS{"one": {Data: []byte("x")}, "two": {Data: []byte("2")}}
	both := func(name string, deps ...int) compare.Unit {
		return compare.Unit{Package: name, Dependencies: deps, A: []string{name}, B: []string{name}}
	}
	blamed := func(b compare.Blame) (first, follows []int) {
		for _, g := range b.First {
			first = append(first, g.Unit)
		}
		for _, f := range b.Follows {
			follows = append(follows, f.Unit)
		}
		return first, follows
	}
	for _, test := range []struct {
		name           string
		units          []compare.Unit
		first, follows []int
		err            string
	}{
		{"apart", []compare.Unit{both("one"), both("two"), both("three")}, []int{0, 2}, nil, ""},
		{"one behind the other, with an equal one between", []compare.Unit{both("three", 1), both("two", 2), both("one")}, []int{2}, []int{0}, ""},
		{"gone from both", []compare.Unit{both("four")}, nil, nil, ""},
		{"more files on one side", []compare.Unit{{Package: "p", A: []string{"two", "one"}, B: []string{"two"}}}, []int{0}, nil, ""},
		{"round", []compare.Unit{both("one", 1), both("three", 0)}, nil, nil, "unit 0 depends on itself"},
		{"nowhere", []compare.Unit{both("one", 7)}, nil, nil, "unit 0 depends on unit 7 of 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			blame, err := compare.Units(a, b, test.units, compare.Options{})
			if text := ""; err != nil {
				if text = err.Error(); text != test.err {
					t.Fatal(err)
				}
				return
			}
			if test.err != "" {
				t.Fatal("no error")
			}
			first, follows := blamed(blame)
			if diff := cmp.Diff([][]int{test.first, test.follows}, [][]int{first, follows}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReadUnits joins messages with units that differ in profile, mode and
// features only.
func TestReadUnits(t *testing.T) {
	unit := func(mode, debug, features string) string {
		return `{"pkg_id":"path+file:///r/a#1.0.0","target":{"kind":["lib"],"name":"a"},"profile":{"opt_level":"0","debuginfo":` + debug + `},"mode":"` + mode + `","features":[` + features + `],"dependencies":[]}`
	}
	graph := `{"version":1,"units":[` + strings.Join([]string{unit("build", "2", ""), unit("test", "2", ""), unit("build", "0", ""), unit("build", "2", `"x"`)}, ",") + `]}`
	messages := func(root, hash string) compare.Build {
		line := func(file, debug, test, features string) string {
			return `{"reason":"compiler-artifact","package_id":"path+file://` + root + `/a#1.0.0","target":{"kind":["lib"],"name":"a"},"profile":{"opt_level":"0","debuginfo":` + debug + `,"test":` + test + `},"features":[` + features + `],"filenames":["` + root + `/target/` + file + hash + `"]}` + "\n"
		}
		return compare.Build{Root: root, Target: root + "/target", Messages: strings.NewReader("not JSON\n" + line("feature-", "2", "false", `"x"`) + line("plain-", "0", "false", "") + line("test-", "2", "true", "") + line("debug-", "2", "false", ""))}
	}
	units, err := compare.ReadUnits(strings.NewReader(graph), "/r", messages("/r", "0123456789abcdef"), messages("/elsewhere", "fedcba9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	var got [][2][]string
	for _, u := range units {
		got = append(got, [2][]string{u.A, u.B})
	}
	both := func(name string) [2][]string {
		return [2][]string{{name + "0123456789abcdef"}, {name + "fedcba9876543210"}}
	}
	if diff := cmp.Diff([][2][]string{both("debug-"), both("test-"), both("plain-"), both("feature-")}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReadUnitsBad(t *testing.T) {
	none := func(messages string) compare.Build {
		return compare.Build{Root: "/r", Target: "/r/target", Messages: strings.NewReader(messages)}
	}
	for _, test := range []struct{ name, graph, messages, want string }{
		{"no JSON", "x", "", "reading the unit graph: invalid character"},
		{"another version", `{"version":2}`, "", "a unit graph of version 2"},
		{"a file elsewhere", `{"version":1}`, `{"reason":"compiler-artifact","filenames":["/etc/passwd"]}`, "`/etc/passwd` is not in the target directory"},
		{"a line without end", `{"version":1}`, strings.Repeat("x", 17<<20), "token too long"},
	} {
		_, err := compare.ReadUnits(strings.NewReader(test.graph), "/r", none(test.messages), none(""))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
