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
			t.Run("project", func(t *testing.T) { namedProject(t, name) })
			t.Run("home", func(t *testing.T) {
				home := filepath.Join(t.TempDir(), name)
				dir := livingProject(t, t.TempDir(), greeting)
				succeeds(t, dir, livingEnv(t, "HOME="+home), "build")
			})
			t.Run("store", func(t *testing.T) { namedStore(t, name) })
			t.Run("files", func(t *testing.T) { namedFiles(t, name) })
		})
	}
}

// namedProject builds in a directory of that name, also with JSON messages, whose
// paths must be the directory's.
func namedProject(t *testing.T, name string) {
	dir := livingProject(t, filepath.Join(t.TempDir(), name), greeting)
	env := livingEnv(t)
	if !utf8.ValidString(name) {
		for _, args := range [][]string{{"build"}, {"build", "--message-format", "json"}, {"plan", "--format", "json"}, {"init"}} {
			out, code := hermetic(t, dir, env, args...)
			refusedByName(t, out, code, name)
		}
		if _, err := os.Lstat(filepath.Join(dir, "target")); err == nil {
			t.Error("something was made before it was refused")
		}
		return
	}
	if out := succeeds(t, dir, env, "run", "-q"); out != "hello from p\n" {
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
	// What cargo prints for people it prints raw, and ours says the same.
	if err := os.WriteFile(filepath.Join(dir, "src/main.rs"), []byte("fn main() { let x: () = 1; }"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, code := hermetic(t, dir, env, "build")
	if code != 101 || !strings.Contains(out, "("+dir+")") && !strings.Contains(name, "\x1b") {
		t.Errorf("exit code %d, want 101 and the place of the package:\n%q", code, out)
	}
}

// namedStore makes a store below a directory of that name.
func namedStore(t *testing.T, name string) {
	base := t.TempDir()
	t.Cleanup(func() { removeAll(base) }) // layers have no write permission
	cache := filepath.Join(base, name)
	env := livingEnv(t, "XDG_CACHE_HOME="+cache)
	dir := livingProject(t, t.TempDir(), greeting)
	if !utf8.ValidString(name) {
		out, code := hermetic(t, dir, env, "build")
		refusedByName(t, out, code, name)
		if _, err := os.Lstat(cache); err == nil {
			t.Error("something was made before it was refused")
		}
		return
	}
	succeeds(t, dir, env, "build")
}

// namedFiles has files and directories of that name in the root, and embeds one.
func namedFiles(t *testing.T, name string) {
	dir := livingProject(t, t.TempDir(), greeting)
	if err := os.MkdirAll(filepath.Join(dir, "data", name), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{name, filepath.Join("data", name, name)} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("content of it"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := livingEnv(t)
	if !utf8.ValidString(name) {
		for _, args := range [][]string{{"build"}, {"build", "--message-format", "json"}, {"plan", "--format", "json"}} {
			out, code := hermetic(t, dir, env, args...)
			refusedByName(t, out, code, name)
		}
		return
	}
	source := "fn main() { print!(\"{}\", include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data/\", NAME, \"/\", NAME))) }"
	source = strings.ReplaceAll(source, "NAME", rustString(name))
	if err := os.WriteFile(filepath.Join(dir, "src/main.rs"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := succeeds(t, dir, env, "run", "-q"); out != "content of it" {
		t.Errorf("%q", out)
	}
}

// rustString writes a string as Rust reads it.
func rustString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\x1b", `\x1b`).Replace(s) + `"`
}
