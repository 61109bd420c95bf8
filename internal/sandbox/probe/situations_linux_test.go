package probe_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

// unshared is a command in namespaces of its own, in which a script prepares
// the situation. It has a user namespace in any case: what the script changes
// must not be the host's.
func unshared(t *testing.T, script string) []string {
	t.Helper()
	argv := []string{"unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c"}
	if out, err := exec.Command(argv[0], append(argv[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no user namespaces to prepare it in: %v, %s", err, out)
	}
	return append(argv, script+` && exec "$0" "$@"`)
}

// TestLimitOfZero: the limit that some distributions set, for real.
func TestLimitOfZero(t *testing.T) {
	r := under(t, trouble{Look: true}, unshared(t, "echo 0 > /proc/sys/user/max_user_namespaces")...)
	got := outcomeOf(r["user-namespace"])
	if !strings.Contains(got.Help, "user.max_user_namespaces=15000") {
		t.Errorf("%+v", r["user-namespace"])
	}
	got.Help = ""
	if diff := cmp.Diff(outcome{State: probe.Failed, Step: "starting a process in it", Errno: "ENOSPC"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// As root of that namespace everything else works without another one.
	if s := r["pivot-root"].State; s != probe.OK {
		t.Errorf("%+v", r["pivot-root"])
	}
}

// TestMaskedProc: a container that covers parts of its /proc, for real.
func TestMaskedProc(t *testing.T) {
	r := under(t, trouble{Look: true}, unshared(t, "mount --bind /dev/null /proc/meminfo")...)
	want := outcome{State: probe.Failed, Step: "fsmount of proc", Errno: "EPERM"}
	got := outcomeOf(r["fresh-proc"])
	got.Help = ""
	if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(r["fresh-proc"].Reason, "masked") {
		t.Errorf("%+v (-want +got):\n%s", r["fresh-proc"], diff)
	}
	if s := r["bound-proc"].State; s != probe.OK {
		t.Errorf("%+v", r["bound-proc"])
	}
}

// TestChroot: the kernel refuses user namespaces there, for real.
func TestChroot(t *testing.T) {
	dir := t.TempDir()
	// With the libraries, for a test binary that needs some.
	r := under(t, trouble{Chroot: dir, Look: true}, unshared(t, "cd "+dir+` && for n in proc dev usr lib lib64; do
		if [ -L /$n ]; then ln -s "$(readlink /$n)" $n || exit; elif [ -d /$n ]; then mkdir $n && mount --rbind /$n $n || exit; fi; done`)...)
	want := outcome{State: probe.Failed, Step: "starting a process in it", Errno: "EPERM",
		Help: "run outside the chroot, or enter it by pivot_root (`systemd-nspawn`, `bwrap`) instead"}
	if diff := cmp.Diff(want, outcomeOf(r["user-namespace"])); diff != "" {
		t.Errorf("%+v (-want +got):\n%s", r["user-namespace"], diff)
	}
}

// TestSupervisedAlready: below another supervisor there is no second one.
func TestSupervisedAlready(t *testing.T) {
	if here := under(t, trouble{}); here["seccomp-supervisor"].State != probe.OK {
		t.Skipf("no supervisor here: %s", here["seccomp-supervisor"].Error)
	}
	r := under(t, trouble{Supervised: true})
	want := outcome{State: probe.Failed, Step: "installing the listener", Errno: "EBUSY", Help: "run outside that sandbox"}
	if diff := cmp.Diff(want, outcomeOf(r["seccomp-supervisor"])); diff != "" {
		t.Errorf("%+v (-want +got):\n%s", r["seccomp-supervisor"], diff)
	}
}
