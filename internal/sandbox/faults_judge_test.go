//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// faultDir makes the directories of a job. Everybody may write in ro, so that
// only the mount can be what refuses it.
func faultDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"out/sub", "ro/sub", "ro/hidden", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{"out/sub/file": 0o644, "ro/file": 0o666, "ro/hidden/file": 0o644, "ro/hidden-file": 0o644, "secret": 0o644} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"ro", "ro/sub"} {
		if err := os.Chmod(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// carryOut runs a job in a process of its own, started by wrapper if there is
// one. A job that does not end is a failure of its own.
func carryOut(t *testing.T, j job, wrapper ...string) (o outcome, ran bool, noise string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	argv := append(slices.Clone(wrapper), exe, faultsArg, string(text))
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(j.Dir, "tmp"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		t.Errorf("the run never ended\n%s%s", stdout.String(), stderr.String())
		return o, false, stderr.String()
	}
	if err != nil {
		return o, false, err.Error() + "\n" + stderr.String()
	}
	if err := json.Unmarshal(stdout.Bytes(), &o); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	return o, true, stderr.String()
}

// allowance is what a judge accepts because of where the fault was put.
type allowance struct {
	blind  bool   // the fault may have hit the checker too, which then cannot look or not even start
	files  string // what the caller's hard limit leaves of the open files
	silent bool   // the fault may have ended a Go runtime, which then cannot say why
}

// step is how an error begins that says what failed.
var step = regexp.MustCompile("^(could not set up the world: [^:]+" +
	"|isolation `namespaces` is not available on this host" +
	"|(starting|finding) `[^:]+ in the world failed" +
	"|looking at mount source `[^:]+" +
	"|lending `[^:]+|taking back `[^:]+" +
	"|making a pipe|sending the plan" +
	"|the command ran, and its end could not be learnt: [^:]+" +
	"): ")

// afterwards is how an error begins that comes when the command has run.
var afterwards = regexp.MustCompile("^(the command ran|taking back )")

// weakerWall says which wall may be down if a run has reported it.
var weakerWall = map[string][]string{
	"host-name":      {"the host name is visible"},
	"domain-name":    {"the domain name is visible"},
	"process-list":   {"/proc is masked"},
	"capabilities-1": {"/proc is masked", "uses cgo"},
}

// judge checks the one promise: a run is refused with an error that names the
// step, or it happened behind all of its walls; and nothing is left of it.
func judge(t *testing.T, o outcome, a allowance) {
	t.Helper()
	if len(o.Left) > 0 {
		t.Errorf("left behind: %q", o.Left)
	}
	if o.Error != "" {
		switch {
		case o.Exit != diag.ExitIsolation && o.Exit != diag.ExitFailed:
			t.Errorf("exit code %d: %s", o.Exit, o.Error)
		case !a.silent && strings.Contains(o.Error, "its first process ended"):
			t.Errorf("the second stage crashed: %s\n%s", o.Error, o.Stderr)
		case !step.MatchString(o.Error):
			t.Errorf("the error names no step: %s\n%s", o.Error, o.Stderr)
		}
		if !afterwards.MatchString(o.Error) {
			if o.Stdout != "" {
				t.Errorf("refused (%s), but it ran: %s", o.Error, o.Stdout)
			}
			return
		}
		if o.Stdout == "" {
			return // it was killed before it had looked
		}
	}
	limit, text, _ := strings.Cut(o.Stdout, "\n")
	var r report
	if err := json.Unmarshal([]byte(text), &r); err != nil || o.Result.ExitCode != 0 {
		if !a.blind {
			t.Errorf("no report: %+v, %v\n%s%s", o.Result, err, o.Stdout, o.Stderr)
		}
		return
	}
	if limit != "1024" && limit != a.files && !a.blind {
		t.Errorf("open files: %q", limit)
	}
	if len(r) != len(walls)+1 {
		t.Errorf("%d walls were looked at, not %d", len(r), len(walls)+1)
	}
	for wall, state := range r {
		switch {
		case state == "stands":
		case strings.HasPrefix(state, "unknown: ") && a.blind:
		case slices.ContainsFunc(weakerWall[wall], func(reason string) bool {
			return slices.ContainsFunc(o.Result.Weaker, func(s string) bool { return strings.Contains(s, reason) })
		}):
		default:
			t.Errorf("wall %s: %s (weaker: %q)", wall, state, o.Result.Weaker)
		}
	}
}

// TestWalls: without a fault every wall stands, or nothing that follows from
// the checker is worth anything.
func TestWalls(t *testing.T) {
	o, ran, noise := carryOut(t, job{Dir: faultDir(t)})
	if !ran || o.Error != "" {
		t.Fatalf("%+v\n%s", o, noise)
	}
	judge(t, o, allowance{})
}

// TestWallsCanFall: outside of a view the same checker finds walls down, which
// shows that it can. It looks only at those that it tests by reading.
func TestWallsCanFall(t *testing.T) {
	dir := faultDir(t)
	only := []string{"seccomp", "no-new-privs", "host-files", "top", "mount-flags", "processes", "process-list", "host-name"}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(outside{Secret: filepath.Join(dir, "secret"), PID: os.Getpid(), Only: only})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(exe, wallsArg, string(data)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	for _, wall := range only {
		if !strings.HasPrefix(r[wall], "broken: ") {
			t.Errorf("%s: %s", wall, r[wall])
		}
	}
}
