//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// privileges are attempts to become somebody else, to gain a capability, to make
// a file that would give one later, or to lift a limit (E31, E32, E37).
var privileges = family{name: "privileges", surround: watchFiles, attempts: []attempt{
	// EINVAL: the kernel has looked, and takes only a process of one thread.
	{name: "user-namespace", try: unshare(unix.CLONE_NEWUSER), refused: "EPERM", where: inCopy, outside: "EINVAL", quiet: true},
	{name: "user-namespace-by-clone", try: func(*scene) error { return clone(unix.CLONE_NEWUSER) }, refused: "EPERM", where: inCopy, quiet: true},
	// With rubbish in the high half, which a kernel might not look at (CVE-2019-10063).
	{name: "user-namespace-in-low-half", try: unshare(1<<32 | unix.CLONE_NEWUSER), refused: "EPERM", where: inCopy, outside: "EINVAL", quiet: true},
	{name: "user-namespace-by-clone3", try: refusedBy(unix.SYS_CLONE3, 0, 0), refused: "ENOSYS", outside: "EINVAL", quiet: true},
	{name: "mount-namespace", try: unshare(unix.CLONE_NEWNS), refused: "EPERM", where: inCopy, quiet: true},
	{name: "pid-namespace", try: unshare(unix.CLONE_NEWPID), refused: "EPERM", where: inCopy, quiet: true},
	{name: "network-namespace", try: unshare(unix.CLONE_NEWNET), refused: "EPERM", where: inCopy, quiet: true},
	{name: "ipc-namespace", try: unshare(unix.CLONE_NEWIPC), refused: "EPERM", where: inCopy, quiet: true},
	{name: "uts-namespace", try: unshare(unix.CLONE_NEWUTS), refused: "EPERM", where: inCopy, quiet: true},
	{name: "cgroup-namespace", try: unshare(unix.CLONE_NEWCGROUP), refused: "EPERM", where: inCopy, quiet: true},
	{name: "time-namespace", try: unshare(unix.CLONE_NEWTIME), refused: "EPERM", where: inCopy, outside: "success EINVAL", quiet: true},
	{name: "join-namespace", try: func(*scene) error { return join("/proc/self/ns/uts", unix.CLONE_NEWUTS) }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "join-namespace-of-parent", try: func(*scene) error {
		return join(fmt.Sprintf("/proc/%d/ns/mnt", os.Getppid()), unix.CLONE_NEWNS)
	}, refused: "EPERM EACCES", except: landlock("ENOENT"), where: nowhere},
	{name: "join-by-process", try: refusedBy(unix.SYS_SETNS, badFD, unix.CLONE_NEWNS), refused: "EPERM", outside: "EBADF", quiet: true},
	{name: "become-root", try: become(unix.SYS_SETRESUID, os.Getuid), refused: "EINVAL EPERM", except: landlock("EPERM already"), where: nowhere}, // EINVAL: the world has no root
	{name: "become-another", try: refusedBy(unix.SYS_SETRESUID, 12345, 12345, 12345), refused: "EINVAL EPERM", where: onHostAsRoot, quiet: true},
	{name: "become-root-group", try: become(unix.SYS_SETRESGID, os.Getgid), refused: "EINVAL EPERM", except: landlock("EPERM already"), where: nowhere},
	{name: "gain-groups", try: func(*scene) error {
		groups := [1]uint32{0}
		return call(unix.SYS_SETGROUPS, 1, uintptr(unsafe.Pointer(&groups)))
	}, refused: "EPERM", where: onHostAsRoot, quiet: true},
	{name: "gain-capabilities", try: func(*scene) error {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		data := [2]unix.CapUserData{{Effective: 1 << unix.CAP_KILL, Permitted: 1 << unix.CAP_KILL}}
		return unix.Capset(&header, &data[0])
	}, refused: "EPERM", where: inCopy, quiet: true},
	{name: "gain-ambient", try: func(*scene) error {
		return unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, unix.CAP_KILL, 0, 0)
	}, refused: "EPERM", where: nowhere}, // it needs what gain-capabilities wants
	{name: "gain-privileges-again", try: func(*scene) error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) }, refused: "EINVAL", where: nowhere},
	{name: "leave-filter", try: func(*scene) error {
		return call(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_STRICT, 0, 0)
	}, refused: "EINVAL", where: nowhere}, // it would end the attempt by the first call after it
	{name: "set-id-file", try: setID(func(p string) error { return unix.Chmod(p, 0o4755) }), refused: "EPERM", quiet: true},
	{name: "set-group-id-file", try: setID(func(p string) error { return unix.Chmod(p, 0o2755) }), refused: "EPERM", quiet: true},
	{name: "set-id-descriptor", try: setID(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error { return unix.Fchmod(fd, 0o4755) })
	}), refused: "EPERM", quiet: true},
	{name: "set-id-at", try: setID(func(p string) error { return unix.Fchmodat(unix.AT_FDCWD, p, 0o4755, 0) }), refused: "EPERM", quiet: true},
	{name: "set-id-at2", try: setID(func(p string) error {
		cwd := unix.AT_FDCWD
		return call(unix.SYS_FCHMODAT2, uintptr(cwd), text(p), 0o4755, 0)
	}), refused: "EPERM", outside: "success ENOSYS", quiet: true}, // Linux 6.6
	// A mode may be given when a file is made, too.
	{name: "set-id-created", try: createdSetID(func(p string) error {
		fd, err := unix.Open(p, unix.O_CREAT|unix.O_WRONLY, 0o4755)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}), refused: "not-set-id EPERM ENOSYS", where: onHostAsRoot, quiet: true},
	{name: "set-id-created-at", try: createdSetID(func(p string) error {
		fd, err := unix.Openat2(unix.AT_FDCWD, p, &unix.OpenHow{Flags: unix.O_CREAT | unix.O_WRONLY, Mode: 0o4755})
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}), refused: "not-set-id EPERM ENOSYS", where: onHostAsRoot, quiet: true},
	{name: "set-id-node", try: createdSetID(func(p string) error { return unix.Mknod(p, unix.S_IFREG|0o4755, 0) }),
		refused: "not-set-id EPERM ENOSYS", where: onHostAsRoot, quiet: true},
	{name: "character-device", try: func(s *scene) error {
		return unix.Mknod(s.Out+"/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3)))
	}, refused: "EPERM", except: landlock("EPERM EACCES"), where: onHostAsRoot, quiet: true},
	{name: "block-device", try: func(s *scene) error {
		return unix.Mknod(s.Out+"/loop", unix.S_IFBLK|0o666, int(unix.Mkdev(7, 0)))
	}, refused: "EPERM", except: landlock("EPERM EACCES"), where: onHostAsRoot, quiet: true},
	{name: "raise-hard-limit", try: func(*scene) error {
		return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 4096, Max: 4096})
	}, refused: "EPERM", where: nowhere}, // outside nobody has set one
	{name: "nicer-than-others", try: func(*scene) error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -5) }, refused: "EACCES", except: landlock("EPERM EACCES"), where: onHostAsRoot, outside: "success EACCES", quiet: true},
	{name: "real-time", try: func(*scene) error {
		priority := int32(1)
		return call(unix.SYS_SCHED_SETSCHEDULER, 0, unix.SCHED_FIFO, uintptr(unsafe.Pointer(&priority)))
	}, refused: "EPERM", where: onHostAsRoot, outside: "success EPERM", quiet: true},
	{name: "real-time-disk", try: refusedBy(unix.SYS_IOPRIO_SET, 1, 0, 1<<13), refused: "EPERM", where: onHostAsRoot, outside: "success EPERM", quiet: true},
	{name: "host-name", try: func(*scene) error { return unix.Sethostname([]byte("x")) }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "domain-name", try: func(*scene) error { return unix.Setdomainname([]byte("x")) }, refused: "EPERM", where: inCopy, quiet: true},
}}

// unshare asks for a namespace of its own.
func unshare(flags uintptr) func(*scene) error {
	return func(*scene) error {
		runtime.LockOSThread() // for the rest of the process, which ends after it
		return call(unix.SYS_UNSHARE, flags)
	}
}

// become becomes number 0. Under isolation `landlock` numbers are the host's, so
// whoever calls as root is root in there, without any capability.
func become(number uintptr, own func() int) func(*scene) error {
	return func(*scene) error {
		if own() == 0 {
			return word("already")
		}
		return call(number, 0, 0, 0)
	}
}

func join(path string, kind int) error {
	runtime.LockOSThread() // for the rest of the process, which ends after it
	return with(path, unix.O_RDONLY, func(fd int) error { return unix.Setns(fd, kind) })
}

// clone makes a process in a new namespace. The process does nothing.
func clone(flags uintptr) error {
	cmd := exec.Command("/proc/self/exe", idleArg)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	return cmd.Run()
}

// setID tries to make a file of the output one that lends its owner's rights.
func setID(try func(path string) error) func(*scene) error {
	return func(s *scene) error { return try(s.Out + "/old") }
}

// createdSetID makes a file and gives it content. Where no filter sees the mode,
// the kernel takes the bits away as soon as there is something in the file that
// could be started, from everybody without CAP_FSETID. ENOSYS: openat2 has its
// mode in memory, and a C library does without it.
func createdSetID(try func(path string) error) func(*scene) error {
	return func(s *scene) error {
		unix.Umask(0)
		path := s.Out + "/new"
		if err := try(path); err != nil {
			return err
		}
		if err := with(path, unix.O_WRONLY, put); err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Stat(path, &st); err != nil {
			return err
		}
		if st.Mode&0o6000 == 0 {
			return word("not-set-id")
		}
		return nil
	}
}
