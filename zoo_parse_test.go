//go:build linux

package hermetic_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestZooParseRefuses(t *testing.T) {
	const good = `title = "it does"
guilty = "p"
unit = "library"
first = "p/libp.rmeta"
cause = "clock"
exposed = "no"
outcome = "cured"
`
	if _, err := parseExhibit("p", []byte(good+"-- guilty/src/lib.rs --\n")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"an unknown key", "title", "tittle", "strict mode"},
		{"no title", "it does", "", "no `title`"},
		{"another package", `guilty = "p"`, `guilty = "q"`, "neither the one of the file's name"},
		{"a guilty program", `guilty = "p"`, `guilty = "app"`, "a program is guilty as `app`"},
		{"a unit", "library", "linker", "`linker` is no unit"},
		{"a dimension", "clock", "moon", "`moon` is no dimension"},
		{"a way to expose", `"no"`, `"never"`, "neither no nor plain"},
		{"an outcome", "cured", "healed", "none of cured"},
		{"an open one without a reason", "cured", "open", "none of cured"},
		{"a cured one with a reason", "cured", "cured: so", "none of cured"},
		{"no artifact", "p/libp.rmeta", "libp.rmeta", "not PACKAGE/FILE"},
		{"a need", "unit", "needs = [\"luck\"]\nunit", "`luck` is nothing that can be needed"},
		{"a section outside", "\n", "\n", "section `../lib.rs`"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(good, test.old, test.new, 1)
			if test.old == test.new {
				text += "-- ../lib.rs --\n"
			}
			x, err := parseExhibit("p", []byte(text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error `%v` does not say `%s`, exhibit %v", err, test.want, x)
			}
		})
	}
}

func TestZooArtifactsOf(t *testing.T) {
	dir, names := t.TempDir(), map[string]string{}
	for _, name := range []string{
		"app", "app.d", "deps/app-0123456789abcdef", "deps/app-0123456789abcdef.d",
		"deps/libtwo_words-0123456789abcdef.rlib", "deps/libtwo_words-0123456789abcdef.rmeta", "deps/libm-0123456789abcdef.so",
		"build/two-words-0123456789abcdef/build-script-build", "build/two-words-0123456789abcdef/build_script_build-0123456789abcdef",
		"build/two-words-fedcba9876543210/out/a/b", "build/two-words-fedcba9876543210/output",
		"build/two-words-fedcba9876543210/root-output", "build/two-words-fedcba9876543210/stderr", ".fingerprint/x/y", "incremental/z",
	} {
		writeNew(t, filepath.Join(dir, name), "x", 0o644)
	}
	found, err := artifactsOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	stages := []string{"script", "out", "output", "metadata", "library", "program"}
	for key, a := range found {
		names[key] = stages[a.stage]
	}
	want := map[string]string{
		"app/app": "program", "two-words/libtwo_words.rlib": "library", "two-words/libtwo_words.rmeta": "metadata", "m/libm.so": "library",
		"two-words/build-script-build": "script", "two-words/out/a/b": "out", "two-words/output": "output",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	writeNew(t, filepath.Join(dir, "deps/app-fedcba9876543210"), "x", 0o644)
	if _, err := artifactsOf(dir); err == nil || !strings.Contains(err.Error(), "`app/app` is there twice") {
		t.Errorf("two artifacts of one name: %v", err)
	}
}

func TestZooDiffering(t *testing.T) {
	lockfile := filepath.Join(t.TempDir(), "Cargo.lock")
	text := "version = 4\n[[package]]\nname = \"app\"\ndependencies = [\"aaa\", \"zzz\"]\n" +
		"[[package]]\nname = \"aaa\"\ndependencies = [\"zzz\"]\n[[package]]\nname = \"zzz\"\n[[package]]\nname = \"calm\"\n"
	if err := os.WriteFile(lockfile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := readGraph(lockfile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"app": 2, "aaa": 1, "zzz": 0, "calm": 0}, g.depths()); diff != "" {
		t.Error(diff)
	}
	reached := map[string]bool{"app": g.reaches("app", "zzz"), "zzz": g.reaches("zzz", "zzz"), "calm": g.reaches("calm", "zzz"), "down": g.reaches("zzz", "app")}
	if diff := cmp.Diff(map[string]bool{"app": true, "zzz": true, "calm": false, "down": false}, reached); diff != "" {
		t.Error(diff)
	}
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	one := map[string]artifact{
		"app/app":      {"app", "app", stageProgram, "1", at(9)},
		"aaa/out/x":    {"aaa", "out/x", stageOutDir, "1", at(1)},
		"zzz/out/b":    {"zzz", "out/b", stageOutDir, "1", at(4)},
		"zzz/out/c":    {"zzz", "out/c", stageOutDir, "1", at(3)},
		"zzz/libz":     {"zzz", "libz", stageLibrary, "1", at(2)},
		"calm/libcalm": {"calm", "libcalm", stageLibrary, "1", at(0)},
	}
	other := map[string]artifact{
		"calm/libcalm": {"calm", "libcalm", stageLibrary, "1", at(7)},
		"zzz/more":     {"zzz", "more", stageProgram, "1", at(0)},
	}
	for name, a := range one {
		if a.sum = "2"; name != "calm/libcalm" && name != "zzz/libz" {
			other[name] = a
		}
	}
	want := []string{"zzz/out/c", "zzz/out/b", "zzz/libz", "zzz/more", "aaa/out/x", "app/app"}
	if diff := cmp.Diff(want, differing(one, other, g.depths())); diff != "" {
		t.Error(diff)
	}
	if list := differing(one, one, g.depths()); list != nil {
		t.Errorf("a build differs from itself: %v", list)
	}
}
