package compare_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

const program = "#include <stdio.h>\nint main(void) { puts(\"built \" __DATE__ \" \" __TIME__); return 0; }\n"

// TestCDate compiles with two clocks: gcc takes them from SOURCE_DATE_EPOCH.
func TestCDate(t *testing.T) {
	need(t, "gcc")
	a, b := pair(t)
	for dir, epoch := range map[string]string{a: "1000000000", b: "1600000000"} {
		write(t, dir, map[string]string{"m.c": program})
		run(t, dir, []string{"SOURCE_DATE_EPOCH=" + epoch}, "gcc", "-c", "m.c")
		run(t, dir, nil, "gcc", "-Wl,--build-id=sha1", "m.o", "-o", "m")
	}
	way := []string{"ELF section .rodata", "bytes"}
	expect(t, differ(t, a, b, "m.o", compare.Options{}), finding{way, compare.Time, false, "built Sep  9 2001", "built Sep 13 2020"})
	linked := differ(t, a, b, "m", compare.Options{})
	expect(t, linked,
		finding{way, compare.Time, false, "built Sep  9 2001", "built Sep 13 2020"},
		finding{[]string{"ELF section .note.gnu.build-id", "ELF note build-id"}, compare.Derived, true, "", ""})
	if way := linked.Telling(1)[0]; way[len(way)-1].Kind != compare.KindBytes {
		t.Errorf("the telling finding is what follows from the time:\n%s", way[len(way)-1].Text())
	}
}

// TestCFunction changes one function, and finds it by its symbol.
func TestCFunction(t *testing.T) {
	need(t, "gcc")
	a, b := pair(t)
	for dir, n := range map[string]string{a: "17", b: "42"} {
		write(t, dir, map[string]string{"m.c": "int first(void) { return 1; }\nint second(void) { return " + n + "; }\nint third(void) { return 3; }\n"})
		run(t, dir, nil, "gcc", "-O1", "-shared", "-fPIC", "m.c", "-o", "libm.so")
	}
	d := differ(t, a, b, "libm.so", compare.Options{})
	for path := range d.Leaves() {
		if leaf := path[len(path)-1]; leaf.Place != nil && leaf.Place.Symbol == "second" {
			return
		}
	}
	t.Errorf("no finding in the function that differs:\n%s", d.Text())
}

// TestAr makes archives that keep times and modes, and one that does not.
func TestAr(t *testing.T) {
	need(t, "gcc", "ar")
	a, b := pair(t)
	for dir, when := range map[string]int64{a: 1000000000, b: 1600000000} {
		write(t, dir, map[string]string{"m.c": "int f(void) { return 1; }\n"})
		run(t, dir, nil, "gcc", "-c", "m.c", "-o", "a_member_with_a_long_name.o")
		object := filepath.Join(dir, "a_member_with_a_long_name.o")
		mode := os.FileMode(0o644)
		if dir == b {
			mode = 0o600
		}
		if err := os.Chmod(object, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(object, time.Time{}, time.Unix(when, 0)); err != nil {
			t.Fatal(err)
		}
		run(t, dir, nil, "ar", "rcSU", "kept.a", filepath.Base(object))
		run(t, dir, nil, "ar", "rcSD", "constant.a", filepath.Base(object))
	}
	d := differ(t, a, b, "kept.a", compare.Options{})
	expect(t, d,
		finding{[]string{"archive header time"}, compare.Time, true, "1000000000", "1600000000"},
		finding{[]string{"archive header mode"}, compare.Umask, true, "100644", "100600"})
	same, err := compare.Files("constant.a", open(t, filepath.Join(a, "constant.a")), open(t, filepath.Join(b, "constant.a")), compare.Options{})
	if err != nil || same != nil {
		t.Errorf("%v, %s", err, same.Text())
	}
}

// TestArchives makes tar, zip and gzip of files with two times.
func TestArchives(t *testing.T) {
	need(t, "tar", "zip", "gzip")
	a, b := pair(t)
	for dir, when := range map[string]int64{a: 1000000000, b: 1600000000} {
		write(t, dir, map[string]string{"data/one": "1\n", "data/two": "2\n"})
		for _, name := range []string{"data/one", "data/two", "data"} {
			if err := os.Chtimes(filepath.Join(dir, name), time.Time{}, time.Unix(when, 0)); err != nil {
				t.Fatal(err)
			}
		}
		run(t, dir, nil, "tar", "--sort=name", "-cf", "x.tar", "data")
		run(t, dir, nil, "tar", "--sort=name", "-czf", "x.tar.gz", "data")
		run(t, dir, nil, "zip", "-q", "-r", "x.zip", "data")
		run(t, dir, nil, "gzip", "-k", "data/one")
	}
	expect(t, differ(t, a, b, "x.tar", compare.Options{}), finding{[]string{"file x.tar", "archive header time"}, compare.Time, true, "2001-09-09", "2020-09-13"})
	expect(t, differ(t, a, b, "x.tar.gz", compare.Options{}), finding{[]string{"file x.tar.gz", "archive member content", "archive header time"}, compare.Time, true, "2001-09-09", "2020-09-13"})
	expect(t, differ(t, a, b, "x.zip", compare.Options{}), finding{[]string{"file x.zip", "archive header time"}, compare.Time, true, "2001-09-09", "2020-09-13"})
	expect(t, differ(t, a, b, "data/one.gz", compare.Options{}), finding{[]string{"archive header time"}, compare.Time, true, "1000000000", "1600000000"})
}
