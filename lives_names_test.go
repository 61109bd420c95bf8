//go:build linux

package hermetic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// oddNames are what a directory or a file may be called: by a person, by an
// attacker, by an archive from elsewhere.
var oddNames = []string{
	"with space", "new\nline", `quo"te's`, "co:lon", "per%20cent%", "sh$(x)`y`;z", `back\slash`, "esc\x1b[31m",
	"-dash", "com,ma", "equ=al", "ha#sh?", "[glob]*", "üñí", "not\xff\xfeutf8",
}

// greeting is a package with a program.
var greeting = map[string]string{"src/main.rs": `fn main() { println!("hello from {}", env!("CARGO_PKG_NAME")) }`}

// refusedByName demands a refusal that names what is odd, and nothing mangled.
func refusedByName(t *testing.T, out string, code int, name string) {
	t.Helper()
	if code != 111 || !strings.Contains(out, strings.Trim(strconv.Quote(name), `"`)) || !strings.Contains(out, "UTF-8") {
		t.Errorf("exit code %d, want 111 and a sentence that names %q:\n%q", code, name, out)
	}
	if !utf8.ValidString(out) || strings.ContainsRune(out, utf8.RuneError) {
		t.Errorf("mangled: %q", out)
	}
}

// TestLivesNames builds in and around odd names. Each works, or is refused by
// name.
func TestLivesNames(t *testing.T) {
	for i, name := range oddNames {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Logf("the name is %q", name)
			if utf8.ValidString(name) {
				named(t, name)
			} else {
				unsayable(t, name)
			}
		})
	}
}

// TestLivesNamedStore has every name that is text in the path of the store.
func TestLivesNamedStore(t *testing.T) {
	base := t.TempDir()
	t.Cleanup(func() { removeAll(base) }) // layers have no write permission
	cache := base
	for _, name := range oddNames {
		if utf8.ValidString(name) {
			cache = filepath.Join(cache, name)
		}
	}
	dir, env := livingProject(t, t.TempDir(), greeting), livingEnv(t, "XDG_CACHE_HOME="+cache)
	for range 2 { // made, and found again
		if out := succeeds(t, dir, env, "run", "-q"); out != "hello from p\n" {
			t.Errorf("%q", out)
		}
	}
}

// named builds in a directory of that name, with such a home and such files, one
// of which it embeds. JSON messages must name the directory.
func named(t *testing.T, name string) {
	dir := livingProject(t, filepath.Join(t.TempDir(), name), map[string]string{
		name:                              "",
		filepath.Join("data", name, name): "content of it",
		"src/main.rs": strings.ReplaceAll(`fn main() {
	print!("{}", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", NAME, "/", NAME)))
}`, "NAME", rustString(name)),
	})
	env := livingEnv(t, "HOME="+filepath.Join(t.TempDir(), name))
	if out := succeeds(t, dir, env, "run", "-q"); out != "content of it" {
		t.Errorf("%q", out)
	}
	found := false
	for line := range strings.Lines(succeeds(t, dir, env, "build", "-q", "--message-format", "json")) {
		var message struct{ Executable string }
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Errorf("%v: %q", err, line)
		}
		found = found || message.Executable == filepath.Join(dir, "target/hermetic/debug/p")
	}
	if !found {
		t.Error("no message names the program at its place")
	}
	// Cargo prints the directory as it is, and so do we.
	touch(t, filepath.Join(dir, "src/main.rs"))
	if out, code := hermetic(t, dir, env, "build"); code != 101 || !strings.Contains(out, "p v0.1.0 ("+dir+")") {
		t.Errorf("exit code %d, want 101 and the place of the package:\n%q", code, out)
	}
}

// unsayable has a name that no text can hold, in each place.
func unsayable(t *testing.T, name string) {
	refused := func(dir string, env []string) {
		t.Helper()
		for _, args := range [][]string{{"build"}, {"build", "--message-format", "json"}, {"plan", "--format", "json"}, {"init"}} {
			out, code := hermetic(t, dir, env, args...)
			refusedByName(t, out, code, name)
		}
		if _, err := os.Lstat(filepath.Join(dir, "target")); err == nil {
			t.Error("something was made before it was refused")
		}
	}
	plain := livingProject(t, t.TempDir(), greeting)
	cache := filepath.Join(t.TempDir(), name)
	refused(plain, livingEnv(t, "XDG_CACHE_HOME="+cache))
	if _, err := os.Lstat(cache); err == nil {
		t.Error("something was made in a store that was refused")
	}
	refused(livingProject(t, filepath.Join(t.TempDir(), name), greeting), livingEnv(t))
	succeeds(t, plain, livingEnv(t, "HOME="+filepath.Join(t.TempDir(), name)), "build")
	touch(t, filepath.Join(plain, name))
	out, code := hermetic(t, plain, livingEnv(t), "build", "--message-format", "json")
	refusedByName(t, out, code, name)
}

// rustString writes a string as Rust reads it.
func rustString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\x1b", `\x1b`).Replace(s) + `"`
}
