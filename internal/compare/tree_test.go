package compare_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

func TestTrees(t *testing.T) {
	a, b := pair(t)
	write(t, a, map[string]string{"same": "1", "content": "x 1", "gone": "1", "mode": "1", "kind": "1", "deps/libfoo-0123456789abcdef.d": "1\n", "build/foo-0123456789abcdef/out": "1\n"})
	write(t, b, map[string]string{"same": "1", "content": "x 2", "new/file": "1", "mode": "1", "kind/file": "1", "deps/libfoo-fedcba9876543210.d": "2\n", "build/foo-fedcba9876543210/out": "2\n"})
	if err := os.Chmod(filepath.Join(b, "mode"), 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, target := range map[string]string{a: "/tmp/aa/x", b: "/tmp/bb/x"} {
		if err := os.Symlink(target, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
	}
	rootA, errA := os.OpenRoot(a)
	rootB, errB := os.OpenRoot(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	defer rootA.Close()
	defer rootB.Close()
	all, err := compare.Trees(rootA.FS(), rootB.FS(), compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, d := range all {
		got.WriteString(report(t, d))
	}
	want := "renamed `build/foo-0123456789abcdef`\n  - build/foo-[0123456789abcdef]\n  + build/foo-[fedcba9876543210]\n" +
		"  looks like derived: a hash that rustc or cargo puts into names: `-0123456789abcdef` and `-fedcba9876543210`\n" +
		"file `build/foo-0123456789abcdef/out` (text)\n  line 1\n    - [1]\n    + [2]\n" +
		"file `content` (text)\n  line 1\n    - x [1]\n    + x [2]\n" +
		"renamed `deps/libfoo-0123456789abcdef.d`\n  - deps/libfoo-[0123456789abcdef].d\n  + deps/libfoo-[fedcba9876543210].d\n" +
		"  looks like derived: a hash that rustc or cargo puts into names: `-0123456789abcdef` and `-fedcba9876543210`\n" +
		"file `deps/libfoo-0123456789abcdef.d` (text)\n  line 1\n    - [1]\n    + [2]\n" +
		"only on one side `gone`\n  - [a file]\n" +
		"file type `kind`\n  - [a file]\n  + [a directory]\n" +
		"link `link`\n  - /tmp/[aa]/x\n  + /tmp/[bb]/x\n  looks like absolute path: `/tmp/aa/x` in the first, `/tmp/bb/x` in the second\n" +
		"file mode `mode`\n  - [-rw-r--r--]\n  + [-rw-------]\n  looks like umask: permissions of a file\n" +
		"only on one side `new`\n  + [a directory]\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestTreesEqual is the control, on a file system without offsets too.
func TestTreesEqual(t *testing.T) {
	a := fstest.MapFS{"a/b": {Data: []byte("1")}, "c": {Data: []byte("2")}}
	all, err := compare.Trees(a, a, compare.Options{})
	if err != nil || all != nil {
		t.Errorf("%v, %v", all, err)
	}
}

// TestTreesError asks for a file that cannot be read: an error, and no finding.
func TestTreesError(t *testing.T) {
	a := fstest.MapFS{"a": {Data: []byte("1")}}
	if all, err := compare.Trees(a, os.DirFS(filepath.Join(t.TempDir(), "none")), compare.Options{}); err == nil {
		t.Errorf("no error, and %v", all)
	}
}

func TestTelling(t *testing.T) {
	leaf := func(name string, known bool, class compare.Class) *compare.Difference {
		d := &compare.Difference{Name: name}
		if class != "" {
			d.Causes = []compare.Cause{{Class: class, Known: known}}
		}
		return d
	}
	for _, test := range []struct {
		leaves []*compare.Difference
		want   string
	}{
		{[]*compare.Difference{leaf("derived", true, compare.Derived), leaf("nothing", false, ""), leaf("guess", false, compare.Time), leaf("known", true, compare.Path), leaf("known later", true, compare.Time)}, "known"},
		{[]*compare.Difference{leaf("nothing", false, ""), leaf("guess", false, compare.Time)}, "guess"},
		{[]*compare.Difference{leaf("derived", false, compare.Derived), leaf("nothing", false, "")}, "nothing"},
		{[]*compare.Difference{leaf("derived", true, compare.Derived)}, "derived"},
	} {
		way := (&compare.Difference{Inside: test.leaves}).Telling()
		if got := way[len(way)-1].Name; got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}
