//go:build linux

package hermetic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { programs["incircumstances"] = inCircumstances }

// enter is what a process does to itself before it becomes a build.
type enter struct {
	Umask      int
	Processors []int
	Kernel26   bool   // the kernel says that it is 2.6
	HostName   string // empty keeps it
}

// uname26 is UNAME26 of include/uapi/linux/personality.h.
const uname26 = 0x0020000

// inCircumstances: `incircumstances ENTER CMD...`, with ENTER as JSON. It returns
// only if it fails. Much of this belongs to a thread, and an exec keeps that of
// the thread which makes it.
func inCircumstances(args []string) error {
	runtime.LockOSThread()
	if len(args) < 2 {
		return errors.New("usage: incircumstances ENTER CMD...")
	}
	var e enter
	if err := json.Unmarshal([]byte(args[0]), &e); err != nil {
		return err
	}
	unix.Umask(e.Umask)
	var set unix.CPUSet
	for _, cpu := range e.Processors {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("processors: %w", err)
	}
	if e.Kernel26 {
		if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, uname26, 0, 0); errno != 0 {
			return fmt.Errorf("personality: %w", errno)
		}
	}
	if e.HostName != "" {
		if err := unix.Sethostname([]byte(e.HostName)); err != nil {
			return fmt.Errorf("host name: %w", err)
		}
	}
	// The right to name the host was for that alone.
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	return unix.Exec(args[1], args[1:], os.Environ())
}

// command starts argv in c, and nothing else has.
func (c circumstances) command(t *testing.T, argv ...string) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c.Enter)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(theHost.dir, "bin", "incircumstances"), append([]string{string(text)}, argv...)...)
	cmd.Dir = c.Root
	for name, value := range c.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if c.UID != 0 || c.Enter.HostName != "" {
		uid, gid := c.UID, c.UID
		if uid == 0 {
			uid, gid = os.Geteuid(), os.Getegid()
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWUTS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: gid, HostID: os.Getegid(), Size: 1}},
			AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN},
		}
	}
	return cmd
}

// neighbour is a process that computes until the returned function is called.
func (s *zooScene) neighbour() (end func()) {
	s.t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "while :; do :; done")
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := cmd.Process.Kill(); err != nil {
			s.t.Error(err)
		}
		if exit := (*exec.ExitError)(nil); !errors.As(cmd.Wait(), &exit) {
			s.t.Error("a neighbour ended by itself")
		}
	}
}

// processors are those that this process may run on.
var processors = sync.OnceValue(func() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil
	}
	var list []int
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			list = append(list, cpu)
		}
	}
	return list
})

// otherKernel tries whether the kernel can call itself 2.6: some filters of
// containers refuse that.
var otherKernel = sync.OnceValue(func() bool {
	out, err := exec.Command("setarch", "--uname-2.6", "uname", "-r").Output()
	return err == nil && strings.HasPrefix(string(out), "2.6.")
})

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// faultsOnCPUID reports whether CPUID can be made to fault here: arch_prctl(2)
// with ARCH_SET_CPUID and 1, which lets it be executed, as it is anyway.
var faultsOnCPUID = sync.OnceValue(func() bool {
	const sysArchPrctl, archSetCPUID = 158, 0x1012 // of x86-64
	if runtime.GOARCH != "amd64" {
		return false
	}
	_, _, errno := unix.RawSyscall(sysArchPrctl, archSetCPUID, 1, 0)
	return errno == 0
})

// locale is one that sorts otherwise than by bytes; it is made here, because few
// hosts have one.
type locale struct{ name, lacking string }

var madeLocale = sync.OnceValue(func() locale {
	l := locale{name: filepath.Join(theHost.dir, "locale", "en_US.UTF-8")}
	err := os.Mkdir(filepath.Dir(l.name), 0o755)
	if err == nil {
		_, err = output("localedef", "-i", "en_US", "-f", "UTF-8", l.name)
	}
	if err != nil {
		l.lacking = fmt.Sprintf("making a locale: %v", err)
	}
	return l
})

// otherOrder is a directory on a file system that lists in another order than the
// one of our own directories, and lets programs be executed; empty without one.
var otherOrder = sync.OnceValue(func() string {
	here := orderIn(theHost.work)
	for _, place := range []string{theHost.work, "/dev/shm", "/var/tmp", "/run"} {
		var fs unix.Statfs_t
		if err := unix.Statfs(place, &fs); err != nil || fs.Flags&unix.ST_NOEXEC != 0 {
			continue
		}
		if there := orderIn(place); there != nil && !slices.Equal(here, there) {
			return place
		}
	}
	return ""
})

// orderIn is how a new directory of ten files is listed there.
func orderIn(place string) []string {
	dir, err := os.MkdirTemp(place, "hermetic-order-")
	if err != nil {
		return nil
	}
	defer removeAll(dir)
	for n := range 10 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("file", n)), nil, 0o644); err != nil {
			return nil
		}
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, err := d.Readdirnames(-1) // not sorted
	if err != nil {
		return nil
	}
	return names
}
