package bounded

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// crates is where the repository of these tests holds third-party crates, as
// the author of rust-lang/cargo#15620 does.
const crates = ".ai/docs/rust/build"

// repository makes a workspace that holds a foreign crate, below a directory
// whose configuration and manifest must not count.
func repository(t *testing.T) (repo, foo string) {
	t.Helper()
	top := tempDir(t)
	write(t, top, map[string]string{
		".cargo/config.toml":                 "[build]\nrustflags = [\"--cfg\", \"above\"]\n[net]\nretry = 9\n",
		"repo/Cargo.toml":                    "[workspace]\nmembers = [\"app\"]\n",
		"repo/app/Cargo.toml":                "[package]\nname = \"app\"\nversion = \"0.0.0\"\n",
		"repo/app/src/lib.rs":                "",
		"repo/.cargo/config.toml":            "include = [\"more.toml\"]\n[build]\ntarget-dir = \"of-the-repo\"\nrustflags = [\"--cfg\", \"repo\"]\n[env]\nCHECKED = { value = \"data\", relative = true }\n",
		"repo/.cargo/more.toml":              "[build]\njobs = 1\n",
		"repo/tools/.cargo/config.toml":      "[build]\nrustflags = [\"--cfg\", \"tools\"]\n[env]\nNEAR = \"tools\"\n",
		"repo/" + crates + "/foo/Cargo.toml": "[package]\nname = \"foo\"\nversion = \"0.0.0\"\n",
		"repo/" + crates + "/foo/src/lib.rs": "#[cfg(above)] compile_error!(\"above\");\n#[cfg(not(repo))] compile_error!(\"no configuration\");\n" +
			"pub const CHECKED: &str = env!(\"CHECKED\");\n",
	})
	repo = filepath.Join(top, "repo")
	return repo, filepath.Join(repo, filepath.FromSlash(crates), "foo")
}

// request is one from dir for the crate foo, with the files of the repository.
func request(t *testing.T, repo, dir, foo, bound string, args ...string) Request {
	t.Helper()
	direct := directCargo(t)
	req := Request{
		Cargo: direct, Dir: dir, Env: hostEnv(t), Toolchain: filepath.Dir(filepath.Dir(direct)),
		Args:     slices.Insert(args, 1, "--manifest-path="+filepath.Join(foo, "Cargo.toml")),
		Config:   Route{dir, repo},
		Manifest: Route{foo, bound},
	}
	for at := dir; ; at = filepath.Dir(at) {
		if file := filepath.Join(at, ".cargo", "config.toml"); exists(file) {
			req.ConfigFiles = append(req.ConfigFiles, file)
		}
		if at == repo {
			return req
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// planned surveys and plans.
func planned(t *testing.T, req Request) *Command {
	t.Helper()
	req, err := Survey(req, req.Env["CARGO_HOME"])
	if err != nil {
		t.Fatal(err)
	}
	c, err := Plan(req)
	if err != nil {
		t.Fatalf("%v\n%s", err, notes(err))
	}
	return c
}

func TestBuildForeignCrate(t *testing.T) {
	proxy := func(t *testing.T, req *Request) { req.Cargo = proxyCargo(t) }
	direct := func(*testing.T, *Request) {}
	for name, c := range map[string]struct {
		up  int // directories from the crate to its bound
		use func(*testing.T, *Request)
	}{"bound is the crate": {0, direct}, "bound is its parent": {1, direct}, "through the proxy": {0, proxy}} {
		t.Run(name, func(t *testing.T) {
			repo, foo := repository(t)
			bound := foo
			for range c.up {
				bound = filepath.Dir(bound)
			}
			req := request(t, repo, repo, foo, bound, "build", "--offline")
			c.use(t, &req)

			// Plain cargo is moved by what lies above, or this proves nothing.
			plain := &Command{Path: req.Cargo, Args: req.Args, Dir: req.Dir, Env: list(req.Env)}
			if _, said, ok := start(t, plain); ok || !strings.Contains(said, "believes it's in a workspace when it's not") {
				t.Fatalf("plain cargo: success %v\n%s", ok, said)
			}
			if _, said, ok := start(t, planned(t, req)); !ok {
				t.Fatalf("failed:\n%s", said)
			}
			got := map[string]bool{}
			for _, path := range []string{filepath.Join(repo, "of-the-repo"), filepath.Join(foo, "Cargo.lock"), filepath.Join(foo, "target"), filepath.Join(repo, "Cargo.lock")} {
				got[strings.TrimPrefix(path, repo)] = exists(path)
			}
			in := strings.TrimPrefix(foo, repo)
			want := map[string]bool{
				string(filepath.Separator) + "of-the-repo": true, filepath.Join(in, "Cargo.lock"): true,
				filepath.Join(in, "target"): false, string(filepath.Separator) + "Cargo.lock": false,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// places are what metadata says of a command's searches.
type places struct {
	Root   string `json:"workspace_root"`
	Target string `json:"target_directory"`
}

func metadata(t *testing.T, c *Command) places {
	t.Helper()
	out, said, ok := start(t, c)
	if !ok {
		t.Fatalf("failed:\n%s", said)
	}
	var got places
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

var askPlaces = []string{"metadata", "--no-deps", "--format-version", "1", "--offline"}

func TestInsideForeignCrate(t *testing.T) {
	repo, foo := repository(t)
	req := request(t, repo, repo, foo, foo, slices.Clone(askPlaces)...)
	req.Args, req.ConfigFiles = slices.Clone(askPlaces), nil
	req.Dir, req.Config, req.Manifest = filepath.Join(foo, "src"), Route{filepath.Join(foo, "src"), foo}, Route{filepath.Join(foo, "src"), foo}
	got := metadata(t, planned(t, req))
	if diff := cmp.Diff(places{foo, filepath.Join(foo, "target")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUsersConfigWins gives cargo an own `--config` as well: it must beat the
// handed files, and not replace them.
func TestUsersConfigWins(t *testing.T) {
	repo, foo := repository(t)
	asked := append(slices.Clone(askPlaces), "--config", "net.retry=1")
	if diff := cmp.Diff(places{foo, filepath.Join(repo, "of-the-repo")}, metadata(t, planned(t, request(t, repo, repo, foo, foo, asked...)))); diff != "" {
		t.Errorf("beside (-want +got):\n%s", diff)
	}
	other := filepath.Join(repo, "other")
	asked = append(slices.Clone(askPlaces), "--config", "build.target-dir='"+other+"'")
	if diff := cmp.Diff(places{foo, other}, metadata(t, planned(t, request(t, repo, repo, foo, foo, asked...)))); diff != "" {
		t.Errorf("against (-want +got):\n%s", diff)
	}
}

// TestClippyGetsConfig runs the one external verb that is handed files.
func TestClippyGetsConfig(t *testing.T) {
	repo, foo := repository(t)
	req := request(t, repo, repo, foo, foo, "clippy", "--offline")
	if !exists(filepath.Join(filepath.Dir(req.Cargo), "cargo-clippy")) {
		t.Skip("this toolchain has no clippy")
	}
	req.Env["PATH"] = filepath.Dir(req.Cargo) + string(filepath.ListSeparator) + req.Env["PATH"]
	if _, said, ok := start(t, planned(t, req)); !ok {
		t.Fatalf("failed:\n%s", said)
	}
	if !exists(filepath.Join(repo, "of-the-repo")) {
		t.Error("clippy did not get the configuration")
	}
}
