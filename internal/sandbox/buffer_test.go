//go:build linux

package sandbox_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// bufferSources are programs that look for files so often that they note it by
// themselves (package syscallbuf), and check by themselves what the calls return.
const bufferSources = "testdata/buffer"

// seen is an access, without who made it.
type seen struct {
	Op      observation.Op
	Path    string
	Outcome observation.Outcome
}

// severalOf is what the function of that name in names.c looks for.
func severalOf(prefix string, count int) []seen {
	ops := []observation.Op{observation.Open, observation.Look, observation.Look, observation.Look}
	var all []seen
	for i := range count {
		const name = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz"
		all = append(all, seen{ops[i%4], fmt.Sprintf("%s-%s-%d", prefix, name, i), observation.Absent})
	}
	return all
}

// bufferPart is a part of names.c.
type bufferPart struct {
	script string // that starts it
	output string
	code   int
	noted  uint64 // by the program itself: at least so many
	wants  [][]seen
}

var bufferParts = []bufferPart{
	{"/programs/names many", "done\n", 0, 4950, [][]seen{severalOf("/work/m", 5000)}},
	{"/programs/names there", "done\n", 0, 4900, [][]seen{{
		{observation.Open, "/usr/bin/env", observation.Found}, {observation.Look, "/usr/bin/env", observation.Found},
		{observation.Open, "/usr", observation.Found}, {observation.Open, "/usr/bin/env/below", observation.Absent}}}},
	{"/programs/names relative", "done\n", 0, 90, [][]seen{
		severalOf("/work/first", 20), severalOf("/work/a/second", 20), severalOf("/work/a/b/third", 20),
		severalOf("/work/c/b/fourth", 20), severalOf("/work/c/fifth", 20), severalOf("/work/c/b/sixth", 20)}},
	{"/programs/names writes", "done\n", 0, 1300, [][]seen{{
		{observation.Write, "/work/new-0", observation.Absent}, {observation.Write, "/work/new-199", observation.Found},
		{observation.Write, "/work/only-199", observation.Absent}, {observation.Write, "/work/nowhere/new", observation.Absent},
		{observation.Write, "/usr/new", observation.Refused}, {observation.Open, "/work/new-7", observation.Found},
		{observation.Look, "/usr/bin/env", observation.Found}, {observation.Look, "/work/missing", observation.Absent}}}},
	{"mkdir one two; /programs/names links", "done\n", 0, 0, [][]seen{{
		{observation.Write, "/work/two/through-0", observation.Absent}, {observation.Write, "/work/one/through-1", observation.Found},
		{observation.Write, "/work/two/through-198", observation.Found}, {observation.Write, "/work/one/through-199", observation.Found}}}},
	{`printf '#!/nowhere/sh\n' >script; chmod +x script; /programs/names begins`, "done\n", 0, 4000, [][]seen{severalOf("/work/before", 20), severalOf("/work/behind", 20), severalOf("/work/last", 100), {
		{observation.Execute, "/programs/names", observation.Found}, {observation.Execute, "/nowhere/program", observation.Absent},
		{observation.Execute, "/work/nothing", observation.Absent}, {observation.Execute, "/usr/bin/env/x", observation.Absent},
		{observation.Execute, "/usr", observation.Found}, {observation.Execute, "/work/script", observation.Found}, {observation.Execute, "/usr/no-program", observation.Absent}, {observation.Look, "/work/noted-here", observation.Absent}}}},
	{"cd /programs && ./names replaced", "", 3, 90, [][]seen{severalOf("/programs/last", 100), {{observation.Execute, "/programs/names", observation.Found}}}},
	{"ln -s target dangling; for i in 1 2 3; do stat dangling/x; done 2>/dev/null; mkdir target; stat dangling/x 2>/dev/null; true", "", 0, 10, [][]seen{{
		{observation.Look, "/work/dangling/x", observation.Absent}, {observation.Look, "/work/target/x", observation.Absent}}}},
	{"mkdir one two; ln -s one link; ln -s two other; for i in 1 2 3; do stat link/x; done 2>/dev/null; mv -T other link; stat link/x 2>/dev/null; rm link; mkdir link; stat link/x 2>/dev/null; true", "", 0, 10, [][]seen{{
		{observation.Look, "/work/one/x", observation.Absent}, {observation.Look, "/work/two/x", observation.Absent}, {observation.Look, "/work/link/x", observation.Absent}}}},
	{"mkdir inc other; for i in 1 2 3; do stat inc/x; done 2>/dev/null; rmdir inc; ln -s other inc; stat inc/x 2>/dev/null; true", "", 0, 10, [][]seen{{
		{observation.Look, "/work/inc/x", observation.Absent}, {observation.Look, "/work/other/x", observation.Absent}}}},
	{"mkdir -p c deep/d; ln -s c a; touch b deep/b; for i in 1 2 3; do stat -c '' a/../b; done; rm a; ln -s deep/d a; stat -c '' a/../b", "\n\n\n\n", 0, 10, [][]seen{{
		{observation.Look, "/work/b", observation.Found}, {observation.Look, "/work/deep/b", observation.Found}}}},
	{"/programs/names full; /programs/names full", "done\ndone\n", 0, 2 * 36750, [][]seen{severalOf("/work/first", 820), severalOf("/work/child", 300)}},
	{"/programs/names strange", "done\n", 0, 15, [][]seen{severalOf("/work/after", 20), {
		{observation.Look, "/usr", observation.Found}, {observation.Open, "/usr", observation.Found}}}},
	{"/programs/names shown", "done\n", 0, 15, [][]seen{severalOf("/work/first", 20), severalOf("/work/second", 20), {
		{observation.Open, "/proc/cpuinfo", observation.Found}}}},
	{"/programs/names threads", "done\n", 0, 8900, [][]seen{severalOf("/work/alone", 8),
		severalOf("/work/w", 3000), severalOf("/work/x", 3000), severalOf("/work/y", 3000), severalOf("/work/z", 3000)}},
	{"/programs/names unprepared; /programs/names unprepared", "done\ndone\n", 0, 11000, [][]seen{
		severalOf("/work/w", 3000), severalOf("/work/x", 3000), severalOf("/work/y", 3000), severalOf("/work/z", 3000)}},
	{"/programs/names forks", "done\n", 0, 250, [][]seen{severalOf("/work/before", 20), severalOf("/work/behind", 20),
		severalOf("/work/child1", 20), severalOf("/work/child29", 20), {{observation.Look, "/work/vforked", observation.Absent}}}},
	{"/programs/names crowd", "done\n", 0, 1000, [][]seen{severalOf("/work/before", 20), severalOf("/work/x", 300), severalOf("/work/y", 300),
		severalOf("/work/child0", 20), severalOf("/work/child30", 20), severalOf("/work/child59", 20)}},
	{"/programs/names ended", "", 3, 90, [][]seen{severalOf("/work/last", 100)}},
	{"/programs/names aborted 2>/dev/null", "", 134, 90, [][]seen{severalOf("/work/last", 100)}},
	{"/programs/names terminated 2>/dev/null", "", 143, 90, [][]seen{severalOf("/work/last", 100)}},
	{"/programs/names replaced", "", 3, 180, [][]seen{severalOf("/work/before", 100), severalOf("/work/last", 100)}},
	{"/programs/names interrupted", "done\n", 0, 59000, [][]seen{severalOf("/work/first", 3000), severalOf("/work/second", 3000)}},
	{"cd /proc && /programs/names ended; cd /work && /programs/names ended", "", 3, 90, [][]seen{severalOf("/work/last", 100)}},
	{"/programs/names scribbles", "done\n", 0, 20, [][]seen{severalOf("/work/before", 40)}},
	{"/programs/names cancelled", "done\n", 0, 15, nil},
	{"ulimit -s 1024; /programs/names ended", "", 3, 0, [][]seen{severalOf("/work/last", 100)}},
}

// TestBuffer: what programs note by themselves is recorded as if they had been stopped, and
// they notice nothing of it.
func TestBuffer(t *testing.T) {
	dir := bufferPrograms(t)
	for _, part := range bufferParts {
		t.Run(part.script, func(t *testing.T) {
			rec, out, result := bufferRun(t, dir, part.script)
			if diff := cmp.Diff(part.output, out); diff != "" || result.ExitCode != part.code {
				t.Errorf("ends with %d, not %d (-want +got)\n%s", result.ExitCode, part.code, diff)
			}
			all := map[seen]bool{}
			for _, a := range rec.Accesses {
				all[seen{a.Op, a.Path, a.Outcome}] = true
			}
			missing := 0
			for _, want := range part.wants {
				for _, s := range want {
					if !all[s] {
						if missing++; missing < 5 {
							t.Errorf("not recorded: %+v", s)
						}
					}
				}
			}
			if missing > 0 {
				t.Errorf("%d are not recorded", missing)
			}
			if runtime.GOARCH == "amd64" && rec.Summary.Noted < part.noted {
				t.Errorf("%d of %d calls were noted by the program itself, fewer than %d: nothing was tried here", rec.Summary.Noted, rec.Summary.Calls, part.noted)
			}
		})
	}
}

// TestBufferRegisters: a call that is noted changes what a call changes, and nothing else.
func TestBufferRegisters(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("no calls are noted on this architecture")
	}
	rec, out, result := bufferRun(t, bufferPrograms(t), "/programs/registers; /programs/registers")
	if out != "done\ndone\n" || result.ExitCode != 0 {
		t.Errorf("ends with %d and prints\n%s", result.ExitCode, out)
	}
	// Of six names in 1500 rounds, two are asked for again and one is none.
	if want := uint64(2 * 1400 * 6 * 3); rec.Summary.Noted < want {
		t.Errorf("%d of %d calls were noted by the program itself, fewer than %d", rec.Summary.Noted, rec.Summary.Calls, want)
	}
}

// bufferPrograms compiles the programs and returns their directory.
func bufferPrograms(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc on this host")
	}
	dir := t.TempDir()
	compile := func(args ...string) {
		cmd := exec.Command("gcc", append([]string{"-O1", "-Wall", "-Wextra", "-Werror", "-pthread"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("gcc %s: %v\n%s", args, err, out)
		}
	}
	compile("-o", filepath.Join(dir, "names"), filepath.Join(bufferSources, "names.c"))
	if runtime.GOARCH == "amd64" {
		compile("-shared", "-fPIC", "-o", filepath.Join(dir, "libregisters.so"), filepath.Join(bufferSources, "registers.c"))
		compile("-o", filepath.Join(dir, "registers"), filepath.Join(bufferSources, "main.c"), "-L"+dir, "-lregisters", "-Wl,-rpath,$ORIGIN")
	}
	for _, p := range []string{filepath.Dir(dir), dir} { // for a world of another user
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// bufferRun runs a script in a world, and returns what was recorded of it.
func bufferRun(t *testing.T, dir, script string) (*observation.Record, string, sandbox.Result) {
	t.Helper()
	s := stressWorld(t, dir, "/bin/sh", "-c", script)
	var record bytes.Buffer
	s.Record = &record
	out, result := run(t, s)
	rec, err := observation.Read(&record)
	if err != nil || rec.Cut {
		t.Fatalf("the record: %v, cut %t", err, rec != nil && rec.Cut)
	}
	return rec, strings.ReplaceAll(out, "Aborted\n", ""), result
}
