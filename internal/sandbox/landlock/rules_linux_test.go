package landlock

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRulesOfOthers: what lies beside a hidden place and goes away while the rules are
// made has none, and ends nothing; what was asked for by name has to be there.
func TestRulesOfOthers(t *testing.T) {
	dir := t.TempDir()
	place := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"a", "b", "c/d", "hidden/x"} {
		if err := os.MkdirAll(place(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := spare(rule{Path: dir, Access: list | read}, []string{place("hidden"), place("c/e")})
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else works in there.
	if err := os.Remove(place("a")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(place("b")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("c", place("b")); err != nil {
		t.Fatal(err)
	}
	rules, err = identify(rules)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rules {
		got = append(got, r.Path)
	}
	if diff := cmp.Diff([]string{dir, place("c"), place("c/d")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := os.RemoveAll(place("c")); err != nil {
		t.Fatal(err)
	}
	for _, r := range rules[1:] {
		if err := r.add(-1, minABI); err != nil {
			t.Errorf("`%s`, which has gone away: %v", r.Path, err)
		}
	}
	if _, err := identify([]rule{{Path: place("c"), Access: read}}); err == nil {
		t.Error("what was asked for by name, and is not there, has a rule")
	}
}
