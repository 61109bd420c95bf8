package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// includes are configuration files of one project, `.cargo/config.toml` first of
// all. Where refused is empty cargo accepts them, and both say the same.
var includes = map[string]struct {
	files   map[string]string
	refused string
}{
	"a list of tables": {files: map[string]string{
		".cargo/config.toml": "[[include]]\npath = \"a.toml\"\n[[include]]\npath = \"./b.toml\"\nother = 1\n",
		".cargo/a.toml":      "k = [\"a\"]\n", ".cargo/b.toml": "k = [\"b\"]\n",
	}},
	"a name of dots": {files: map[string]string{".cargo/config.toml": "include = [\"..toml\"]\n", ".cargo/..toml": "k = 1\n"}},
	"twice": {map[string]string{
		".cargo/config.toml": "include = [\"a.toml\", \"./a.toml\"]\n", ".cargo/a.toml": "",
	}, ".cargo/config.toml:1:22: `.cargo/a.toml` is included twice"},
	"twice, by one that is included": {map[string]string{
		".cargo/config.toml": "include = [\"a.toml\", \"b.toml\"]\n", ".cargo/a.toml": "", ".cargo/b.toml": "include = [\"a.toml\"]\n",
	}, ".cargo/b.toml:1:12: `.cargo/a.toml` is included twice"},
	"twice, but written in two ways": {files: map[string]string{
		".cargo/config.toml": "include = [\"a.toml\", \"../.cargo/a.toml\"]\nk = [\"own\"]\n", ".cargo/a.toml": "k = [\"a\"]\n",
	}},
	"one file of two that are found": {files: map[string]string{
		".cargo/config.toml": "include = [\"../shared.toml\"]\n", "home/config.toml": "include = [\"../shared.toml\"]\n", "shared.toml": "k = [1]\n",
	}},
	"itself, written in another way": {map[string]string{
		".cargo/config.toml": "include = [\"../.cargo/config.toml\"]\n",
	}, "`.cargo/config.toml` includes itself"},
	"optional, and there": {files: map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml\", optional = true }]\n", ".cargo/a.toml": "k = 1\n",
	}},
	"optional, below a file": {files: map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml/b.toml\", optional = true }]\n", ".cargo/a.toml": "",
	}},
	"optional, and what it includes is missing": {map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml\", optional = true }]\n", ".cargo/a.toml": "include = [\"b.toml\"]\n",
	}, "reading the configuration `.cargo/b.toml`"},
	"optional, and malformed": {map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml\", optional = true }]\n", ".cargo/a.toml": "[a",
	}, ".cargo/a.toml:1:2: invalid TOML"},
	"optional, and a directory": {map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml\", optional = true }]\n", ".cargo/a.toml/b": "",
	}, "reading the configuration `.cargo/a.toml`"},
	"not optional": {map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml\", optional = false }]\n",
	}, "reading the configuration `.cargo/a.toml`"},
	"optional in words": {map[string]string{
		".cargo/config.toml": "include = [{ path = \"a.toml\", optional = \"yes\" }]\n",
	}, ".cargo/config.toml:1:31: an `include` is `optional` if that is true or false"},
	"a table without path": {map[string]string{".cargo/config.toml": "include = [{ optional = true }]\n"}, ".cargo/config.toml:1:12: an `include` must be a path"},
	"no name before .toml": {map[string]string{".cargo/config.toml": "include = [\".toml\"]\n", ".cargo/.toml": ""}, "must end in `.toml`"},
	"no name in .toml":     {map[string]string{".cargo/config.toml": "include = [\"x/.toml\"]\n", ".cargo/x/.toml": ""}, "must end in `.toml`"},
	"another case":         {map[string]string{".cargo/config.toml": "include = [\"a.TOML\"]\n", ".cargo/a.TOML": ""}, "must end in `.toml`"},
	"a bracket":            {map[string]string{".cargo/config.toml": "include = [\"a].toml\"]\n", ".cargo/a].toml": ""}, "must be one file"},
	"a template":           {map[string]string{".cargo/config.toml": "include = [\"{a}.toml\"]\n"}, "must be one file"},
	"a table of all":       {map[string]string{".cargo/config.toml": "include = { path = \"a.toml\" }\n"}, "must be a list of paths or of tables"},
}

func TestIncludes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the messages are written as on Unix")
	}
	for name, c := range includes {
		t.Run(name, func(t *testing.T) {
			top := plant(t, c.files)
			got, err := load(top, ".cargo/config.toml", "home/config.toml")
			if c.refused != "" {
				if message := strings.ReplaceAll(strings.ReplaceAll(errorText(err), top+"/", ""), ".cargo/../", ""); !strings.Contains(message, c.refused) {
					t.Errorf("%v, %q", got, message)
				}
				if diag.ExitCode(err) != diag.ExitFailed {
					t.Errorf("exit code %d", diag.ExitCode(err))
				}
			} else if err != nil {
				t.Error(err)
			}
			out, err := cargo(t, top, nil, "config", "get", "--format", "json")
			if (err != nil) != (c.refused != "") {
				t.Fatalf("cargo: %v", err)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(plain(t, out), plain(t, jsonOf(t, got))); diff != "" {
				t.Errorf("(-cargo +ours):\n%s", diff)
			}
		})
	}
}

// load reads and merges the files that there are.
func load(top string, names ...string) (*Value, error) {
	all := &Value{Table: map[string]*Value{}}
	for _, name := range names {
		path := filepath.Join(top, filepath.FromSlash(name))
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		v, err := Loader{Read: os.ReadFile}.Load(path)
		if err != nil {
			return nil, err
		}
		if err := all.Merge(v, false); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func jsonOf(t *testing.T, v *Value) string {
	t.Helper()
	data, err := json.Marshal(v.Plain())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func plain(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// Links can make a few files include each other under ever new names.
func TestIncludesEnd(t *testing.T) {
	read := 0
	v, err := Loader{Read: func(string) ([]byte, error) {
		read++
		return []byte("include = [{ path = \"a/c.toml\", optional = true }, { path = \"b/c.toml\", optional = true }]\n"), nil
	}}.Load(filepath.FromSlash("/p/.cargo/config.toml"))
	if diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(errorText(err), "includes more than 1000 others") {
		t.Errorf("%v, %v", v, err)
	}
	if read > maxFiles+2 {
		t.Errorf("%d files were read", read)
	}
}

// Where a file of a project stands that another one includes, and what its
// relative paths start from: cargo counts the parts of the path as written.
func TestRelativePathsOfIncluded(t *testing.T) {
	for _, written := range []string{"d.toml", "./d.toml", "x/d.toml", "../d.toml", "../x/d.toml", "../x/y/d.toml", "../.cargo/d.toml", "../x/../d.toml"} {
		t.Run(written, func(t *testing.T) {
			top := plant(t, map[string]string{
				"Cargo.toml": "[package]\nname = \"p\"\n[lib]\npath = \"lib.rs\"\n", "lib.rs": "", "x/y/keep": "",
				".cargo/config.toml": "include = [\"" + written + "\"]\n",
			})
			included := filepath.Join(top, ".cargo", filepath.FromSlash(written))
			if err := os.MkdirAll(filepath.Dir(included), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(included, []byte("build.target-dir = \"out\"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			v, err := load(top, ".cargo/config.toml")
			if err != nil {
				t.Fatal(err)
			}
			dir := v.Get("build", "target-dir")
			if dir.Name != included {
				t.Errorf("defined in %s, want %s", dir.Name, included)
			}
			out, err := cargo(t, top, nil, "metadata", "--no-deps", "--offline", "--format-version", "1")
			if err != nil {
				t.Fatal(err)
			}
			want, ok := plain(t, out).(map[string]any)["target_directory"].(string)
			if got := dir.Path("/cwd"); !ok || got != filepath.Clean(want) {
				t.Errorf("ours %s, cargo's %s", got, want)
			}
		})
	}
}

// Of any two files: no panic, no endless way, and no `include` left over.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("include = [\"x.toml\"]\n[a]\nb = 1\n"), []byte("[a]\nb = 2\nc = [1]\n"))
	f.Add([]byte("include = [{ path = \"x.toml\", optional = true }]\n"), []byte("include = [\"../config.toml\", \"missing.toml\"]\n"))
	f.Add([]byte("include = [\"x.toml\", \"./x.toml\"]\n"), []byte("include = [{ path = \"../.cargo/config.toml\", optional = true }]\n"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		reads := 0
		v, err := Loader{Read: func(path string) ([]byte, error) {
			reads++
			switch filepath.Base(path) {
			case "config.toml":
				return one, nil
			case "x.toml":
				return two, nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}}.Load(filepath.FromSlash("/p/.cargo/config.toml"))
		if reads > 2*maxFiles {
			t.Errorf("%d files were read", reads)
		}
		if err == nil && v.Get("include") != nil {
			t.Errorf("`include` is left in %v", v)
		}
	})
}
