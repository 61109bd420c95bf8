//go:build !windows

package roots

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// with returns a package that has more in its manifest.
func with(more string) string { return aPackage + more }

// short writes manifests without what all of them have in common.
func short(paths []string) string {
	list := strings.Join(paths, " ")
	return strings.ReplaceAll(strings.ReplaceAll(list, "/Cargo.toml", ""), "/a/r", ".")
}

// The members of a workspace, and every other manifest that a build may read,
// always inside the root /a/r. Beside it lies what must not be read.
func TestReadPackages(t *testing.T) {
	for name, c := range map[string]struct {
		files     map[string]string // below /a/r
		manifest  string            // below /a/r, `Cargo.toml` if empty
		members   string
		manifests string // all that were read, sorted
	}{
		"a package alone": {map[string]string{"Cargo.toml": aPackage, "x/Cargo.toml": notOurs}, "", ".", "."},
		"members, the root last": {
			map[string]string{"Cargo.toml": with("[workspace]\nmembers = [\"b\", \"a\"]\n"), "a/Cargo.toml": aPackage, "b/Cargo.toml": aPackage},
			"", "./b ./a .", ". ./a ./b",
		},
		"a workspace without a package": {
			map[string]string{"Cargo.toml": "workspace.members = [\"a\"]", "a/Cargo.toml": aPackage}, "", "./a", ". ./a",
		},
		"a pattern, sorted, and only directories": {
			map[string]string{"Cargo.toml": "workspace.members = [\"m/*\"]", "m/b/Cargo.toml": aPackage, "m/a/Cargo.toml": aPackage, "m/file": ""},
			"", "./m/a ./m/b", ". ./m/a ./m/b",
		},
		"patterns": {
			map[string]string{
				"Cargo.toml": "workspace.members = [\"x?\", \"[ab]\", \"[!abx]c\", \"deep/**\"]", "x1/Cargo.toml": aPackage, "b/Cargo.toml": aPackage, "dc/Cargo.toml": aPackage,
				"ac/Cargo.toml": notOurs, "deep/1/Cargo.toml": aPackage, "deep/1/2/Cargo.toml": aPackage,
			},
			"", "./x1 ./b ./dc ./deep/1 ./deep/1/2", ". ./b ./dc ./deep/1/2 ./deep/1 ./x1",
		},
		"a member that is a file by accident": {
			map[string]string{"Cargo.toml": "workspace.members = [\"a\", \"file\"]", "a/Cargo.toml": aPackage, "file": ""}, "", "./a", ". ./a",
		},
		"an excluded member of a pattern": {
			map[string]string{"Cargo.toml": "[workspace]\nmembers = [\"*\"]\nexclude = [\"b\"]", "a/Cargo.toml": aPackage, "b/Cargo.toml": notOurs}, "", "./a", ". ./a",
		},
		"members outside the root": {
			map[string]string{"Cargo.toml": "workspace.members = [\"../out\", \"/a/out\", \"../o*\", \"a\"]", "a/Cargo.toml": aPackage}, "", "./a", ". ./a",
		},
		"path dependencies are members, and so on": {
			map[string]string{
				"Cargo.toml": with("[workspace]\n[dependencies]\na = { path = \"a\" }\n"), "a/Cargo.toml": with("[target.x.build-dependencies]\nb = { path = \"../b\" }\n"),
				"b/Cargo.toml": with("[dev-dependencies]\na = { path = \"../a\" }\n"),
			},
			"", ". ./a ./b", ". ./a ./b",
		},
		"of a package alone they are read": {
			map[string]string{"Cargo.toml": with("[dependencies]\na = { path = \"a\" }\n"), "a/Cargo.toml": with("[dependencies]\nb = { path = \"b\" }\n"), "a/b/Cargo.toml": aPackage},
			"", ".", ". ./a ./a/b",
		},
		"what the tests of no member need is not": {
			map[string]string{"Cargo.toml": with("[dev-dependencies]\na = { path = \"a\" }\n"), "a/Cargo.toml": with("[dev-dependencies]\nb = { path = \"../b\" }\n"), "b/Cargo.toml": notOurs},
			"", ".", ". ./a",
		},
		"dependencies outside the root": {
			map[string]string{"Cargo.toml": with("[dependencies]\na = { path = \"../out\" }\nb = { path = \"/a/out\" }\nc = { path = \"../r/c\" }\n"), "c/Cargo.toml": aPackage},
			"", ".", ". ./c",
		},
		"inherited dependencies": {
			map[string]string{
				"Cargo.toml":     "[workspace]\nmembers = [\"m/a\"]\n[workspace.dependencies]\nb = { path = \"lib/b\" }\nout = { path = \"../out\" }\n",
				"m/a/Cargo.toml": with("[dependencies]\nb = { workspace = true }\nout.workspace = true\ngone.workspace = true\n"), "lib/b/Cargo.toml": aPackage,
			},
			"", "./m/a ./lib/b", ". ./lib/b ./m/a",
		},
		"patches and replacements of the workspace": {
			map[string]string{
				"ws/Cargo.toml":   with("[workspace]\nmembers = [\"m\"]\n[patch.x]\np = { path = \"../p\" }\nout = { path = \"../../out\" }\ngone = { path = \"../gone\" }\n[replace]\n\"q:1.0.0\" = { path = \"../q\" }\n"),
				"ws/m/Cargo.toml": with("[patch.x]\nno = { path = \"../../no\" }\n"), "p/Cargo.toml": aPackage, "q/Cargo.toml": aPackage, "no/Cargo.toml": notOurs,
			},
			"ws/Cargo.toml", "./ws/m ./ws", "./p ./q ./ws ./ws/m",
		},
		"patches of a package alone, not of what it depends on": {
			map[string]string{
				"Cargo.toml": with("[dependencies]\na = { path = \"a\" }\n[patch.x]\np = { path = \"p\" }\n"), "p/Cargo.toml": aPackage,
				"a/Cargo.toml": with("[patch.x]\nno = { path = \"../no\" }\n"), "no/Cargo.toml": notOurs,
			},
			"", ".", ". ./a ./p",
		},
		"a dependency with a workspace of its own": {
			map[string]string{
				"ws/Cargo.toml": with("[workspace]\n[dependencies]\no = { path = \"../other/o\" }\n"), "other/Cargo.toml": "workspace.members = [\"o\", \"no\"]",
				"other/o/Cargo.toml": aPackage, "other/no/Cargo.toml": notOurs,
			},
			"ws/Cargo.toml", "./ws", "./other ./other/o ./ws",
		},
		"a member beside the workspace that points to it": {
			map[string]string{"ws/Cargo.toml": "workspace.members = [\"../m\"]", "m/Cargo.toml": with("workspace = \"../ws\"\n")}, "m/Cargo.toml", "./m", "./m ./ws",
		},
		"two packages that need each other": {
			map[string]string{"Cargo.toml": with("[dependencies]\na = { path = \"a\" }\n"), "a/Cargo.toml": with("[dependencies]\np = { path = \"..\" }\n")}, "", ".", ". ./a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: map[string]string{"/a/Cargo.toml": aWorkspace, "/a/out/Cargo.toml": notOurs}}
			for path, content := range c.files {
				m.files["/a/r/"+path] = content
			}
			if c.manifest == "" {
				c.manifest = "Cargo.toml"
			}
			found, err := Find(m, Request{Cwd: "/a/r", Manifest: "/a/r/" + c.manifest, Roots: []string{"/a/r"}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadPackages(m, found, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.members, c.manifests}, []string{short(got.Members), short(got.Paths())}); diff != "" {
				t.Errorf("members and manifests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string(nil), m.outside("/a/r")); diff != "" {
				t.Errorf("looked at (-want +got):\n%s", diff)
			}
		})
	}
}

// What cargo refuses of a workspace is an error here too, with what was read
// until then.
func TestReadPackagesFails(t *testing.T) {
	for name, c := range map[string]struct {
		files     map[string]string
		manifest  string
		message   string
		manifests string
	}{
		"a member that is not there": {map[string]string{"Cargo.toml": "workspace.members = [\"gone\"]"}, "", "failed to read `/a/r/gone/Cargo.toml`: lstat /a/r/gone: file does not exist", "."},
		"a broken member":            {map[string]string{"Cargo.toml": "workspace.members = [\"a\"]", "a/Cargo.toml": "[package"}, "", "/a/r/a/Cargo.toml:1", "."},
		"a broken dependency":        {map[string]string{"Cargo.toml": with("[dependencies]\na = { path = \"a\" }\n"), "a/Cargo.toml": "[package"}, "", "/a/r/a/Cargo.toml:1", "."},
		"a pattern that is none":     {map[string]string{"Cargo.toml": "[workspace]\nmembers = [\"ok\",\n \"a[\"]"}, "", "/a/r/Cargo.toml:3:2: could not parse pattern `a[`", "."},
		"stars among letters":        {map[string]string{"Cargo.toml": "workspace.members = [\"a**\"]"}, "", "could not parse pattern `a**`", "."},
		"two roots": {
			map[string]string{"Cargo.toml": "workspace.members = [\"a\"]", "a/Cargo.toml": with("[workspace]\n")}, "", "multiple workspace roots found in the same workspace", ". ./a",
		},
		"a pointer to no workspace": {
			map[string]string{"a/Cargo.toml": with("workspace = \"..\"\n"), "Cargo.toml": aPackage}, "a/Cargo.toml", "`package.workspace` configuration points to a crate which is not configured with [workspace]", ". ./a",
		},
		"a pointer to nothing": {
			map[string]string{"a/Cargo.toml": with("workspace = \"../gone\"\n")}, "a/Cargo.toml", "failed to read `/a/r/gone/Cargo.toml`", "./a",
		},
		"a member beside that points nowhere": {
			map[string]string{"ws/Cargo.toml": "workspace.members = [\"../m\"]", "m/Cargo.toml": aPackage}, "ws/Cargo.toml",
			"workspace member `/a/r/m/Cargo.toml` is not hierarchically below the workspace root `/a/r/ws/Cargo.toml`", "./m ./ws",
		},
		"a member of another workspace": {
			map[string]string{"ws/Cargo.toml": "workspace.members = [\"m/a\"]", "ws/m/Cargo.toml": "workspace.members = [\"a\"]", "ws/m/a/Cargo.toml": aPackage + "workspace = \"..\"\n"}, "ws/Cargo.toml",
			"package `/a/r/ws/m/a/Cargo.toml` is a member of the wrong workspace", "./ws ./ws/m/a",
		},
		"a lost package": {
			map[string]string{"Cargo.toml": "workspace.members = []", "a/Cargo.toml": aPackage}, "a/Cargo.toml", "current package believes it's in a workspace when it's not", ". ./a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{files: map[string]string{}}
			for path, content := range c.files {
				m.files["/a/r/"+path] = content
			}
			if c.manifest == "" {
				c.manifest = "Cargo.toml"
			}
			found, err := Find(m, Request{Cwd: "/a/r", Manifest: "/a/r/" + c.manifest, Roots: []string{"/a/r"}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadPackages(m, found, "")
			if err == nil || diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%v, want %q", err, c.message)
			}
			if diff := cmp.Diff(c.manifests, short(got.Paths())); diff != "" {
				t.Errorf("read until then (-want +got):\n%s", diff)
			}
		})
	}
}

// Manifests that are read side by side are those that are read one by one.
func TestReadPackagesManyMembers(t *testing.T) {
	m := &memory{files: map[string]string{"/r/Cargo.toml": "workspace.members = [\"m/*\"]", "/r/m/link": "-> ../real", "/r/real/Cargo.toml": aPackage}}
	want := []string{"/r/m/link/Cargo.toml"}
	for i := range 50 {
		path := fmt.Sprintf("/r/m/p%02d/Cargo.toml", i)
		m.files[path] = with(fmt.Sprintf("[dependencies]\np = { path = \"../p%02d\" }\n", (i+1)%50))
		want = append(want, path)
	}
	found := Found{Root: "/r", Manifest: "/r/Cargo.toml", Workspace: "/r"}
	got, err := ReadPackages(m, found, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[0], got.Members[0]); diff != "" || len(got.Members) != len(want) || len(got.Manifests) != 52 {
		t.Errorf("%d members, %d manifests (-want +got):\n%s", len(got.Members), len(got.Manifests), diff)
	}
	broken := maps.Clone(m.files)
	broken["/r/m/p07/Cargo.toml"] = notOurs
	_, err = ReadPackages(&memory{files: broken}, found, "")
	if at, ok := errors.AsType[*diag.Diagnostic](err); !ok || len(at.At) == 0 || at.At[0].File != "/r/m/p07/Cargo.toml" {
		t.Errorf("one of them is broken: %v", err)
	}
}

// A pattern costs no more than there are directories, however many ways through
// links or stars lead to them.
func TestPatternsAreBounded(t *testing.T) {
	m := &memory{files: map[string]string{"/r/Cargo.toml": "workspace.members = [\"**/**/**/**/**/p\"]"}}
	const dirs = 12
	for i := range dirs {
		m.files[fmt.Sprintf("/r/d%d/p/Cargo.toml", i)] = aPackage
		for j := range dirs {
			m.files[fmt.Sprintf("/r/d%d/l%d", i, j)] = fmt.Sprintf("-> ../d%d", j)
		}
	}
	got, err := ReadPackages(m, Found{Root: "/r", Manifest: "/r/Cargo.toml", Workspace: "/r"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Members) != dirs || len(m.looked) > 100_000 {
		t.Errorf("%d members after %d looks", len(got.Members), len(m.looked))
	}
}
