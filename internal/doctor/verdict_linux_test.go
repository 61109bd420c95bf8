package doctor

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

func refuse(number uintptr, errno syscall.Errno, when ...seccomp.Condition) []seccomp.Rule {
	return []seccomp.Rule{{Call: seccomp.Call{Name: "injected", Number: uint32(number)}, Errno: seccomp.Errno(errno), When: when}}
}

// userNamespaces is the condition on a clone that asks for one.
func userNamespaces() seccomp.Condition {
	return seccomp.Condition{Arg: 0, Op: seccomp.HasBits, Value: unix.CLONE_NEWUSER}
}

// mounts are the calls that Docker's default profile refuses.
func mounts(errno syscall.Errno) []seccomp.Rule {
	var rules []seccomp.Rule
	for _, number := range []uintptr{unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN,
		unix.SYS_FSMOUNT, unix.SYS_MOUNT_SETATTR, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_UNSHARE, unix.SYS_SETNS} {
		rules = append(rules, refuse(number, errno)...)
	}
	return rules
}

// anyNamespace are the bits of clone that Docker's default profile refuses
// (moby, profiles/seccomp: 2114060288).
func anyNamespace() seccomp.Condition {
	return seccomp.Condition{Arg: 0, Op: seccomp.HasBits, Value: 2114060288}
}

// needs skips a test on a host without an isolation. One that is there and does
// not hold is a failure.
func needs(t *testing.T, r *Report, isolation string) {
	t.Helper()
	v := r.of(t, isolation)
	switch text := strings.Join(append(v.Errors, v.Notes...), "; "); {
	case v.Works:
	case strings.Contains(text, "is not available on this host"), strings.Contains(text, "needs Landlock version"):
		t.Skip(text)
	default:
		t.Fatal(text)
	}
}

// TestHere examines this host as it is.
func TestHere(t *testing.T) {
	r := under(t, nil)
	if r.Works != r.of(t, "namespaces").Works || r.Isolation != "namespaces" || r.Version == "" || r.Host.Kernel == "" {
		t.Errorf("%+v", r)
	}
	for _, v := range r.Isolations {
		if v.Works != (len(v.Errors) == 0) || v.Works != (v.Help == "") && v.Isolation != "roots" {
			t.Errorf("%+v", v)
		}
		t.Logf("%s: %t, %s %v, %.0f ms", v.Isolation, v.Works, v.How, v.Errors, v.Milliseconds)
	}
	needs(t, r, "namespaces")
	needs(t, r, "landlock")
	if diff := cmp.Diff("in a user namespace (rung A)", r.of(t, "namespaces").How); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.of(t, "landlock").Weaker) < 3 {
		t.Errorf("%+v", r.of(t, "landlock"))
	}
}

// TestDockersProfile: no namespaces, neither for root nor for anybody else, and
// Landlock works: the case that it was made for.
func TestDockersProfile(t *testing.T) {
	needs(t, under(t, nil), "landlock")
	r := under(t, append(mounts(syscall.EPERM), refuse(unix.SYS_CLONE, syscall.EPERM, anyNamespace())...))
	v := r.of(t, "namespaces")
	if r.Works || v.Works || !strings.Contains(v.Help, "--security-opt seccomp=unconfined") && r.Host.Container == "docker" || !strings.Contains(v.Help, "--isolation landlock") {
		t.Errorf("%+v", v)
	}
	if v := r.of(t, "landlock"); !v.Works {
		t.Errorf("%+v", v)
	}
	if text := r.Text(false); !strings.Contains(text, "isolation `namespaces` does not work on this host; try `--isolation landlock`") {
		t.Errorf("%s", text)
	}
}

// TestRootWithoutUserNamespaces is rung A', for root alone.
func TestRootWithoutUserNamespaces(t *testing.T) {
	v := under(t, refuse(unix.SYS_CLONE, syscall.EPERM, userNamespaces())).of(t, "namespaces")
	if os.Geteuid() != 0 {
		if v.Works || v.Help == "" {
			t.Errorf("%+v", v)
		}
		return
	}
	if diff := cmp.Diff("as root, without a user namespace (rung A')", v.How); diff != "" || !v.Works {
		t.Errorf("%+v (-want +got):\n%s", v, diff)
	}
}

// TestMaskedProc is rung B: it works, and what is weaker is said.
func TestMaskedProc(t *testing.T) {
	argv := []string{"unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c"}
	if out, err := exec.Command(argv[0], append(argv[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no user namespaces to prepare it in: %v, %s", err, out)
	}
	v := under(t, nil, append(argv, `mount --bind /dev/null /proc/meminfo && exec "$0" "$@"`)...).of(t, "namespaces")
	if !v.Works || v.How != "with the host's /proc, which is masked (rung B)" || !strings.Contains(strings.Join(v.Weaker, "\n"), "/proc is masked") {
		t.Errorf("%+v", v)
	}
}

// TestSupervisorRefused: what explains a verdict is in the table.
func TestSupervisorRefused(t *testing.T) {
	r := under(t, refuse(unix.SYS_IOCTL, syscall.EPERM, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.SECCOMP_IOCTL_NOTIF_RECV}))
	v := r.of(t, "landlock")
	if v.Works {
		t.Fatalf("%+v", v)
	}
	found := false
	for _, name := range r.missing(v) {
		found = found || name == "seccomp-supervisor"
	}
	if !found {
		t.Errorf("lacks %q", r.missing(v))
	}
}
