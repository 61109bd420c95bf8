package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// The test binary is also what package sandbox starts, the program in a small
// world, and an examination on a host that refuses something.
func TestMain(m *testing.M) {
	switch {
	case sandbox.IsChild(os.Args):
		sandbox.ChildMain()
	case len(os.Args) == 4 && os.Args[1] == underArg:
		fail(underMain(os.Args[2], os.Args[3]))
	case len(os.Args) == 3 && os.Args[1] == examineArg:
		fail(examineMain(os.Args[2]))
	}
	os.Exit(m.Run())
}

const underArg, examineArg = "under", "examine"

// fail ends the process, with an error or without.
func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// hostAt is a caller whose directories are all below dir.
func hostAt(dir string) *build.Host {
	return &build.Host{
		Cwd: dir, Home: dir, Env: map[string]string{"HOME": dir}, Store: filepath.Join(dir, "cache", "cargo-hermetic"),
		Rustup: filepath.Join(dir, "rustup"), Cargo: filepath.Join(dir, "cargo"), Temp: dir, System: "/", Version: "0.0.0",
		Shell: ui.NewShell(io.Discard, ui.Quiet, false),
	}
}

// underMain makes calls fail and then becomes an examination: a filter is on one
// thread, and after an exec on all.
func underMain(dir, text string) error {
	runtime.LockOSThread()
	var rules []seccomp.Rule
	if err := json.Unmarshal([]byte(text), &rules); err != nil {
		return err
	}
	if len(rules) > 0 {
		program, err := seccomp.Program(rules)
		if err != nil {
			return err
		}
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return err
		}
		if err := seccomp.Install(program); err != nil {
			return err
		}
	}
	return unix.Exec("/proc/self/exe", []string{os.Args[0], examineArg, dir}, os.Environ())
}

func examineMain(dir string) error {
	report, err := Run(context.Background(), hostAt(dir), &build.Options{Isolation: string(sandbox.Namespaces)})
	if err != nil {
		return err
	}
	data, err := report.JSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(data)
	return err
}

// under is the report of a host on which the given calls fail.
func under(t *testing.T, rules []seccomp.Rule, wrapper ...string) *Report {
	t.Helper()
	data, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	argv := append(wrapper, self, underArg, dir, string(data))
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	// Without rustup, which would make its directory in the home.
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	r := new(Report)
	if err := json.Unmarshal(out, r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	return r
}

// of returns one verdict.
func (r *Report) of(t *testing.T, isolation string) Verdict {
	t.Helper()
	for _, v := range r.Isolations {
		if v.Isolation == isolation {
			return v
		}
	}
	t.Fatalf("no verdict on `%s`", isolation)
	return Verdict{}
}
