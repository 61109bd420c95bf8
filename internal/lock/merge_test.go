package lock

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// with is the sample with one more package, as a branch that asks for it locks it.
func with(name string) *Lock {
	l := sample()
	l.Policy = digest.Of([]byte("policy with " + name))
	l.System.Packages = append(l.System.Packages, Package{name, "1.0"})
	l.System.Layer = digest.Of([]byte("system with " + name))
	slices.SortFunc(l.System.Packages, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return l
}

// merge lets git merge two locks that come from the sample. It returns what git
// wrote, and whether it takes that for merged.
func merge(t *testing.T, a, b *Lock, option ...string) (string, bool) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	for name, l := range map[string]*Lock{"base": sample(), "ours": a, "theirs": b} {
		if err := os.WriteFile(filepath.Join(dir, name), l.Encode(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"merge-file", "--stdout", "-L", "HEAD", "-L", "base", "-L", "other"}, option...)
	cmd := exec.Command(git, append(args, "ours", "base", "theirs")...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return string(out), err == nil
}

const why = "\nnote: a digest names everything below it, so nobody but this program can tell that of both changes together" +
	"\nhelp: to make it anew, run `cargo hermetic lock --update`"

// Two branches that each added a package: the packages merge line by line, the
// digests do not, and what is in between is refused with its lines.
func TestMergeOfTwoPackages(t *testing.T) {
	a, b := with("aalib"), with("zlib1g")
	names := "packages = [\n    \"aalib 1.0\",\n    \"binutils 2.40-2\",\n    \"gcc 4:12.2.0-3\",\n" +
		"    \"gcc-12 12.2.0-14+deb12u1\",\n    \"libc6:i386 2.36-9~1\",\n    \"zlib1g 1.0\",\n]\n"
	merged := with("aalib") // and its digests, because it is the side of the current branch
	merged.System.Packages = append(merged.System.Packages, Package{"zlib1g", "1.0"})
	for name, c := range map[string]struct {
		option []string
		clean  bool
		want   string
	}{
		"as git does": {nil, false,
			"112 `hermetic.lock` holds the markers of a merge conflict\n--> hermetic.lock:6\n--> hermetic.lock:39" + why},
		"with the base": {[]string{"--diff3"}, false,
			"112 `hermetic.lock` holds the markers of a merge conflict\n--> hermetic.lock:6\n--> hermetic.lock:41" + why},
		"keeping both sides": {[]string{"--union"}, true,
			"112 `hermetic.lock` holds `policy.digest` twice, as a merge leaves it that keeps both sides\n--> hermetic.lock:6\n--> hermetic.lock:7" + why},
	} {
		t.Run(name, func(t *testing.T) {
			text, clean := merge(t, a, b, c.option...)
			if diff := cmp.Diff(c.clean, clean); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(text, names) {
				t.Error("the packages of both branches are not there:", text)
			}
			l, err := Parse("hermetic.lock", []byte(text))
			if diff := cmp.Diff(c.want, report(err)); diff != "" || l != nil {
				t.Error(l, diff)
			}
			if diff := cmp.Diff(merged, Merged("hermetic.lock", []byte(text)), byValue); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One branch changed the toolchain and the other the system, or both did the
// same: git merges the lock, and the result is a lock.
func TestMergeWithoutConflict(t *testing.T) {
	rust := sample()
	rust.Toolchain.Channel, rust.Toolchain.Release, rust.Toolchain.Commit = "1.96.0", "1.96.0", "aaaaaaaaa"
	rust.Toolchain.Layer = digest.Of([]byte("other toolchain"))
	both := with("zlib1g")
	both.Toolchain = rust.Toolchain
	for name, c := range map[string]struct{ a, b, want *Lock }{
		"toolchain and system":   {rust, with("zlib1g"), both},
		"the same on both sides": {with("zlib1g"), with("zlib1g"), with("zlib1g")},
		"only here":              {with("zlib1g"), sample(), with("zlib1g")},
	} {
		t.Run(name, func(t *testing.T) {
			text, clean := merge(t, c.a, c.b)
			got, err := Parse("hermetic.lock", []byte(text))
			if diff := cmp.Diff(c.want, got, byValue); diff != "" || err != nil || !clean {
				t.Error(err, clean, diff)
			}
		})
	}
}

// Neighbours are a conflict in the list itself, and what can be read of it is the
// side of the current branch.
func TestMergeOfNeighbours(t *testing.T) {
	a, b := with("zlib1g"), with("zstd")
	text, clean := merge(t, a, b)
	if clean {
		t.Fatal("git took neighbours for merged")
	}
	_, err := Parse("hermetic.lock", []byte(text))
	want := "112 `hermetic.lock` holds the markers of a merge conflict\n--> hermetic.lock:6\n--> hermetic.lock:36" + why
	if diff := cmp.Diff(want, report(err)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(a, Merged("hermetic.lock", []byte(text)), byValue); diff != "" {
		t.Error(diff)
	}
	if l := Merged("hermetic.lock", []byte(strings.Replace(text, "release", "relase", 1))); l != nil {
		t.Error("a lock was read of what is none:", l)
	}
}
