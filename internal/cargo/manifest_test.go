package cargo

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestParseManifest(t *testing.T) {
	member := func(path string, i int) Reference {
		return Reference{"the workspace member `" + path + "`", path, true, []any{"workspace", "members", i}}
	}
	for name, c := range map[string]struct {
		text string
		want Manifest
	}{
		"empty":      {"", Manifest{}},
		"package":    {"[package]\nname = \"p\"\nauthors = [1]\n", Manifest{IsPackage: true}},
		"virtual":    {"[workspace]\nmembers = [\"a\", \"b/*\"]\nexclude = [\"c\"]\n", Manifest{IsWorkspace: true, Members: []Reference{member("a", 0), member("b/*", 1)}, Exclude: []string{"c"}}},
		"both":       {"[package]\n[workspace]\n", Manifest{IsPackage: true, IsWorkspace: true}},
		"inline":     {"workspace = {}\npackage = { name = \"p\" }", Manifest{IsPackage: true, IsWorkspace: true}},
		"pointer":    {"[package]\nworkspace = \"../ws\"\n", Manifest{IsPackage: true, Pointer: &Reference{"`package.workspace`", "../ws", true, []any{"package", "workspace"}}}},
		"no path":    {"[package]\nworkspace = true\nversion.workspace = true\n", Manifest{IsPackage: true}},
		"subtable":   {"[workspace.package]\nversion = \"1.0.0\"\n", Manifest{IsWorkspace: true}},
		"dotted":     {"workspace.members = [\"a\"]", Manifest{IsWorkspace: true, Members: []Reference{member("a", 0)}}},
		"defaults":   {"workspace.default-members = [\"a\"]", Manifest{IsWorkspace: true, DefaultMembers: []string{"a"}}},
		"old name":   {"[project]\nworkspace = \"..\"\n", Manifest{IsPackage: true, Pointer: &Reference{"`package.workspace`", "..", true, []any{"project", "workspace"}}}},
		"spelling":   {"[Package]\n[WORKSPACE]\n", Manifest{}},
		"byte mark":  {"\xef\xbb\xbf[package]\r\n", Manifest{IsPackage: true}},
		"wrong type": {"package = 1\nworkspace = []\n", Manifest{}}, // cargo says so
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseManifest("Cargo.toml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			got.document = nil
			if diff := cmp.Diff(c.want, *got, cmp.AllowUnexported(Manifest{}, Reference{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{"[package", "[package]\n[package]\n"} {
		if m, err := ParseManifest("Cargo.toml", []byte(bad)); diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "Cargo.toml:") {
			t.Errorf("%q: %v, %v", bad, m, err)
		}
	}
}

// places lists everything in a manifest that names a place, and where it stands.
func places(m *Manifest) []string {
	var list []string
	note := func(r Reference, more ...string) {
		list = append(list, strings.Join(append([]string{m.At(r).String(), r.What, r.Path}, more...), " "))
	}
	for _, r := range m.Members {
		note(r)
	}
	if m.Pointer != nil {
		note(*m.Pointer)
	}
	for _, d := range m.Dependencies {
		var more []string
		if d.Inherited {
			more = append(more, "inherited")
		}
		if d.Dev {
			more = append(more, "dev")
		}
		note(d.Reference, more...)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Shared)) {
		note(m.Shared[name], "shared")
	}
	for _, r := range m.References {
		if r.Package {
			note(r, "package")
		} else {
			note(r)
		}
	}
	return list
}

// Every table in which a manifest can name a place.
func TestManifestReferences(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"dependencies": {
			"[dependencies]\na = { version = \"1\", path = \"../a\" }\nb = \"1\"\nc = { git = \"c\" }\n[dependencies.d]\npath = \"d\"\n",
			[]string{"f:2:22 the path dependency `a` ../a", "f:6:1 the path dependency `d` d"},
		},
		"dev-dependencies":   {"[dev-dependencies]\na = { path = \"a\" }\n", []string{"f:2:7 the path dependency `a` a dev"}},
		"build-dependencies": {"[build-dependencies]\na = { path = \"a\" }\n", []string{"f:2:7 the path dependency `a` a"}},
		"former names": {
			"[dev_dependencies]\na = { path = \"a\" }\n[build_dependencies]\nb = { path = \"b\" }\n[target.x.dev_dependencies]\nc = { path = \"c\" }\n",
			[]string{"f:2:7 the path dependency `a` a dev", "f:4:7 the path dependency `b` b", "f:6:7 the path dependency `c` c dev"},
		},
		"former names beside the new": {
			"[dev_dependencies]\na = { path = \"a\" }\n[dev-dependencies]\nb = { path = \"b\" }\n", []string{"f:4:7 the path dependency `b` b dev"},
		},
		"of a target": {
			"[target.'cfg(unix)'.dependencies]\na = { path = \"a\" }\n[target.x.build-dependencies]\nb.path = \"b\"\n[target.x.dev-dependencies]\nc.path = \"c\"\n",
			[]string{"f:2:7 the path dependency `a` a", "f:6:3 the path dependency `c` c dev", "f:4:3 the path dependency `b` b"},
		},
		"inherited": {
			"[dependencies]\na.workspace = true\nb = { workspace = false }\n[workspace.dependencies]\na = { path = \"a\" }\nc = \"1\"\n",
			[]string{"f:2:1 the path dependency `a`  inherited", "f:5:7 the path dependency `a` a shared"},
		},
		"members": {
			"[workspace]\nmembers = [\"a\",\n  \"../b/*\"]\ndefault-members = [\"../c\"]\nexclude = [\"../d\"]\n",
			[]string{"f:2:12 the workspace member `a` a", "f:3:3 the workspace member `../b/*` ../b/*"},
		},
		"members that are no text": {"workspace.members = [\n1,\n\"a\"]", []string{"f:3:1 the workspace member `a` a"}},
		"package.workspace":        {"[package]\nname = \"p\"\nworkspace = \"..\"\n", []string{"f:3:1 `package.workspace` .."}},
		"project.workspace":        {"[project]\nworkspace = \"..\"\nbuild = \"b.rs\"\n", []string{"f:2:1 `package.workspace` ..", "f:3:1 the build script b.rs"}},
		"package beside project":   {"[project]\nbuild = \"no.rs\"\n[package]\nbuild = \"b.rs\"\n", []string{"f:4:1 the build script b.rs"}},
		"no build script":          {"[package]\nbuild = false\n", nil},
		"build scripts":            {"[package]\nbuild = [\"a.rs\", false,\n\"b.rs\"]\n", []string{"f:2:10 the build script a.rs", "f:3:1 the build script b.rs"}},
		"patches": {
			"[patch.crates-io]\na = { path = \"a\" }\nb = { git = \"b\" }\n[patch.\"https://example.org/g\"]\nc = { path = \"c\" }\n",
			[]string{"f:2:7 the patch of `a` a package", "f:5:7 the patch of `c` c package"},
		},
		"replacements": {"[replace]\n\"r:1.0.0\" = { path = \"r\" }\n", []string{"f:2:15 the replacement of `r:1.0.0` r package"}},
		"targets": {
			"[lib]\npath = \"l.rs\"\n[[bin]]\nname = \"n\"\n[[bin]]\nname = \"m\"\npath = \"m.rs\"\n[[example]]\npath = \"e.rs\"\n[[test]]\npath = \"t.rs\"\n[[bench]]\npath = \"b.rs\"\n",
			[]string{
				"f:2:1 the library's source l.rs", "f:7:1 the source of the bin target `m` m.rs", "f:9:1 the source of the example target `` e.rs",
				"f:11:1 the source of the test target `` t.rs", "f:13:1 the source of the bench target `` b.rs",
			},
		},
		"of the wrong type": {
			"dependencies = []\ntarget = [1]\npatch = 1\nreplace = { a = \"b\" }\nlib = []\nbin = { path = \"a\" }\n[workspace]\nmembers = \"a\"\ndependencies = 1\n[dev-dependencies]\na.path = 1\nb.workspace = \"yes\"\n",
			nil, // cargo says so
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseManifest("f", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, places(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// excludes are the questions to which we and cargo must give one answer. The
// package is the directory `x` of the workspace.
var excludes = []struct {
	members, exclude string
	want             bool
}{
	{`[]`, `[]`, false},
	{`[]`, `["x"]`, true},
	{`[]`, `["x/"]`, true},
	{`[]`, `["./x"]`, true},
	{`[]`, `["././x/./"]`, true},
	{`[]`, `["x//"]`, true},
	{`[]`, `["x/src"]`, false},
	{`[]`, `["xy"]`, false},
	{`[]`, `["*"]`, false},
	{`[]`, `["x*"]`, false},
	{`[]`, `["."]`, true},
	{`[]`, `[""]`, true},
	{`[]`, `["y/../x"]`, false}, // cargo compares the words
	{`[]`, `["../ws/x"]`, false},
	{`[]`, `["y", "x"]`, true},
	{`["x"]`, `["x"]`, false},
	{`["x/"]`, `["x"]`, false},
	{`["x*"]`, `["x"]`, true}, // a pattern names nobody
	{`["."]`, `["x"]`, false},
	{`[""]`, `["x"]`, false},
	{`["./y/../x"]`, `["x"]`, true},
	{`["y"]`, `["x"]`, true},
}

func TestExcludes(t *testing.T) {
	for _, c := range excludes {
		m, err := ParseManifest("Cargo.toml", []byte("[workspace]\nmembers = "+c.members+"\nexclude = "+c.exclude+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Excludes("x"); got != c.want {
			t.Errorf("members %s, exclude %s: %t, want %t", c.members, c.exclude, got, c.want)
		}
	}
	deep := &Manifest{Members: []Reference{{Path: "a/b/c"}}, Exclude: []string{"a/b"}}
	for rel, want := range map[string]bool{"a": false, "a/b": true, "a/bc": false, "a/b/d": true, "a/b/c": false, "a/b/c/d": false, "b": false} {
		if got := deep.Excludes(rel); got != want {
			t.Errorf("%s: %t, want %t", rel, got, want)
		}
	}
	// In cargo an absolute entry is a place of the host, which does not exist in
	// the world.
	if (&Manifest{Exclude: []string{"/x", "/"}}).Excludes("x") {
		t.Error("an absolute entry excludes")
	}
}

// TestExcludesAsCargo asks the real cargo the same questions.
func TestExcludesAsCargo(t *testing.T) {
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skip("there is no cargo to compare with")
	}
	ws := filepath.Join(t.TempDir(), "ws")
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(ws, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"x", "y"} {
		write(name+"/Cargo.toml", "[package]\nname = \""+name+"\"\nversion = \"0.1.0\"\nedition = \"2021\"\n")
		write(name+"/src/lib.rs", "")
	}
	for _, c := range excludes {
		write("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = "+c.members+"\nexclude = "+c.exclude+"\n")
		cmd := exec.Command(cargo, "locate-project", "--workspace", "--message-format=plain", "--offline")
		cmd.Dir = filepath.Join(ws, "x")
		out, err := cmd.CombinedOutput()
		alone := err == nil && strings.TrimSpace(string(out)) == filepath.Join(ws, "x", "Cargo.toml")
		member := err == nil && strings.TrimSpace(string(out)) == filepath.Join(ws, "Cargo.toml") ||
			strings.Contains(string(out), "believes it's in a workspace when it's not")
		if alone == member {
			t.Fatalf("cargo says neither yes nor no: %v\n%s", err, out)
		}
		if alone != c.want {
			t.Errorf("members %s, exclude %s: cargo says %t, we say %t", c.members, c.exclude, alone, c.want)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte("[package]\nname = \"p\"\nworkspace = \"..\"\nbuild = [\"b\"]\n"), "a/b")
	f.Add([]byte("[workspace]\nmembers = [\"a\"]\nexclude = [\"a/b\", \".\"]\ndependencies.d.path = \"d\"\n"), "a")
	f.Add([]byte("[project]\n[dev_dependencies]\na.path = \"a\"\n[target.'x'.dependencies]\nb = { path = \"b\" }\n"), "a")
	f.Add([]byte("[patch.x]\na = { path = \"a\" }\n[replace]\n\"b:1\".path = \"b\"\n[lib]\npath = \"l\"\n[[bin]]\npath = \"c\"\n"), "a")
	position := regexp.MustCompile(`^Cargo\.toml:[1-9][0-9]*:[1-9][0-9]* `)
	f.Fuzz(func(t *testing.T, data []byte, rel string) {
		m, err := ParseManifest("Cargo.toml", data)
		if err != nil {
			return
		}
		again, err := ParseManifest("Cargo.toml", data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(places(m), places(again)); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
		for _, place := range places(m) {
			if !position.MatchString(place) {
				t.Errorf("%q stands nowhere", place)
			}
		}
		if len(m.Exclude) == 0 && m.Excludes(rel) {
			t.Error("excluded without a word")
		}
		if (m.Members != nil || m.Exclude != nil) && !m.IsWorkspace || m.Pointer != nil && !m.IsPackage {
			t.Errorf("%+v contradicts itself", m)
		}
		if m.Excludes(rel) && rel != "" && !strings.HasSuffix(rel, "/") && len(m.Members) == 0 && !m.Excludes(rel+"/below") {
			t.Errorf("%q is excluded, and what is below it is not", rel)
		}
	})
}
