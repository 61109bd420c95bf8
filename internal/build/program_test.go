//go:build !windows

// Paths are written as on Unix.

package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// collected is a writer that remembers what it got, and whether it was closed.
type collected struct {
	bytes.Buffer
	closed bool
	fails  error
}

func (c *collected) Write(b []byte) (int, error) {
	if c.fails != nil {
		return 0, c.fails
	}
	return c.Buffer.Write(b)
}

func (c *collected) Close() error {
	c.closed = true
	return c.fails
}

const aRecord = `{"reason":"hermetic-run","program":"/hermetic/target/debug/p","env":{}}` + "\n"

// splitWhole is what a splitter does to a whole text.
func splitWhole(text string) (passed, record string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, `{"reason":"hermetic-run"`) && strings.HasSuffix(line, "\n") {
			record = line
		} else {
			passed += line
		}
	}
	return passed, record
}

// splitParts passes a text through a splitter in parts of the given sizes, over
// and over.
func splitParts(t *testing.T, text string, sizes []byte) (passed, record string) {
	t.Helper()
	var out collected
	var r recorder
	w := r.split(&out)
	for i := 0; text != ""; i++ {
		n := len(text)
		if len(sizes) > 0 {
			n = min(n, 1+int(sizes[i%len(sizes)]))
		}
		if got, err := io.WriteString(w, text[:n]); got != n || err != nil {
			t.Fatalf("wrote %d of %d, %v", got, n, err)
		}
		text = text[n:]
	}
	if err := w.Close(); err != nil || !out.closed {
		t.Fatalf("closed: %t, %v", out.closed, err)
	}
	return out.String(), string(r.line)
}

var streams = []string{
	"",
	"one\ntwo\n",
	aRecord,
	"one\n" + aRecord + "two",
	aRecord + "x" + aRecord, // the second one does not begin a line
	aRecord + strings.Replace(aRecord, "debug", "release", 1) + "\n\n",
	strings.TrimSuffix(aRecord, "\n"), // never finished
	`{"reason":"hermetic-runner"}` + "\n" + ` {"reason":"hermetic-run"}` + "\n" + `{"program":"x","reason":"hermetic-run"}` + "\n",
	strings.Repeat("a long line without an end ", 1000),
	"\x00\xff\r\n" + aRecord + "\r\n",
}

func TestRecordSplitter(t *testing.T) {
	for _, text := range streams {
		wantPassed, wantRecord := splitWhole(text)
		for _, sizes := range [][]byte{nil, {0}, {1}, {2}, {6}, {30}, {0, 9, 1}, {200}} {
			passed, record := splitParts(t, text, sizes)
			if passed != wantPassed || record != wantRecord {
				t.Errorf("%.60q in parts of %v: passed %q, record %q", text, sizes, passed, record)
			}
		}
	}
	passed, record := splitWhole(streams[3]) // the reference itself
	if passed != "one\ntwo" || record != aRecord {
		t.Errorf("passed %q, record %q", passed, record)
	}
}

// A line without an end is passed on as soon as it is known to be no record, and
// what begins as a record is gathered only so far.
func TestRecordSplitterBound(t *testing.T) {
	for begin, kept := range map[string]int{"": 0, `{"reason":"hermetic-rut"`: 0, recordBegin: maxRecord} {
		var out collected
		var r recorder
		w := r.split(&out)
		text := begin + strings.Repeat("x", maxRecord)
		if _, err := io.WriteString(w, begin); err != nil {
			t.Fatal(err)
		}
		for i := len(begin); i < len(text); i += 1 << 16 {
			if _, err := io.WriteString(w, text[i:min(len(text), i+1<<16)]); err != nil {
				t.Fatal(err)
			}
			if held := min(i+1<<16, len(text)) - out.Len(); held > kept {
				t.Fatalf("%q: %d bytes are held after %d", begin, held, i)
			}
		}
		if _, err := io.WriteString(w, "\n"+aRecord); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil || out.String() != text+"\n" || string(r.line) != aRecord {
			t.Errorf("%q: %d bytes passed, record %q, %v", begin, out.Len(), r.line, err)
		}
	}
}

// The caller's buffer is its own again after a write.
func TestRecordSplitterKeepsNoBuffer(t *testing.T) {
	var out collected
	var r recorder
	w := r.split(&out)
	buffer := []byte(aRecord + "unfinished")
	if _, err := w.Write(buffer); err != nil {
		t.Fatal(err)
	}
	clear(buffer)
	if err := w.Close(); err != nil || string(r.line) != aRecord || out.String() != "unfinished" {
		t.Errorf("%q, %q, %v", r.line, out.String(), err)
	}
}

func TestRecordSplitterWriterFails(t *testing.T) {
	broken := errors.New("broken")
	out := collected{fails: broken}
	var r recorder
	w := r.split(&out)
	if _, err := io.WriteString(w, "a line\n"); !errors.Is(err, broken) {
		t.Errorf("write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, broken) || !out.closed {
		t.Errorf("close: %v", err)
	}
}

func FuzzRecordSplitter(f *testing.F) {
	for _, text := range streams {
		f.Add(text, []byte{3, 0, 40})
	}
	f.Fuzz(func(t *testing.T, text string, sizes []byte) {
		wantPassed, wantRecord := splitWhole(text)
		passed, record := splitParts(t, text, sizes)
		if passed != wantPassed || record != wantRecord {
			t.Errorf("passed %q, want %q; record %q, want %q", passed, wantPassed, record, wantRecord)
		}
	})
}

func TestIsRunner(t *testing.T) {
	for _, c := range []struct {
		args []string
		want bool
	}{
		{nil, false},
		{[]string{world.Runner}, false},
		{[]string{world.Runner, "x"}, true},
		{[]string{"." + world.Runner, "x"}, false},
		{[]string{"cargo-hermetic", world.Runner}, false},
	} {
		if got := IsRunner(c.args); got != c.want {
			t.Errorf("%q: %t", c.args, got)
		}
	}
}

// aTarget is a target directory with a program, and the project that it is of.
func aTarget(t *testing.T) (*Project, string) {
	t.Helper()
	root := t.TempDir()
	target := filepath.Join(root, "target", "hermetic")
	must(t, os.MkdirAll(filepath.Join(target, "debug", "dir"), 0o755))
	must(t, os.WriteFile(filepath.Join(target, "debug", "p"), []byte("program"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "outside"), []byte("program"), 0o755))
	return &Project{Found: roots.Found{Root: root, Workspace: root}}, target
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What the runner prints comes back as a program of the host, with the
// variables that cargo gives to a program and no others.
func TestRunnerAndProgram(t *testing.T) {
	project, target := aTarget(t)
	var printed bytes.Buffer
	err := Runner([]string{world.Runner, world.Target + "/debug/p", "ignored"}, []string{
		"CARGO_PKG_NAME=p", "CARGO_PKG_DESCRIPTION=a=b\n\"c\"", "CARGO_MANIFEST_DIR=" + world.Root + "/crates/p",
		"CARGO_MANIFEST_PATH=" + world.Root + "/crates/p/Cargo.toml", "CARGO_BIN_NAME=p",
		"CARGO_HOME=" + world.Cargo, "CARGO_TARGET_DIR=" + world.Target, "CARGO=/hermetic/rust/bin/cargo", "CARGO_INCREMENTAL=0",
		"LD_PRELOAD=/tmp/evil.so", "HOME=/hermetic/home", "PATH=/usr/bin", "SECRET=1", "=odd", "odd",
		"CARGO_PKG_REPOSITORY=" + world.Root + "/../etc",
	}, &printed)
	if err != nil {
		t.Fatal(err)
	}
	if text := printed.String(); strings.Contains(text, "SECRET") || strings.Contains(text, "LD_PRELOAD") {
		t.Errorf("the runner tells what is nobody's business: %s", text)
	}
	passed, line := splitWhole(printed.String())
	if passed != "" {
		t.Errorf("%q is no record", passed)
	}
	got, err := (&recorder{line: []byte(line)}).program(project, target, []string{"--flag", "x y"})
	if err != nil {
		t.Fatal(err)
	}
	want := &Program{
		Path: filepath.Join(target, "debug", "p"),
		Args: []string{"--flag", "x y"},
		Env: []string{
			"CARGO_BIN_NAME=p",
			"CARGO_MANIFEST_DIR=" + filepath.Join(project.Root, "crates", "p"),
			"CARGO_MANIFEST_PATH=" + filepath.Join(project.Root, "crates", "p", "Cargo.toml"),
			"CARGO_PKG_DESCRIPTION=a=b\n\"c\"",
			"CARGO_PKG_NAME=p",
			"CARGO_PKG_REPOSITORY=" + world.Root + "/../etc", // no place in the root
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A record is a word of the world, whatever wrote it: it starts nothing but a
// regular file in the target directory.
func TestForgedRecords(t *testing.T) {
	project, target := aTarget(t)
	link := func(name, to string) {
		t.Helper()
		must(t, os.Symlink(to, filepath.Join(target, "debug", name)))
	}
	link("link", "p")
	link("out", "../../../outside")
	link("absolute", filepath.Join(project.Root, "outside"))
	link("up", "../../..")
	link("dangling", "nowhere")
	of := func(program string) string {
		line, err := json.Marshal(record{Reason: recordReason, Program: program, Env: nil})
		must(t, err)
		return string(line) + "\n"
	}
	const notThere = "is not in the target directory"
	for name, c := range map[string]struct {
		line    string
		exit    int
		message string
	}{
		"none":                 {"", diag.ExitFailed, "cargo did not say which program to run"},
		"not JSON":             {`{"reason":"hermetic-run",` + "\n", diag.ExitFailed, "reading which program to run"},
		"two values":           {strings.TrimSuffix(aRecord, "\n") + aRecord, diag.ExitFailed, "reading which program to run"},
		"wrong type":           {`{"reason":"hermetic-run","program":1}` + "\n", diag.ExitFailed, "reading which program to run"},
		"no program":           {`{"reason":"hermetic-run"}` + "\n", diag.ExitPolicy, notThere},
		"host path":            {of("/bin/sh"), diag.ExitPolicy, notThere},
		"the place's host":     {of(filepath.Join(target, "debug", "p")), diag.ExitPolicy, notThere},
		"root":                 {of(world.Root + "/outside"), diag.ExitPolicy, notThere},
		"toolchain":            {of(world.Rust + "/bin/rustc"), diag.ExitPolicy, notThere},
		"up":                   {of(world.Target + "/../root/outside"), diag.ExitPolicy, notThere},
		"up, far":              {of(world.Target + "/debug/../../../../bin/sh"), diag.ExitPolicy, notThere},
		"longer name":          {of(world.Target + "x/p"), diag.ExitPolicy, notThere},
		"relative":             {of("debug/p"), diag.ExitPolicy, notThere},
		"the target itself":    {of(world.Target), diag.ExitFailed, "not a regular file"},
		"directory":            {of(world.Target + "/debug/dir"), diag.ExitFailed, "not a regular file"},
		"link to the program":  {of(world.Target + "/debug/link"), diag.ExitFailed, "not a regular file"},
		"link out":             {of(world.Target + "/debug/out"), diag.ExitFailed, "not a regular file"},
		"dangling link":        {of(world.Target + "/debug/dangling"), diag.ExitFailed, "not a regular file"},
		"absolute link":        {of(world.Target + "/debug/absolute"), diag.ExitFailed, "not a regular file"},
		"through a link out":   {of(world.Target + "/debug/up/outside"), diag.ExitFailed, "escapes"},
		"absent":               {of(world.Target + "/debug/absent"), diag.ExitFailed, "finding the program to run"},
		"below a file":         {of(world.Target + "/debug/p/q"), diag.ExitFailed, "finding the program to run"},
		"a NUL in the name":    {of(world.Target + "/debug/p\x00"), diag.ExitFailed, "finding the program to run"},
		"keys of another case": {`{"reason":"hermetic-run","program":"/hermetic/target/debug/p","PROGRAM":"/bin/sh"}` + "\n", diag.ExitPolicy, notThere},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			if c.line != "" {
				r.line = []byte(c.line)
			}
			got, err := r.program(project, target, nil)
			if err == nil {
				t.Fatalf("would start %+v", got)
			}
			if exit := diag.ExitCode(err); exit != c.exit || !strings.Contains(err.Error(), c.message) {
				t.Errorf("exit code %d and %q, want %d and %q", exit, err, c.exit, c.message)
			}
		})
	}
	if got, err := (&recorder{line: []byte(of(world.Target + "/debug/../debug/./p"))}).program(project, target, nil); err != nil || got.Path != filepath.Join(target, "debug", "p") {
		t.Errorf("a good one: %+v, %v", got, err)
	}
}

func TestHostDirs(t *testing.T) {
	for list, want := range map[string]string{
		"": "",
		world.Target + "/debug/deps:" + world.Target + "/debug": "/t/debug/deps:/t/debug",
		world.Target:                        "/t",
		world.Rust + "/lib:/usr/lib":        "",
		":.::lib:" + world.Target + "/../x": "",
		world.Target + "x":                  "",
	} {
		if got := hostDirs(list, "/t"); got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
	// Such a directory cannot be in the list: it would be two others.
	if got := hostDirs(world.Target+"/debug", "/home/a:b/t"); got != "" {
		t.Errorf("%q", got)
	}
}
