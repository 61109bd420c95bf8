package config

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// The examples are those of the chapter "Configuration" of the Cargo Book, and
// what it says of them in words. Each is also put to the real cargo.
var book = map[string]struct {
	// files are configuration files, the nearest to the start first; a path
	// that is not `.cargo/config.toml` of a directory is there to be included.
	files  map[string]string
	search []string // which of the files the search finds, nearest first
	want   string   // JSON
}{
	"hierarchical structure: a deeper value wins": {
		map[string]string{
			"projects/foo/bar/baz/.cargo/config.toml": "[build]\njobs = 1\nincremental = true\ntarget-dir = \"deep\"\n",
			"projects/foo/.cargo/config.toml":         "[build]\njobs = 2\nincremental = false\nrustc = \"middle\"\n",
			"projects/.cargo/config.toml":             "[build]\njobs = 3\n[net]\nretry = 9\n",
		},
		[]string{"projects/foo/bar/baz/.cargo/config.toml", "projects/foo/.cargo/config.toml", "projects/.cargo/config.toml"},
		`{"build":{"incremental":true,"jobs":1,"rustc":"middle","target-dir":"deep"},"net":{"retry":9}}`,
	},
	"hierarchical structure: arrays are joined, higher precedence later": {
		map[string]string{
			"a/b/.cargo/config.toml": "[build]\nrustflags = [\"-C\", \"deep\"]\n",
			"a/.cargo/config.toml":   "[build]\nrustflags = [\"-C\", \"outer\"]\n",
		},
		[]string{"a/b/.cargo/config.toml", "a/.cargo/config.toml"},
		`{"build":{"rustflags":["-C","outer","-C","deep"]}}`,
	},
	// One key a file: cargo 1.95 forgets to take a key off its path again, so that
	// beside others such a list is joined or not by the order of a hash table.
	"executable paths with arguments are not joined": {
		map[string]string{
			"a/b/.cargo/config.toml": "[target.x86_64-unknown-linux-gnu]\nrunner = [\"deep\", \"arg\"]\n",
			"a/.cargo/config.toml":   "[target.x86_64-unknown-linux-gnu]\nrunner = [\"outer\"]\n",
		},
		[]string{"a/b/.cargo/config.toml", "a/.cargo/config.toml"},
		`{"target":{"x86_64-unknown-linux-gnu":{"runner":["deep","arg"]}}}`,
	},
	"executable paths: the browser": {
		map[string]string{"a/b/.cargo/config.toml": "doc.browser = [\"b\"]\n", "a/.cargo/config.toml": "doc.browser = [\"a\"]\n"},
		[]string{"a/b/.cargo/config.toml", "a/.cargo/config.toml"},
		`{"doc":{"browser":["b"]}}`,
	},
	"executable paths: credentials": {
		map[string]string{
			"a/b/.cargo/config.toml": "registries.my.credential-provider = [\"b\", \"-x\"]\n",
			"a/.cargo/config.toml":   "registries.my.credential-provider = [\"a\"]\n",
		},
		[]string{"a/b/.cargo/config.toml", "a/.cargo/config.toml"},
		`{"registries":{"my":{"credential-provider":["b","-x"]}}}`,
	},
	"a list of providers is joined": {
		map[string]string{
			"a/b/.cargo/config.toml": "registry.global-credential-providers = [\"two\"]\n",
			"a/.cargo/config.toml":   "registry.global-credential-providers = [\"one\"]\n",
		},
		[]string{"a/b/.cargo/config.toml", "a/.cargo/config.toml"},
		`{"registry":{"global-credential-providers":["one","two"]}}`,
	},
	"include: a list of files, a later one wins, the file itself beats both": {
		map[string]string{
			"p/.cargo/config.toml":  "include = [\"frodo.toml\", \"samwise.toml\"]\n[build]\njobs = 3\nrustflags = [\"own\"]\n",
			"p/.cargo/frodo.toml":   "[build]\njobs = 1\ntarget-dir = \"shire\"\nrustflags = [\"frodo\"]\n",
			"p/.cargo/samwise.toml": "[build]\njobs = 2\ntarget-dir = \"mordor\"\nrustflags = [\"samwise\"]\n",
		},
		[]string{"p/.cargo/config.toml"},
		`{"build":{"jobs":3,"rustflags":["frodo","samwise","own"],"target-dir":"mordor"}}`,
	},
	"include: tables, and what need not be there": {
		map[string]string{
			"p/.cargo/config.toml":      "include = [{ path = \"required.toml\" }, { path = \"optional.toml\", optional = true }]\n",
			"p/.cargo/required.toml":    "include = [\"deeper/more.toml\"]\n[net]\nretry = 1\n",
			"p/.cargo/deeper/more.toml": "[net]\nretry = 2\noffline = true\n",
		},
		[]string{"p/.cargo/config.toml"},
		`{"net":{"offline":true,"retry":1}}`,
	},
	"tables are merged key by key, whatever their form": {
		map[string]string{
			"a/b/.cargo/config.toml": "env.FOO = { value = \"deep\", force = true }\nprofile.dev.debug = 0\n",
			"a/.cargo/config.toml":   "[env]\nBAR = \"outer\"\n[env.FOO]\nrelative = true\nvalue = \"outer\"\n[profile.dev.package.\"*\"]\nopt-level = 3\n",
		},
		[]string{"a/b/.cargo/config.toml", "a/.cargo/config.toml"},
		`{"env":{"BAR":"outer","FOO":{"force":true,"relative":true,"value":"deep"}},"profile":{"dev":{"debug":0,"package":{"*":{"opt-level":3}}}}}`,
	},
}

// plant writes the files and returns the directory.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return top
}

func merged(t *testing.T, top string, search []string) *Value {
	t.Helper()
	all := &Value{Table: map[string]*Value{}}
	for _, name := range search {
		v, err := Loader{Read: os.ReadFile}.Load(filepath.Join(top, filepath.FromSlash(name)))
		if err == nil {
			err = all.Merge(v, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestBook(t *testing.T) {
	for name, c := range book {
		t.Run(name, func(t *testing.T) {
			top := plant(t, c.files)
			var want any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(merged(t, top, c.search).Plain())
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// The same question to cargo: `config get` is unstable in 1.95.
			cargo, err := exec.Command("rustup", "which", "cargo").Output()
			if err != nil {
				t.Skip("there is no cargo to compare with")
			}
			get := exec.Command(strings.TrimSpace(string(cargo)), "-Zunstable-options", "config", "get", "--format", "json")
			get.Dir = filepath.Dir(filepath.Dir(filepath.Join(top, filepath.FromSlash(c.search[0]))))
			get.Env = []string{"RUSTC_BOOTSTRAP=1", "CARGO_HOME=" + filepath.Join(top, "home"), "HOME=" + filepath.Join(top, "home"), "PATH=" + os.Getenv("PATH")}
			out, err := get.Output()
			if err != nil {
				t.Fatalf("cargo: %v\n%s", err, out)
			}
			var real any
			if err := json.Unmarshal(out, &real); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, real); diff != "" {
				t.Errorf("cargo does not say what the example expects (-want +cargo):\n%s", diff)
			}
		})
	}
}

// "Environment variables": the names of keys.
func TestVariable(t *testing.T) {
	for key, want := range map[string]string{
		"build.jobs":                             "CARGO_BUILD_JOBS",
		"build.target-dir":                       "CARGO_BUILD_TARGET_DIR",
		"net.git-fetch-with-cli":                 "CARGO_NET_GIT_FETCH_WITH_CLI",
		"target.x86_64-unknown-linux-gnu.runner": "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
		"registries.my-registry.index":           "CARGO_REGISTRIES_MY_REGISTRY_INDEX",
		"profile.dev.build-override.debug":       "CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG",
	} {
		if got := Variable(strings.Split(key, ".")); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// "Config-relative paths": a value of a file starts from the parent of the
// directory that holds the file, one of the command line where cargo runs.
func TestRelativePaths(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are written as on Unix")
	}
	v, err := Parse("/my/project/.cargo/config.toml", []byte("[source.vendored-sources]\ndirectory = \"vendor\"\n[http]\ncainfo = \"/etc/ca.pem\"\n[build]\ntarget-dir = \"../out/./x\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"source.vendored-sources.directory": "/my/project/vendor", "http.cainfo": "/etc/ca.pem", "build.target-dir": "/my/out/x",
	} {
		if got := v.Get(strings.Split(key, ".")...).Path("/cwd"); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	flag := &Value{Definition: Definition{Kind: CommandLine}, Scalar: "vendor"}
	if got := flag.Path("/cwd"); got != "/cwd/vendor" {
		t.Errorf("of the command line: %s", got)
	}
}

// "Command-line overrides": `--config` beats the environment, which beats every
// file; lists of a stronger kind come later whatever the order of merging.
func TestKinds(t *testing.T) {
	of := func(kind Kind, text string, list ...string) *Value {
		v := &Value{Definition: Definition{Kind: kind}, Table: map[string]*Value{"s": {Definition: Definition{Kind: kind}, Scalar: text}}}
		l := &Value{Definition: Definition{Kind: kind}}
		for _, e := range list {
			l.List = append(l.List, &Value{Definition: Definition{Kind: kind}, Scalar: e})
		}
		v.Table["l"] = l
		return v
	}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		values := []*Value{of(File, "file", "f"), of(Environment, "environment", "e"), of(CommandLine, "flag", "c1", "c2")}
		all := &Value{Table: map[string]*Value{}}
		for _, i := range order {
			if err := all.Merge(values[i], false); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(map[string]any{"s": "flag", "l": []any{"f", "e", "c1", "c2"}}, all.Plain()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", order, diff)
		}
	}
}

// What cargo refuses we refuse, with the place.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		message string
	}{
		"a float":                  {map[string]string{"config.toml": "[a]\nb = 1.5\n"}, "config.toml:2:1: `a.b` is a float or a time"},
		"a date in a list":         {map[string]string{"config.toml": "a = [1, 2020-01-01]\n"}, "`a[1]` is a float or a time"},
		"no TOML":                  {map[string]string{"config.toml": "[a\n"}, "config.toml:1"},
		"include as a text":        {map[string]string{"config.toml": "include = \"x.toml\"\n"}, "config.toml:1:1: an `include` must be a list"},
		"include without .toml":    {map[string]string{"config.toml": "include = [\"x\"]\n"}, "must end in `.toml`"},
		"include by pattern":       {map[string]string{"config.toml": "include = [\"*.toml\"]\n"}, "must be one file"},
		"include of a number":      {map[string]string{"config.toml": "include = [1]\n"}, "must be a path"},
		"include that is missing":  {map[string]string{"config.toml": "include = [\"x.toml\"]\n"}, "x.toml"},
		"include that is broken":   {map[string]string{"config.toml": "include = [\"x.toml\"]\n", "x.toml": "[a"}, "x.toml:1"},
		"include of itself":        {map[string]string{"config.toml": "include = [\"config.toml\"]\n"}, "includes itself"},
		"include in a circle":      {map[string]string{"config.toml": "include = [\"x.toml\"]\n", "x.toml": "include = [\"config.toml\"]\n"}, "includes itself"},
		"two types across include": {map[string]string{"config.toml": "include = [\"x.toml\"]\n[a]\nb = 1\n", "x.toml": "a = 1\n"}, "`a` is of two types: here an integer, and there a table"},
		"table and list":           {map[string]string{"config.toml": "include = [\"x.toml\"]\na.b = [1]\n", "x.toml": "a.b.c = 1\n"}, "`a.b` is of two types: here a table, and there an array"},
	} {
		t.Run(name, func(t *testing.T) {
			top := plant(t, c.files)
			v, err := Loader{Read: os.ReadFile}.Load(filepath.Join(top, "config.toml"))
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), top+string(filepath.Separator), ""), c.message) {
				t.Errorf("%v, %v", v, err)
			}
			if diag.ExitCode(err) != diag.ExitFailed {
				t.Errorf("exit code %d", diag.ExitCode(err))
			}
		})
	}
}

// A file that is not admitted is left out, without being read.
func TestAdmit(t *testing.T) {
	top := plant(t, map[string]string{"config.toml": "include = [\"in.toml\", \"../out.toml\"]\n", "in.toml": "a = 1\n"})
	var asked []string
	v, err := Loader{Read: os.ReadFile, Admit: func(i Include) bool {
		asked = append(asked, filepath.Base(i.Path))
		return strings.HasPrefix(i.Path, top)
	}}.Load(filepath.Join(top, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"in.toml", "out.toml"}, asked); diff != "" || v.Get("a") == nil {
		t.Errorf("%v (-want +got):\n%s", v, diff)
	}
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte("[a]\nb = 1\nc = [1]\n"), []byte("[a]\nb = \"x\"\nc = [\"y\"]\n"), true)
	f.Add([]byte("include = [\"x.toml\"]\n"), []byte("a = 1\n"), false)
	f.Fuzz(func(t *testing.T, one, two []byte, force bool) {
		a, err := Parse("one", one)
		if err != nil {
			return
		}
		b, err := Parse("two", two)
		if err != nil {
			return
		}
		before := scalars(a)
		again, err := Parse("one", one)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Merge(a, force); err != nil {
			t.Fatalf("a file does not go with itself: %v", err)
		}
		if diff := cmp.Diff(before, scalars(again)); diff != "" {
			t.Errorf("merged with itself (-before +after):\n%s", diff)
		}
		c, err := Parse("one", one)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Merge(b, force); err != nil {
			return
		}
		if !force {
			for key, value := range before {
				if scalars(c)[key] != value {
					t.Errorf("`%s` was %v and is %v", key, value, scalars(c)[key])
				}
			}
		}
	})
}

// scalars are the values of a configuration that are no lists, by their keys.
func scalars(v *Value) map[string]any {
	found := map[string]any{}
	v.Walk(func(at []string, v *Value) {
		if v.Scalar != nil {
			found[strings.Join(at, "\x00")] = v.Scalar
		}
	})
	return found
}
