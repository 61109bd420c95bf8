package crates

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// home is a CARGO_HOME with the given files.
func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cargo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list returns the files of a directory, which only the caller may read.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %o", e.Name(), info.Mode().Perm())
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

func TestUserConfig(t *testing.T) {
	const one, two = "[net]\nretry = 1\n", "[net]\nretry = 2\n"
	for name, c := range map[string]struct{ files, want map[string]string }{
		"nothing":       {map[string]string{}, map[string]string{}},
		"configuration": {map[string]string{"config.toml": one + "[build]\njobs = 1\n"}, map[string]string{"config.toml": one}},
		"the old name":  {map[string]string{"config": one}, map[string]string{"config.toml": one}},
		"both names":    {map[string]string{"config": one, "config.toml": two}, map[string]string{"config.toml": one}}, // as cargo
		"nothing else":  {map[string]string{"env": "export X=1", "bin/cargo": "x", "registry/index/x": "x", "credentials.toml": "x"}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			private := t.TempDir()
			r := &Request{CargoHome: home(t, c.files)}
			if err := r.userConfig(private); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, list(t, private)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	r := &Request{CargoHome: home(t, map[string]string{"config.toml/x": ""})}
	if err := r.userConfig(t.TempDir()); err == nil {
		t.Error("a configuration that cannot be read is passed over")
	}
	alone := t.TempDir()
	r = &Request{CargoHome: home(t, map[string]string{"config.toml": one, "credentials.toml": "x"}), alone: true}
	if err := r.userConfig(alone); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"config.toml": one}, list(t, alone)); diff != "" {
		t.Errorf("alone (-want +got):\n%s", diff)
	}
}

// Credentials are shown where they lie, to the run that asks somebody.
func TestCredentials(t *testing.T) {
	users := home(t, map[string]string{"credentials": "old"})
	both := home(t, map[string]string{"credentials": "old", "real.toml": "new"})
	if err := os.Symlink("real.toml", filepath.Join(both, "credentials.toml")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r      Request
		source string
	}{
		"none":       {Request{CargoHome: home(t, nil)}, ""},
		"alone":      {Request{CargoHome: users, alone: true}, ""},
		"old name":   {Request{CargoHome: users}, filepath.Join(users, "credentials")},
		"both names": {Request{CargoHome: both}, filepath.Join(both, "real.toml")}, // as cargo
	} {
		t.Run(name, func(t *testing.T) {
			private, r := t.TempDir(), c.r
			r.places, r.Isolation = moved, sandbox.Namespaces
			var s sandbox.Spec
			if err := r.credentials(&s, private); err != nil {
				t.Fatal(err)
			}
			var want []sandbox.Mount
			files := map[string]string{}
			if c.source != "" {
				want = []sandbox.Mount{{Kind: spec.Bind, Source: c.source, Target: moved.cargo + "/credentials.toml"}}
				files["credentials.toml"] = ""
			}
			if diff := cmp.Diff(want, s.Mounts); diff != "" {
				t.Errorf("mounts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(files, list(t, private)); diff != "" {
				t.Errorf("copied (-want +got):\n%s", diff)
			}
			private = t.TempDir()
			r.Isolation = sandbox.Landlock
			if err := r.credentials(&s, private); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.Readlink(filepath.Join(private, "credentials.toml")); got != c.source {
				t.Errorf("a link to %q, want %q", got, c.source)
			}
		})
	}
	r := &Request{CargoHome: home(t, map[string]string{"credentials.toml/x": ""}), places: moved}
	if err := r.credentials(&sandbox.Spec{}, t.TempDir()); err == nil {
		t.Error("credentials that cannot be read are passed over")
	}
}

// The configurations of a root are covered, all of them, and what is left of
// them comes in cargo's order: the nearest wins, so it is last.
func TestProjectConfig(t *testing.T) {
	root := home(t, map[string]string{
		".cargo/config.toml":     "include = [\"more/in.toml\", \"../../out.toml\"]\n[source.dir]\ndirectory = \"vendor\"\n[alias]\nx = \"y\"\n",
		".cargo/more/in.toml":    "[source.dir]\ndirectory = \"beaten\"\n[source.local]\nlocal-registry = \"registry\"\n[net]\ngit-fetch-with-cli = true\n",
		"../out.toml":            "[net]\nretry = 9\n",
		"a/.cargo/config":        "[net]\nretry = 1\n",
		"a/.cargo/config.toml":   "[net]\nretry = 2\n",
		"a/b/.cargo/config.toml": "[net]\nretry = 3\n",
		"a/b/c/.cargo/config":    "[net]\nretry = 4\n", // below the workspace
		"z/.cargo/config":        "[net]\nretry = 5\n",
	})
	private := t.TempDir()
	r := &Request{Root: root, Workspace: "a/b", places: moved}
	var s sandbox.Spec
	if err := r.projectConfig(&s, private); err != nil {
		t.Fatal(err)
	}
	var covered []string
	for _, m := range s.Mounts {
		if m.Kind != spec.Cover {
			t.Errorf("%+v covers nothing", m)
		}
		covered = append(covered, m.Target)
	}
	want := []string{moved.root + "/a/b/.cargo/config.toml", moved.root + "/a/.cargo/config", moved.root + "/a/.cargo/config.toml", moved.root + "/.cargo/config.toml"}
	if diff := cmp.Diff(want, covered); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	files := list(t, private)
	var seen []string
	for i := 0; i+1 < len(r.project); i += 2 {
		if r.project[i] != "--config" {
			t.Fatalf("arguments %q", r.project)
		}
		seen = append(seen, files[filepath.Base(r.project[i+1])])
	}
	wantSeen := []string{
		fmt.Sprintf("[net]\n[source]\n[source.dir]\ndirectory = '%s/vendor'\n\n[source.local]\nlocal-registry = '%s/.cargo/registry'\n", moved.root, moved.root), "[net]\nretry = 1\n", "[net]\nretry = 3\n",
	}
	if diff := cmp.Diff(wantSeen, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if len(files) != 3 {
		t.Errorf("%d files for %d arguments", len(files), len(r.project))
	}
}

// A configuration that is a link out of the root, or that cannot be read, stops
// the fetch.
func TestProjectConfigRefuses(t *testing.T) {
	root := home(t, map[string]string{".cargo/x": "", "../outside.toml": "[net]\nretry = 1\n"})
	if err := os.Symlink("../../outside.toml", filepath.Join(root, ".cargo", "config.toml")); err != nil {
		t.Fatal(err)
	}
	if err := (&Request{Root: root, Workspace: ".", places: moved}).projectConfig(&sandbox.Spec{}, t.TempDir()); err == nil {
		t.Error("a link out of the root was followed")
	}
	for _, files := range []map[string]string{{".cargo/config.toml/x": ""}, {".cargo/config.toml": "[net"}} {
		if err := (&Request{Root: home(t, files), Workspace: ".", places: moved}).projectConfig(&sandbox.Spec{}, t.TempDir()); err == nil {
			t.Errorf("%v was passed over", files)
		}
	}
}
