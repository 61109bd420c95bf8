package ordinary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

func TestMain(m *testing.M) {
	if IsStage2(os.Args) {
		Stage2()
	}
	os.Exit(m.Run())
}

// watch runs a shell and returns what it printed, and the record.
func watch(t *testing.T, ctx context.Context, c Command) (string, *observation.Record, spec.Result, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var out, record bytes.Buffer
	copied := make(chan error, 1)
	go func() { _, err := io.Copy(&out, r); copied <- err }()
	c.Stdin, c.Stdout, c.Stderr, c.Record = null, w, w, &record
	result, runErr := Run(ctx, c)
	w.Close()
	if err := <-copied; err != nil {
		t.Fatal(err)
	}
	rec, err := observation.Read(&record)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), rec, result, runErr
}

func sh(script, dir string) Command {
	return Command{Argv: []string{"sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin", "A=1"}, Dir: dir}
}

// TestSameAsUnwatched: a command sees and does what it sees and does by itself.
func TestSameAsUnwatched(t *testing.T) {
	dir := t.TempDir()
	for _, script := range []string{
		"env | sort; pwd; id; umask; ulimit -a; uname -a",
		"cat /proc/cpuinfo | head -n 5; nproc; cat /proc/sys/kernel/osrelease",
		"ls -U /usr/bin | head -n 50",
		"readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid",
		"exit 42", "kill -TERM $$", "kill -KILL $$", "no-such-program",
		"echo x > file && cat file && rm file",
		"test -w /proc/self/mem && test -r /dev/urandom && head -c 8 /dev/urandom | wc -c",
		"unshare --help >/dev/null 2>&1; echo $?",
	} {
		t.Run(script, func(t *testing.T) {
			c := sh(script, dir)
			cmd := exec.Command("/bin/sh", "-c", script)
			cmd.Env, cmd.Dir = c.Env, dir
			plain, err := cmd.CombinedOutput()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			// The name by which a shell speaks of itself is the one that it was called by.
			want := strings.ReplaceAll(string(plain), "/bin/sh: ", "sh: ")
			out, _, result, err := watch(t, t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("(-unwatched +watched)\n%s", diff)
			}
			status := cmd.ProcessState.Sys().(syscall.WaitStatus)
			code, signal := status.ExitStatus(), syscall.Signal(0)
			if status.Signaled() {
				code, signal = 128+int(status.Signal()), status.Signal()
			}
			if result.ExitCode != code || result.Signal != signal {
				t.Errorf("it ended with %d, %v; want %d, %v", result.ExitCode, result.Signal, code, signal)
			}
		})
	}
}

// TestRecord: what was looked for, by which program, and how each ended.
func TestRecord(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/there", []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, rec, _, err := watch(t, t.Context(), sh("cat there absent 2>/dev/null; ls . >/dev/null; echo y > made; B=2 A= /bin/sh -c 'exit 3'; exit 4", dir))
	if err != nil || rec.Cut {
		t.Fatalf("%v, cut %t", err, rec.Cut)
	}
	var got []string
	for _, a := range rec.Accesses {
		if rest, ok := strings.CutPrefix(a.Path, dir); ok {
			got = append(got, fmt.Sprintf("%s %s %s %q", filepath.Base(rec.Process(a.Process).Exe), a.Op, a.Outcome, rest))
		}
	}
	for _, want := range []string{`cat open found "/there"`, `cat open absent "/absent"`, `ls list found ""`, ` write absent "/made"`} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, want) }) {
			t.Errorf("%q is not in the record\n%s", want, strings.Join(got, "\n"))
		}
	}
	ends := map[string]int{}
	for _, e := range rec.Exits {
		p := rec.Process(e.Process)
		ends[strings.Join(p.Argv, " ")] = e.Code
	}
	if ends["/bin/sh -c exit 3"] != 3 || ends["cat there absent"] != 1 || len(ends) != 4 {
		t.Errorf("ends: %v", ends)
	}
	last := rec.Processes[len(rec.Processes)-1]
	var names []string
	for _, v := range last.Env {
		names = append(names, v.Name)
	}
	if !slices.Contains(names, "A") || !slices.Contains(names, "B") {
		t.Errorf("the last program's variables are %v", names)
	}
}

// TestNothingIsLeft: what the command leaves behind is killed when it ends.
func TestNothingIsLeft(t *testing.T) {
	out, _, result, err := watch(t, t.Context(), sh("trap '' TERM HUP; setsid sh -c 'echo $$; exec >/dev/null 2>&1; while :; do sleep 1000; done' & sleep 0.2; exit 3", t.TempDir()))
	if err != nil || result.ExitCode != 3 {
		t.Fatalf("%+v, %v", result, err)
	}
	var pid int
	if _, err := fmt.Sscan(out, &pid); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	// It has ended, and who adopts orphans on this host may not have looked yet.
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ESRCH) && !strings.Contains(string(status), "\nState:\tZ") {
		t.Errorf("process %d is left: %v\n%s", pid, err, status)
	}
}

// TestNotStarted: what cannot be run says so, and leaves a whole record of nothing.
func TestNotStarted(t *testing.T) {
	for name, c := range map[string]Command{
		"program":   {Argv: []string{"no-such-program"}, Env: []string{"PATH=/usr/bin"}, Dir: "/"},
		"path":      {Argv: []string{"/no/such/program"}, Dir: "/"},
		"directory": {Argv: []string{"/bin/true"}, Dir: "/no/such/directory"},
		"format":    {Argv: []string{os.DevNull}, Dir: "/"},
	} {
		t.Run(name, func(t *testing.T) {
			_, rec, _, err := watch(t, t.Context(), c)
			if err == nil || rec.Cut || len(rec.Processes) != 0 {
				t.Errorf("error %v, cut %t, %d programs", err, rec.Cut, len(rec.Processes))
			}
		})
	}
}

// TestSignals: one is passed on, and reaches the process group.
func TestSignals(t *testing.T) {
	signals := make(chan os.Signal, 1)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := sh("trap 'exit 7' INT; echo up; while :; do sleep 0.05; done", t.TempDir())
	c.Stdout, c.Stderr, c.Signals, c.Record = w, w, signals, io.Discard
	go func() {
		if _, err := io.ReadFull(r, make([]byte, 3)); err != nil {
			t.Errorf("it has not begun: %v", err)
		}
		signals <- syscall.SIGINT
	}()
	result, err := Run(t.Context(), c)
	w.Close()
	if err != nil || result.ExitCode != 7 || !result.Passed {
		t.Errorf("%+v, %v", result, err)
	}
}
