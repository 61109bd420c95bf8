//go:build linux

package sandbox_test

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel are attempts to use parts of the kernel that no build needs, most of
// which administer the machine. Their arguments mean nothing: outside, the kernel
// says so, or misses a capability that a world's filter does not even ask for.
// None of them would do anything if it got through.
var kernel = family{name: "kernel", surround: watchFiles, attempts: []attempt{
	{name: "bpf", try: refusedBy(unix.SYS_BPF, badFD, 0, 0), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL", quiet: true},
	{name: "perf", try: perf, refused: "EPERM", outside: "success EACCES ENOENT", quiet: true},
	{name: "page-faults", try: refusedBy(unix.SYS_USERFAULTFD, 1, 0), refused: "EPERM", where: onHostAsRoot, outside: "success EINVAL", quiet: true},
	{name: "load-kernel", try: refusedBy(unix.SYS_KEXEC_LOAD, 0, 17, 0, badFD), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL ENOSYS", quiet: true},
	{name: "load-kernel-file", try: refusedBy(unix.SYS_KEXEC_FILE_LOAD, badFD, badFD, 0, 0, badFD), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL ENOSYS EBADF", quiet: true},
	{name: "load-module", try: refusedBy(unix.SYS_INIT_MODULE, 0, 0, 0), refused: "EPERM", where: onHostAsRoot, outside: "EFAULT ENOEXEC ENOSYS EPERM", quiet: true},
	{name: "load-module-file", try: refusedBy(unix.SYS_FINIT_MODULE, badFD, 0, badFD), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL EBADF ENOSYS EPERM", quiet: true},
	{name: "unload-module", try: refusedBy(unix.SYS_DELETE_MODULE, 0, 0), refused: "EPERM", where: onHostAsRoot, outside: "EFAULT ENOSYS EPERM", quiet: true},
	{name: "swap-on", try: refusedBy(unix.SYS_SWAPON, 0, badFD), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL", quiet: true},
	{name: "swap-off", try: refusedBy(unix.SYS_SWAPOFF, 0), refused: "EPERM", where: onHostAsRoot, outside: "EFAULT", quiet: true},
	{name: "accounting", try: refusedBy(unix.SYS_ACCT, 1), refused: "EPERM", where: onHostAsRoot, outside: "EFAULT EPERM", quiet: true}, // root of a container lacks CAP_SYS_PACCT
	{name: "quota", try: refusedBy(unix.SYS_QUOTACTL, badFD, 0, 0, 0), refused: "EPERM", outside: "EINVAL ENODEV ENOSYS", quiet: true},
	{name: "quota-by-descriptor", try: refusedBy(unix.SYS_QUOTACTL_FD, badFD, badFD, 0, 0), refused: "EPERM", outside: "EBADF ENOSYS", quiet: true},
	{name: "reboot", try: refusedBy(unix.SYS_REBOOT, 0, 0, 0, 0), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL", quiet: true}, // without its magic numbers
	{name: "kernel-log", try: refusedBy(unix.SYS_SYSLOG, 99, 0, 0), refused: "EPERM", where: onHostAsRoot, outside: "EINVAL EPERM", quiet: true},
	{name: "set-time", try: func(*scene) error {
		invalid := unix.Timespec{Nsec: -1}
		return unix.ClockSettime(unix.CLOCK_REALTIME, &invalid)
	}, refused: "EPERM", outside: "EINVAL", quiet: true},
	{name: "set-time-of-day", try: func(*scene) error { return unix.Settimeofday(&unix.Timeval{Usec: -1}) }, refused: "EPERM", outside: "EINVAL", quiet: true},
	{name: "adjust-time", try: func(*scene) error {
		// Nothing is changed by an offset of nothing.
		_, err := unix.Adjtimex(&unix.Timex{Modes: adjustSingleShot})
		return err
	}, refused: "EPERM", where: onHostAsRoot, outside: "success EPERM EINVAL", quiet: true},
	{name: "wake-alarm", try: func(*scene) error {
		fd, err := callFor(unix.SYS_TIMERFD_CREATE, unix.CLOCK_REALTIME_ALARM, 0)
		if err != nil {
			return err
		}
		return unix.Close(int(fd))
	}, refused: "EPERM", where: onHostAsRoot, outside: "success EPERM", quiet: true},
	{name: "watch-everything", try: func(*scene) error {
		fd, err := unix.FanotifyInit(unix.FAN_CLASS_CONTENT, unix.O_RDONLY)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}, refused: "EPERM", except: landlock("ENOSYS"), where: onHostAsRoot, outside: "success ENOSYS", quiet: true},
	{name: "lookup-cookie", try: refusedBy(212, 0, 0, 0), refused: "EPERM ENOSYS", where: nowhere}, // gone since Linux 6.7
	{name: "hang-up-terminal", try: refusedBy(unix.SYS_VHANGUP), refused: "EPERM", where: nowhere},
	{name: "kernel-ring", try: func(*scene) error {
		fd, err := unix.Open("/dev/kmsg", unix.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}, refused: "ENOENT", where: onHostAsRoot, outside: "success ENOENT", quiet: true},
	{name: "memory-of-machine", try: opens("/dev/mem", unix.O_RDONLY), refused: "ENOENT", where: onHostAsRoot, outside: "success ENOENT EPERM", quiet: true},
	{name: "fuse", try: opens("/dev/fuse", unix.O_RDWR), refused: "ENOENT", where: onHostAsRoot, outside: "success ENOENT", quiet: true},
	{name: "virtual-machine", try: opens("/dev/kvm", unix.O_RDWR), refused: "ENOENT", where: onHostAsRoot, outside: "success ENOENT", quiet: true},
	{name: "new-terminal", try: opens("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY), refused: "ENOENT", quiet: true},
	{name: "terminal-of-session", try: opens("/dev/tty", unix.O_RDWR), refused: "ENOENT", outside: "success ENXIO", quiet: true},
	// Root owns the host's device nodes, and a world of root's is root outside.
	{name: "mode-of-device", try: func(*scene) error { return unix.Chmod("/dev/null", 0o666) }, refused: "EROFS", where: onHostAsRoot, quiet: true},
	{name: "times-of-device", try: func(*scene) error {
		return with("/dev/null", unix.O_RDONLY, func(fd int) error { return call(unix.SYS_UTIMENSAT, uintptr(fd), 0, 0, 0) })
	}, refused: "EROFS", where: onHostAsRoot, quiet: true},
	{name: "attribute-of-device", try: func(*scene) error { return unix.Setxattr("/dev/null", "user.x", []byte("x"), 0) }, refused: "EROFS", except: landlock("ENOTSUP"), where: nowhere},
	{name: "use-of-device", try: func(*scene) error { return with("/dev/null", unix.O_WRONLY|unix.O_TRUNC|unix.O_CREAT, put) }, refused: got, quiet: true},
	{name: "own-processors", try: func(*scene) error {
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(0, &set); err != nil {
			return err
		}
		return unix.SchedSetaffinity(0, &set)
	}, refused: got, quiet: true}, // harmless, and build tools do it
}}

// adjustSingleShot is ADJ_OFFSET_SINGLESHOT (include/uapi/linux/timex.h).
const adjustSingleShot = 0x8001

// perf counts what this process itself does, which anybody may on most hosts.
func perf(*scene) error {
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_TASK_CLOCK, Bits: unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv}
	attr.Size = uint32(unsafe.Sizeof(attr))
	fd, err := unix.PerfEventOpen(&attr, os.Getpid(), -1, -1, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}
