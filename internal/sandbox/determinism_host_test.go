//go:build linux

package sandbox_test

import (
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// hostFacts are what the suite has to know about the host.
type hostFacts struct {
	processors []int  // that this process may use
	faults     bool   // CPUID can be made to fault
	memory     string // a directory in memory; empty for none
	libc       string // its name and release, such as `glibc 2.36`
}

func factsOfHost(t *testing.T) *hostFacts {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	h := &hostFacts{}
	for cpu := range 64 * len(set) {
		if set.IsSet(cpu) {
			h.processors = append(h.processors, cpu)
		}
	}
	var err error
	if h.faults, err = faultsOnCPUID(); err != nil {
		t.Fatal(err)
	}
	var st unix.Statfs_t
	const shm = "/dev/shm"
	if err := unix.Statfs(shm, &st); err == nil && st.Type == tmpfsMagic && unix.Access(shm, unix.W_OK) == nil {
		h.memory = shm
	}
	name, err := exec.Command("getconf", "GNU_LIBC_VERSION").Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) { // another C library does not know this word
		t.Fatal(err)
	}
	h.libc = strings.TrimSpace(string(name))
	return h
}

// tmpfsMagic is TMPFS_MAGIC of include/uapi/linux/magic.h.
const tmpfsMagic = 0x01021994

// archSetCPUID is ARCH_SET_CPUID of arch/x86/include/uapi/asm/prctl.h. A 1 lets
// CPUID be executed, which is how it is anyway; a processor that cannot fault on
// it answers ENODEV.
const archSetCPUID = 0x1012

// faultsOnCPUID reports whether the processor and the kernel can make CPUID
// fault.
func faultsOnCPUID() (bool, error) {
	if runtime.GOARCH != "amd64" {
		return false, nil
	}
	_, _, errno := unix.RawSyscall(sysArchPrctl, archSetCPUID, 1, 0)
	if errno != 0 && !errors.Is(errno, unix.ENODEV) {
		return false, errno
	}
	return errno == 0, nil
}

// sysArchPrctl is arch_prctl of arch/x86/entry/syscalls/syscall_64.tbl; other
// architectures have no such call.
const sysArchPrctl = 158
