package compare_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// need skips if a program that makes real artifacts is missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("this host has no %s to make an artifact with", p)
		}
	}
}

// run runs a program in a directory, with more variables.
func run(t *testing.T, dir string, env []string, argv ...string) {
	t.Helper()
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// open is a file as an artifact.
func open(t testing.TB, name string) compare.Artifact {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return compare.Artifact{ReaderAt: f, Size: info.Size()}
}

// pair is two directories in which the same is built, with names of unequal
// length.
func pair(t *testing.T) (a, b string) {
	t.Helper()
	dir := t.TempDir()
	a, b = filepath.Join(dir, "one"), filepath.Join(dir, "another", "place")
	for _, d := range []string{a, b} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

// differ compares two files that are known to differ.
func differ(t *testing.T, a, b, name string, o compare.Options) *compare.Difference {
	t.Helper()
	d, err := compare.Files(name, open(t, filepath.Join(a, name)), open(t, filepath.Join(b, name)), o)
	if err != nil {
		t.Fatal(err)
	}
	if d == nil {
		t.Fatalf("%s does not differ: the test proves nothing", name)
	}
	return d
}

// finding is what a test expects among the leaves: the kinds and names on the
// way to it, a cause, and parts of both excerpts. Empty means any.
type finding struct {
	way   []string // each a part of `kind name` of a finding, in order
	class compare.Class
	known bool
	a, b  string // a part of the text with its context
}

func (f finding) in(d *compare.Difference) bool {
	for path := range d.Leaves() {
		if f.matches(path) {
			return true
		}
	}
	return false
}

func (f finding) matches(path []*compare.Difference) bool {
	at := 0
	var causes []compare.Cause
	for _, d := range path {
		causes = append(causes, d.Causes...)
		for at < len(f.way) && strings.Contains(string(d.Kind)+" "+d.Name, f.way[at]) {
			at++
		}
	}
	if at < len(f.way) {
		return false
	}
	leaf := path[len(path)-1]
	if !holds(leaf.A, f.a) || !holds(leaf.B, f.b) {
		return false
	}
	for _, c := range causes {
		if c.Class == f.class && (c.Known || !f.known) {
			return true
		}
	}
	return f.class == ""
}

func holds(e *compare.Excerpt, text string) bool {
	return text == "" || e != nil && strings.Contains(e.Before+e.Text+e.After, text)
}

// expect reports the findings that are missing.
func expect(t *testing.T, d *compare.Difference, want ...finding) {
	t.Helper()
	for _, f := range want {
		if !f.in(d) {
			t.Errorf("no finding like %+v in\n%s", f, d.Text())
		}
	}
}
