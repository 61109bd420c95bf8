//go:build linux

package sandbox_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

const noUserNamespaces = "no-user-namespaces"

// forbidUserNamespaces is what a container's seccomp profile does to us.
func forbidUserNamespaces() error {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	prog, err := seccomp.Program([]seccomp.Rule{{
		Call: seccomp.Call{Name: "clone", Number: unix.SYS_CLONE}, Errno: seccomp.EPERM,
		When: []seccomp.Condition{{Arg: 0, Op: seccomp.HasBits, Value: unix.CLONE_NEWUSER}},
	}})
	if err != nil {
		return err
	}
	return seccomp.Install(prog)
}

const look = `id -u; id -g; grep -E '^(CapPrm|CapBnd|NoNewPrivs|Groups):' /proc/self/status | tr '\t' ' '; (echo > /usr/x) 2>/dev/null || echo refused`

// TestRungWithoutUserNamespaces: root gets the same view without them, and
// anybody else gets a refusal with advice.
func TestRungWithoutUserNamespaces(t *testing.T) {
	out, err := exec.Command("/proc/self/exe", parentArg, noUserNamespaces, look).CombinedOutput()
	if os.Geteuid() != 0 {
		if err == nil || !strings.Contains(string(out), "not available on this host") {
			t.Errorf("%s, %v", out, err)
		}
		return
	}
	want := "1000\n1000\nCapPrm: 0000000000000000\nCapBnd: 0000000000000000\nNoNewPrivs: 1\nGroups:  \nrefused\n"
	got := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		got[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(want) {
		if !got[strings.TrimSpace(line)] {
			t.Errorf("no line %q in\n%s%v", line, out, err)
		}
	}
}

// TestRungWithMaskedProc: in a container that has masked its /proc the run
// works, processes outside can neither be signalled nor looked into, and what
// is weaker is said.
func TestRungWithMaskedProc(t *testing.T) {
	args := []string{"-m"}
	if os.Geteuid() != 0 {
		args = []string{"-Urm"}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := `mount --bind /dev/null /proc/meminfo && exec "$0" "$@"`
	cmd := exec.Command("unshare", append(args, "/bin/sh", "-c", script, exe, parentArg,
		look+`; readlink /proc/self/exe; for p in /proc/[0-9]*; do
			head -c1 $p/environ >/dev/null 2>&1 && [ $p != /proc/self ] && tr '\0' '\n' < $p/environ | grep -q SECRET_OF_THE_HOST && echo "read $p"; done; true`)...)
	cmd.Env = append(os.Environ(), "SECRET_OF_THE_HOST=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "refused\n") || strings.Contains(string(out), "read /proc") ||
		!strings.Contains(string(out), "weaker: /proc is masked") {
		t.Errorf("%s, %v", out, err)
	}
}
