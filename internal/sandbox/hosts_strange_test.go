//go:build linux

package sandbox_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// strangeHost is a place in which a run either works with all of its walls or is
// refused with the reason.
type strangeHost struct {
	name    string
	root    bool     // only root can make it
	tools   []string // programs that make it
	script  string   // a shell script that ends by starting "$@"
	private bool     // in a mount namespace of its own, as root of it
	userNS  bool     // that in a user namespace, also for root
	exe     string   // where the script has put the test binary
	files   string   // hard limit of open files that the script has set
	rules   []seccomp.Rule
	refused string // what the refusal says; empty if it works
	user    string // what it says to an ordinary user, if that is otherwise
	weaker  string // what is reported, if it works
	atMost  bool   // that may be reported, and need not
}

var strangeHosts = []strangeHost{
	{name: "nothing strange", script: `exec "$@"`},
	{name: "umask 077", script: `umask 077; exec "$@"`},
	{name: "closed input and errors", script: `exec "$@" <&- 2>&-`},
	{name: "ignored SIGCHLD", script: `trap '' CHLD; exec "$@"`},
	{name: "everything ignored", script: `trap '' HUP INT QUIT PIPE TERM CHLD TSTP TTIN TTOU USR1 ALRM; exec "$@"`},
	{name: "a working directory that is gone", script: `d=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$@"`},
	{name: "no environment", tools: []string{"env"}, script: `exec env -i "$@"`},
	{name: "a read-only host", private: true, tools: []string{"mount"},
		// The directory of the job is a mount of its own and stays writable.
		script: `mount --bind "$JOB" "$JOB" && mount --rbind / / && cd / && mount -o remount,bind,ro / && ! (echo > /x) 2>/dev/null && exec "$@"`,
		// A root that something is mounted on counts as a chroot.
		user: "not available on this host"},
	{name: "no programs in /tmp", private: true, tools: []string{"mount", "cp"},
		script: `mount -t tmpfs tmpfs /mnt && cp "$1" /mnt/exe && mount --bind /tmp /tmp && mount -o remount,bind,noexec /tmp && shift && exec /mnt/exe "$@"`, exe: "/mnt/exe"},
	{name: "no /proc", private: true, tools: []string{"mount"}, script: `mount -t tmpfs tmpfs /proc && exec "$@"`, refused: "/proc"},
	{name: "masked /proc", private: true, tools: []string{"mount"},
		script: `mount --bind /dev/null /proc/meminfo && exec "$@"`, weaker: "/proc is masked"},
	{name: "a file as /dev/null", private: true, tools: []string{"mount", "mktemp"},
		script: `mount --bind "$JOB/secret" /dev/null && exec "$@"`, refused: "is not the device that it should be"},
	{name: "no user namespaces left", private: true, userNS: true,
		script: `echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"`, refused: "not available on this host"},
	{name: "root without capabilities", root: true, tools: []string{"setpriv"},
		// The kernel lets nobody map uid 0 without CAP_SETFCAP (user_namespaces(7)).
		script: `exec setpriv --bounding-set=-all --inh-caps=-all "$@"`, refused: "not available on this host"},
	{name: "root without capabilities that may not gain any", root: true, tools: []string{"setpriv"},
		script: `exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"`, refused: "not available on this host"},
	{name: "Docker's default profile", script: `exec "$@"`, rules: dockerProfile(), refused: "not available on this host"},
	{name: "few files", script: `ulimit -n 48; exec "$@"`, files: "48"},
	{name: "little address space", script: `ulimit -v 4000000; exec "$@"`},
	{name: "bubblewrap", tools: []string{"bwrap"},
		script: `exec bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc --bind "$JOB" "$JOB" "$@"`, weaker: "/proc is masked", atMost: true},
	{name: "bubblewrap with a user namespace", tools: []string{"bwrap"},
		script: `exec bwrap --unshare-user --unshare-all --ro-bind / / --dev /dev --proc /proc --bind "$JOB" "$JOB" "$@"`, weaker: "/proc is masked", atMost: true},
	{name: "bubblewrap that allows no others", tools: []string{"bwrap"},
		script:  `exec bwrap --unshare-user --disable-userns --unshare-all --ro-bind / / --dev /dev --proc /proc --bind "$JOB" "$JOB" "$@"`,
		refused: "not available on this host"},
	{name: "a chroot", private: true, tools: []string{"mount", "chroot"},
		script: `mkdir "$JOB/tmp/root" && mount --rbind / "$JOB/tmp/root" && exec chroot "$JOB/tmp/root" "$@"`, refused: "", user: "not available on this host"},
}

// dockerProfile is what moby/profiles/seccomp/default.json refuses to a
// container without capabilities, as far as a set-up asks for it: a list of what
// is allowed, of which everything else gets EPERM, and clone3 ENOSYS.
func dockerProfile() []seccomp.Rule {
	const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWCGROUP
	rules := []seccomp.Rule{
		{Call: seccomp.Call{Name: "clone", Number: unix.SYS_CLONE}, Errno: seccomp.EPERM,
			When: []seccomp.Condition{{Arg: 0, Op: seccomp.HasBits, Value: namespaces}}},
		{Call: seccomp.Call{Name: "clone3", Number: unix.SYS_CLONE3}, Errno: seccomp.ENOSYS},
	}
	for _, number := range []uint32{
		unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT,
		unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_SETHOSTNAME,
		unix.SYS_SETDOMAINNAME, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
		unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, unix.SYS_USERFAULTFD, unix.SYS_OPEN_BY_HANDLE_AT,
	} {
		rules = append(rules, seccomp.Rule{Call: seccomp.Call{Name: "refused by Docker", Number: number}, Errno: seccomp.EPERM})
	}
	return rules
}

func TestStrangeHosts(t *testing.T) {
	for _, h := range strangeHosts {
		t.Run(h.name, func(t *testing.T) {
			user := os.Geteuid() != 0
			if h.root && user {
				t.Skip("only root can make this host")
			}
			for _, tool := range h.tools {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skipf("%v, and it makes this host", err)
				}
			}
			dir := faultDir(t)
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			wrapper := []string{"/bin/sh", "-c", `JOB=$1; shift; ` + h.script, "sh", dir}
			if h.private {
				wrapper = append([]string{"unshare", "--user", "--map-root-user", "--mount"}, wrapper...)
				if !user && !h.userNS {
					wrapper = slices.Delete(wrapper, 1, 3)
				}
			}
			if h.exe != "" {
				exe = h.exe
			}
			o, ran, noise := carryOut(t, job{Dir: dir, Rules: h.rules, Exe: exe}, wrapper...)
			if !ran {
				t.Fatalf("the host cannot be made: %s", noise)
			}
			judge(t, o, allowance{files: h.files})
			refused := h.refused
			if user && h.user != "" {
				refused = h.user
			}
			switch {
			case refused != "" && (o.Exit != diag.ExitIsolation || !strings.Contains(o.Error, refused)):
				t.Errorf("want a refusal with %q (%d), got %q (%d)", refused, diag.ExitIsolation, o.Error, o.Exit)
			case refused == "" && o.Error != "":
				t.Errorf("refused: %s", o.Error)
			case refused == "" && h.weaker == "" && slices.ContainsFunc(o.Result.Weaker, func(s string) bool { return !strings.Contains(s, "uses cgo") }):
				t.Errorf("weaker than expected: %q", o.Result.Weaker)
			case h.weaker != "" && !h.atMost && !slices.ContainsFunc(o.Result.Weaker, func(s string) bool { return strings.Contains(s, h.weaker) }):
				t.Errorf("%q is not reported: %q", h.weaker, o.Result.Weaker)
			}
			t.Logf("%s%+v", o.Error, o.Result)
		})
	}
}
