package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// The test binary plays two parts besides the tests: the children of package
// probe, and a process on a host that refuses something.
func TestMain(m *testing.M) {
	switch {
	case probe.IsChild(os.Args):
		probe.ChildMain()
	case len(os.Args) == 3 && os.Args[1] == underArg:
		if err := underMain(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const underArg = "under"

// trouble is what a host refuses.
type trouble struct {
	Rules []seccomp.Rule // calls that fail
	Host  advice.Host    // what the advice goes by
	Look  bool           // at the real host instead

	Chroot     string // a directory that becomes the root, as by chroot(2)
	Supervised bool   // a supervisor is there already
}

// underMain makes the trouble and prints the table. All of it is on one thread:
// filters are inherited from the thread that forks.
func underMain(text string) error {
	runtime.LockOSThread()
	var t trouble
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return err
	}
	if t.Chroot != "" {
		if err := unix.Chroot(t.Chroot); err != nil {
			return err
		}
	}
	if len(t.Rules) > 0 || t.Supervised {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return err
		}
	}
	if len(t.Rules) > 0 {
		program, err := seccomp.Program(t.Rules)
		if err != nil {
			return err
		}
		if err := seccomp.Install(program); err != nil {
			return err
		}
	}
	if t.Supervised {
		// Of a call that nobody here makes, so nobody has to answer.
		program, err := seccomp.Program([]seccomp.Rule{{Call: seccomp.Call{Name: "acct", Number: unix.SYS_ACCT}, Ask: true}})
		if err != nil {
			return err
		}
		if _, err := seccomp.InstallListener(program); err != nil {
			return err
		}
	}
	if t.Look {
		t.Host = advice.Look("/", nil)
	}
	results, err := probe.Table(context.Background(), t.Host)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}

// under returns the table of a host with that trouble. wrapper is a command in
// front of the process, or nothing.
func under(t *testing.T, trouble trouble, wrapper ...string) map[string]probe.Result {
	t.Helper()
	data, err := json.Marshal(trouble)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	argv := append(wrapper, self, underArg, string(data))
	cmd := exec.Command(argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var results []probe.Result
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return byName(results)
}

func byName(results []probe.Result) map[string]probe.Result {
	m := map[string]probe.Result{}
	for _, r := range results {
		m[r.Name] = r
	}
	return m
}
