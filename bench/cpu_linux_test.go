package main

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// burnFlag makes the test program use burnTime of CPU in a child of its own, as
// cargo's compilers do, and wait for it.
const (
	burnFlag  = "-burn"
	burnPlace = "/burn" // where the sandbox shows it
	burnTime  = 150 * time.Millisecond
)

func TestMain(m *testing.M) {
	if sandbox.IsChild(os.Args) {
		sandbox.ChildMain()
	}
	if len(os.Args) == 2 && os.Args[1] == burnFlag {
		burn()
	}
	os.Exit(m.Run())
}

// burn never returns.
func burn() {
	if os.Getenv("BURN_CHILD") == "" {
		cmd := exec.Command(os.Args[0], burnFlag)
		cmd.Env = []string{"BURN_CHILD=1"}
		if cmd.Run() != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	for {
		var u unix.Rusage
		if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
			os.Exit(1)
		}
		if time.Duration(u.Utime.Nano()+u.Stime.Nano()) >= burnTime {
			os.Exit(0)
		}
	}
}

// TestCPUTimeLeavesTheSandbox runs a known amount of CPU time three processes
// deep in the sandbox and asks whether it arrives here.
func TestCPUTimeLeavesTheSandbox(t *testing.T) {
	v, err := hostView()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := v.spec()
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: exe, Target: burnPlace})
	s.Argv = []string{burnPlace, burnFlag}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	s.Stdin, s.Stdout, s.Stderr = null, null, os.Stderr
	var result sandbox.Result
	cost, err := metered(func() (err error) {
		result, err = sandbox.Run(t.Context(), sandbox.Namespaces, s)
		return err
	})
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && d.Exit == diag.ExitIsolation {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if result.ExitCode != 0 {
		t.Fatalf("exit code %d", result.ExitCode)
	}
	if cost.CPU < burnTime {
		t.Errorf("%v of CPU time arrived, %v were used", cost.CPU, burnTime)
	}
}
