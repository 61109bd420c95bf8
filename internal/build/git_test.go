package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckout: a root is as it was committed, or it is not, whatever git ignores and
// whatever its configuration wants to start.
func TestCheckout(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	top := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", top, "-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(top, "project")
	h := &Host{Env: map[string]string{"PATH": os.Getenv("PATH")}}
	git("init", "-q")
	if c := CheckoutOf(t.Context(), h, top); c != nil {
		t.Errorf("without a commit: %+v", c)
	}
	write("project/Cargo.toml", "a\n")
	write("project/src/lib.rs", "b\n")
	write("project/.gitignore", "*.secret\n/target\n")
	write("other", "c\n")
	if err := os.Symlink("src/lib.rs", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	git("add", "-A")
	git("commit", "-q", "-m", "first")
	git("remote", "add", "origin", "https://example.org/a.git")
	// A filter would be started by `git status`.
	mark := filepath.Join(t.TempDir(), "started")
	git("config", "filter.evil.clean", "touch "+mark)
	git("config", "core.fsmonitor", "touch "+mark)
	write(".git/info/attributes", "* filter=evil\n")
	want := Checkout{Remote: "https://example.org/a.git", Commit: git("rev-parse", "HEAD"), Path: "project", Clean: true}
	for _, c := range []struct {
		name   string
		change func()
		clean  bool
	}{
		{"as committed", func() {}, true},
		{"outside the root", func() { write("other", "changed\n") }, true},
		{"what was built", func() { write("project/target/x", "x") }, true},
		{"an ignored file", func() { write("project/a.secret", "x") }, false},
		{"again without it", func() { os.Remove(filepath.Join(root, "a.secret")) }, true},
		{"a changed file", func() { write("project/src/lib.rs", "B\n") }, false},
		{"again as it was", func() { write("project/src/lib.rs", "b\n") }, true},
		{"another mode", func() { os.Chmod(filepath.Join(root, "src/lib.rs"), 0o755) }, false},
		{"the mode as it was", func() { os.Chmod(filepath.Join(root, "src/lib.rs"), 0o644) }, true},
		{"a file less", func() { os.Remove(filepath.Join(root, "link")) }, false},
	} {
		c.change()
		want.Clean = c.clean
		if got := CheckoutOf(t.Context(), h, root); got == nil || *got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
	write("project/src/lib.rs", "B\n")
	write("project/a.secret", "x")
	names := func(most int) (list []string) {
		edited, err := EditedSince(t.Context(), h, top, want.Commit, "project", root, most)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edited {
			list = append(list, fmt.Sprintf("%s %v %v", e.Name, e.Committed != "", e.Here != ""))
		}
		return list
	}
	if diff := cmp.Diff([]string{"a.secret false true", "link true false", "src/lib.rs true true"}, names(9)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.secret false true"}, names(1)); diff != "" {
		t.Error(diff)
	}
	if list, err := EditedSince(t.Context(), h, top, strings.Repeat("0", 40), "project", root, 9); err == nil {
		t.Errorf("since a commit that is not there: %v", list)
	}
	write("project/src/lib.rs", "b\n")
	if err := os.Remove(filepath.Join(root, "a.secret")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("src/lib.rs", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if got := CheckoutOf(t.Context(), h, top); got == nil || got.Path != "" || got.Clean {
		t.Errorf("the top, with what was built below it: %+v", got)
	}
	if err := os.RemoveAll(filepath.Join(root, "target")); err != nil {
		t.Fatal(err)
	}
	write("other", "c\n")
	if got := CheckoutOf(t.Context(), h, top); got == nil || got.Path != "" || !got.Clean {
		t.Errorf("the top, as it was committed: %+v", got)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program of the repository's configuration was started")
	}
}
