package cargo

import (
	"os"
	"os/exec"
	"path/filepath"
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

// Every table in which a manifest can name a place, and where it stands.
func TestManifestReferences(t *testing.T) {
	m, err := ParseManifest("Cargo.toml", []byte(`[package]
build = "b.rs"
[dependencies]
a = { path = "a" }
registry = "1"
shared = { workspace = true }
[dev-dependencies.d]
path = "d"
[dev_dependencies]
old = { path = "old" }
[build-dependencies]
c = { version = "1", path = "c" }
[target.'cfg(unix)'.dependencies]
u = { path = "u" }
[target.x.build-dependencies]
x = { path = "x" }
[workspace.dependencies]
shared = { path = "s" }
other = "1"
[patch.crates-io]
p = { path = "p" }
[patch."https://example.org/g"]
q = { git = "g" }
[replace]
"r:1.0.0" = { path = "r" }
[lib]
path = "l.rs"
[[bin]]
name = "n"
path = "n.rs"
[[example]]
name = "e"
[[test]]
path = "t.rs"
[[bench]]
path = "be.rs"
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	note := func(r Reference, more string) { got = append(got, m.At(r).String()+" "+r.What+" "+r.Path+more) }
	for _, d := range m.Dependencies {
		more := ""
		if d.Inherited {
			more += " inherited"
		}
		if d.Dev {
			more += " dev"
		}
		note(d.Reference, more)
	}
	for _, r := range m.Shared {
		note(r, " shared")
	}
	for _, r := range m.References {
		more := ""
		if r.Package {
			more = " package"
		}
		note(r, more)
	}
	want := []string{
		"Cargo.toml:4:7 the path dependency `a` a",
		"Cargo.toml:6:1 the path dependency `shared`  inherited",
		"Cargo.toml:8:1 the path dependency `d` d dev",
		"Cargo.toml:12:22 the path dependency `c` c",
		"Cargo.toml:10:9 the path dependency `old` old dev",
		"Cargo.toml:14:7 the path dependency `u` u",
		"Cargo.toml:16:7 the path dependency `x` x",
		"Cargo.toml:18:12 the path dependency `shared` s shared",
		"Cargo.toml:2:1 the build script b.rs",
		"Cargo.toml:21:7 the patch of `p` p package",
		"Cargo.toml:25:15 the replacement of `r:1.0.0` r package",
		"Cargo.toml:27:1 the library's source l.rs",
		"Cargo.toml:30:1 the source of the bin target `n` n.rs",
		"Cargo.toml:34:1 the source of the test target `` t.rs",
		"Cargo.toml:36:1 the source of the bench target `` be.rs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
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
	f.Add([]byte("[package]\nname = \"p\"\nworkspace = \"..\"\n"), "a/b")
	f.Add([]byte("[workspace]\nmembers = [\"a\"]\nexclude = [\"a/b\", \".\"]\n"), "a")
	f.Fuzz(func(t *testing.T, data []byte, rel string) {
		m, err := ParseManifest("Cargo.toml", data)
		if err != nil {
			return
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
