package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module lays a module of its own, whose tests end in every way there is.
func module(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
}

const imports = "package p\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar _ = os.Exit\n\n"

// TestRuns runs the real `go test` and compares the counts, and the lines that
// have to be there.
func TestRuns(t *testing.T) {
	for _, test := range []struct {
		name, code string
		ok         bool
		closing    string
		lines      []string
	}{
		{
			"passes", `func TestA(t *testing.T) {}`, true,
			"1 passed, 0 failed, 0 skipped", []string{"ok   example (ran 1 in "},
		},
		{
			"a skip has its reason", "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Skipf(\"no %s here\", \"registry\") }", true,
			"1 passed, 0 failed, 1 skipped", []string{"     example TestB: no registry here\n"},
		},
		{
			"a subtest counts, its parent does not", "func TestA(t *testing.T) {\n\tt.Run(\"x\", func(t *testing.T) {})\n\tt.Run(\"y\", func(t *testing.T) { t.Error(\"wrong\") })\n}", false,
			"1 passed, 1 failed, 0 skipped", []string{"FAIL example TestA/y\n", "wrong\n"},
		},
		{
			"a parent that fails alone", "func TestA(t *testing.T) {\n\tt.Run(\"x\", func(t *testing.T) {})\n\tt.Fatal(\"late\")\n}", false,
			"1 passed, 1 failed, 0 skipped", []string{"FAIL example TestA\n", "late\n"},
		},
		{
			"a panic", "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { panic(\"boom\") }", false,
			"1 passed, 1 failed, 0 skipped", []string{"FAIL example TestB\n", "boom"},
		},
		{
			"an exit in the middle", `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) { os.Exit(3) }) }`, false,
			"0 passed, 1 failed, 0 skipped", []string{"FAIL example TestA/x\n"},
		},
		{
			"a TestMain that fails", "func TestA(t *testing.T) {}\nfunc TestMain(m *testing.M) { m.Run(); os.Exit(1) }", false,
			"1 passed, 1 failed, 0 skipped", []string{"FAIL example\n"},
		},
		{
			"does not compile", `func TestA(t *testing.T) { undefined() }`, false,
			"0 passed, 1 failed, 0 skipped", []string{"undefined: undefined"},
		},
		{
			"only skips", `func TestA(t *testing.T) { t.Skip() }`, false,
			"0 passed, 0 failed, 1 skipped", []string{"     example TestA: no reason given\n"},
		},
		{
			"a skip with a transcript", "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) {\n\tdefer t.Log(\"WORK=/tmp\\nPATH=/bin\")\n\tt.Skip(\"two\\nlines\")\n}", true,
			"1 passed, 0 failed, 1 skipped", []string{"     example TestB: two; lines\n"},
		},
		{"has no tests", "var _ *testing.T", false, "0 passed, 0 failed, 0 skipped", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			module(t, map[string]string{"p_test.go": imports + test.code})
			var out, complaints strings.Builder
			ok, err := runAll([]string{"--", "./..."}, &out, &complaints)
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out.String(), complaints.String())
			}
			if ok != test.ok {
				t.Errorf("ok = %v, want %v\n%s", ok, test.ok, out.String())
			}
			all := out.String()
			last := all[strings.LastIndexByte(strings.TrimSuffix(all, "\n"), '\n')+1:]
			if diff := cmp.Diff(test.closing+"\n", last); diff != "" {
				t.Errorf("closing line (-want +got):\n%s\n%s", diff, all)
			}
			for _, line := range test.lines {
				if !strings.Contains(all, line) {
					t.Errorf("no %q in:\n%s", line, all)
				}
			}
		})
	}
}

// TestSecondRun adds two runs up, and reports one that go itself refuses.
func TestSecondRun(t *testing.T) {
	module(t, map[string]string{"a/p_test.go": imports + "func TestA(t *testing.T) {\n\tif os.Getenv(\"KIND\") != \"first\" {\n\t\tt.Error(\"no variable\")\n\t}\n}", "b/p_test.go": imports + "func TestB(t *testing.T) {}"})
	var out strings.Builder
	ok, err := runAll([]string{"--", "KIND=first", "-count=1", "./a", "--", "./b"}, &out, &out)
	if err != nil || !ok || !strings.HasSuffix(out.String(), "\n2 passed, 0 failed, 0 skipped\n") {
		t.Errorf("ok = %v, err = %v\n%s", ok, err, out.String())
	}
	out.Reset()
	ok, err = runAll([]string{"--", "KIND=first", "./a", "--", "-count=none", "./b"}, &out, &out)
	if err == nil || ok {
		t.Errorf("a run that go refuses: ok = %v, err = %v\n%s", ok, err, out.String())
	}
	for _, args := range [][]string{nil, {"./a"}, {"--"}, {"--", "KIND=first"}} {
		if ok, err := runAll(args, &out, &out); err == nil || ok {
			t.Errorf("the arguments %q are accepted", args)
		}
	}
}

// TestStreamCutShort fails what the stream leaves open.
func TestStreamCutShort(t *testing.T) {
	const stream = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"working\n"}
`
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(strings.NewReader(stream)); err == nil {
		t.Error("no error")
	}
	const want = "FAIL p TestA\n     working\n     it did not finish\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.failed != 1 {
		t.Errorf("%d failed, want 1", r.failed)
	}
	if err := newReport(&out).read(strings.NewReader("{\n")); err == nil {
		t.Error("half an event is accepted")
	}
}

// TestTold shows what is seen of a failure: of a long one the end first, and nothing of go's
// frame or of a script's variables.
func TestTold(t *testing.T) {
	const short = "=== RUN   TestA\n    a_test.go:1: early\n    testscript.go:9: WORK=/tmp\n        PATH=/bin\n        \n        > exec false\n"
	const want = "    a_test.go:1: early\n        > exec false\n"
	if diff := cmp.Diff(want, told(short)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	long := told(short + strings.Repeat("more\n", longOutput) + "the last\n")
	beginning, whole, ok := strings.Cut(long, "the whole:\n")
	if !ok || strings.Count(beginning, "\n") != endOutput+1 || !strings.HasSuffix(beginning, "more\nthe last\n") || !strings.HasPrefix(whole, want) {
		t.Error(long)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"Action":"run","Package":"p","Test":"TestA/x"}` + "\n" + `{"Action":"fail","Package":"p"}`)
	f.Add("# p\nsyntax error\n")
	f.Add(`{"Action":"skip","Package":"p","Test":"/"}`)
	f.Fuzz(func(t *testing.T, stream string) {
		var out strings.Builder
		r := newReport(&out)
		_ = r.read(strings.NewReader(stream)) // whatever it says, it must not break
		if err := r.finish(); err != nil || !strings.HasSuffix(out.String(), " skipped\n") {
			t.Errorf("no closing line: %v\n%s", err, out.String())
		}
	})
}

// TestLongest: tests that took long are listed, the longest first, and not those that
// only hold others.
func TestLongest(t *testing.T) {
	var out strings.Builder
	r := newReport(&out)
	stream := `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"pass","Package":"p","Test":"TestA/x","Elapsed":6.5}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":6.6}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":61}
{"Action":"run","Package":"p","Test":"TestC"}
{"Action":"pass","Package":"p","Test":"TestC","Elapsed":0.5}
{"Action":"pass","Package":"p","Elapsed":70}
`
	if err := r.read(strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	const want = "\nthe longest, in seconds:\n      61.0  p TestB\n       6.5  p TestA/x\n\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in\n%s", want, out.String())
	}
}
