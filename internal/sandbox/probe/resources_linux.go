package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// groupOf is the control group that the try of process pid makes: below our own
// in the unified hierarchy (cgroups(7)).
func groupOf(pid int) (string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", failed(err, "reading our own group")
	}
	for line := range strings.Lines(string(data)) {
		if own, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return filepath.Join("/sys/fs/cgroup", own, fmt.Sprintf("cargo-hermetic-probe-%d", pid)), nil
		}
	}
	return "", wrong("reading our own group", "there is no unified hierarchy")
}

// controlGroup makes an empty group, looks at what it could limit, and removes
// it.
func controlGroup(string) (string, error) {
	dir, err := groupOf(os.Getpid())
	if err != nil {
		return "", err
	}
	var st unix.Statfs_t
	err = unix.Statfs(filepath.Dir(dir), &st)
	if err := see(err, st.Type == unix.CGROUP2_SUPER_MAGIC, "looking at the hierarchy", "its type is %#x", st.Type); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", failed(bare(err), "making a group")
	}
	controllers, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err := errors.Join(err, os.Remove(dir)); err != nil {
		return "", failed(bare(err), "looking at the group and removing it")
	}
	names := strings.Fields(string(controllers))
	for _, needed := range []string{"memory", "pids"} {
		if !slices.Contains(names, needed) {
			return "", wrong("looking at what it can limit", "not `%s`, which the group above does not pass on", needed)
		}
	}
	return strings.Join(names, " "), nil
}

// removeGroup removes what a try that was killed left.
func removeGroup(pid int) error {
	dir, err := groupOf(pid)
	if err != nil {
		return nil // then the try has made none
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func fuse(string) (string, error) {
	file, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return "", failed(bare(err), "opening /dev/fuse")
	}
	return "", failed(file.Close(), "closing")
}

// cpuidFaulting makes the instruction CPUID fault, for this thread, and allows
// it again (arch_prctl(2)). Only a process that catches the fault could then
// answer with other features.
func cpuidFaulting(string) (string, error) {
	const archCPUID, archAllow = 0x1012, 1 // arch/x86/include/uapi/asm/prctl.h
	number, ok := archPrctl()
	if !ok {
		return "", wrong("arch_prctl", "there is none on %s", runtime.GOARCH)
	}
	for _, allow := range []uintptr{0, archAllow} {
		if _, _, errno := unix.RawSyscall(number, archCPUID, allow, 0); errno != 0 {
			return "", failed(errno, "arch_prctl")
		}
	}
	return "", nil
}
