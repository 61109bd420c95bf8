//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// processes are attempts to signal, trace, read or change a process of the host
// by the number that it has there, and the parent of the world's first process
// (E30, E39). The aim belongs to the same user and lets anybody trace it.
var processes = family{name: "processes", surround: watchBystander, attempts: []attempt{
	{name: "kill", try: func(s *scene) error { return unix.Kill(s.PID, unix.SIGKILL) }, refused: "ESRCH", except: landlock("EPERM")},
	{name: "stop", try: func(s *scene) error { return unix.Kill(s.PID, unix.SIGSTOP) }, refused: "ESRCH", except: landlock("EPERM")},
	{name: "kill-group", try: func(s *scene) error { return unix.Kill(-s.PID, unix.SIGKILL) }, refused: "ESRCH", except: landlock("EPERM")},
	{name: "kill-thread", try: func(s *scene) error { return unix.Tgkill(s.PID, s.PID, unix.SIGKILL) }, refused: "ESRCH", except: landlock("EPERM")},
	{name: "kill-by-descriptor", try: func(s *scene) error {
		return ofProcess(s, func(fd int) error { return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) })
	}, refused: "ESRCH", except: landlock("EPERM")},
	// Without the sandbox this would reach every process of the user.
	{name: "signal-everybody", try: func(*scene) error {
		err := unix.Kill(-1, unix.SIGWINCH)
		if err == nil {
			return word("unheard") // the kernel says nothing if it may signal none of them
		}
		return err
	}, refused: "ESRCH", except: landlock("unheard"), where: nowhere},
	{name: "signal-by-pipe", try: signalByPipe, refused: "ESRCH", except: landlock("unheard"), outside: "unheard"},
	{name: "trace", try: func(s *scene) error { return unix.PtraceAttach(s.PID) }, refused: "ESRCH", except: landlock("EPERM")},
	{name: "seize", try: func(s *scene) error {
		if err := unix.PtraceSeize(s.PID); err != nil {
			return err
		}
		return unix.PtraceInterrupt(s.PID)
	}, refused: "ESRCH", except: landlock("EPERM"), quiet: true},
	{name: "read-memory", try: func(s *scene) error {
		var b [8]byte
		_, err := unix.ProcessVMReadv(s.PID, iovec(b[:]), []unix.RemoteIovec{{Base: uintptr(s.Word), Len: 8}}, 0)
		return err
	}, refused: "ESRCH", except: landlock("EPERM"), quiet: true},
	{name: "write-memory", try: func(s *scene) error {
		_, err := unix.ProcessVMWritev(s.PID, iovec([]byte("planted.")), []unix.RemoteIovec{{Base: uintptr(s.Word), Len: 8}}, 0)
		return err
	}, refused: "ESRCH", except: landlock("EPERM")},
	{name: "write-memory-by-proc", try: func(s *scene) error {
		return with(fmt.Sprintf("/proc/%d/mem", s.PID), unix.O_RDWR, func(fd int) error {
			_, err := unix.Pwrite(fd, []byte("planted."), int64(s.Word))
			return err
		})
	}, refused: "ENOENT"},
	{name: "write-memory-by-own-root", try: func(s *scene) error {
		return with(fmt.Sprintf("/proc/self/root/proc/%d/mem", s.PID), unix.O_RDWR, func(fd int) error {
			_, err := unix.Pwrite(fd, []byte("planted."), int64(s.Word))
			return err
		})
	}, refused: "ENOENT", except: landlock("EACCES")},
	{name: "take-descriptor", try: func(s *scene) error {
		return ofProcess(s, func(fd int) error {
			taken, err := unix.PidfdGetfd(fd, s.FD, 0)
			if err != nil {
				return err
			}
			return put(taken)
		})
	}, refused: "ESRCH", except: landlock("EPERM")},
	{name: "advise-memory", try: func(s *scene) error {
		return ofProcess(s, func(fd int) error {
			page := uintptr(s.Word) &^ 4095
			vector := [2]uintptr{page, 4096}
			const cold = 20 // MADV_COLD
			return call(unix.SYS_PROCESS_MADVISE, uintptr(fd), uintptr(unsafe.Pointer(&vector)), 1, cold, 0)
		})
	}, refused: "ESRCH", except: landlock("EACCES EPERM"), outside: "success EPERM", quiet: true},
	{name: "locks-list", try: func(s *scene) error {
		var head, size uintptr
		return call(unix.SYS_GET_ROBUST_LIST, uintptr(s.PID), uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&size)))
	}, refused: "ESRCH", except: landlock("EPERM"), quiet: true},
	{name: "compare", try: func(s *scene) error {
		return call(unix.SYS_KCMP, uintptr(os.Getpid()), uintptr(s.PID), 1 /* KCMP_VM */, 0, 0)
	}, refused: "ESRCH", except: landlock("EPERM"), outside: "success ENOSYS", quiet: true},
	{name: "limit", try: func(s *scene) error {
		return unix.Prlimit(s.PID, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 0, Max: unix.RLIM_INFINITY}, nil)
	}, refused: "ESRCH", except: landlock("EPERM")},
	{name: "priority", try: func(s *scene) error { return unix.Setpriority(unix.PRIO_PROCESS, s.PID, 19) }, refused: "ESRCH", except: landlock("EPERM")},
	{name: "disk-priority", try: func(s *scene) error {
		const idle = 3 << 13 // IOPRIO_CLASS_IDLE
		return call(unix.SYS_IOPRIO_SET, 1, uintptr(s.PID), idle)
	}, refused: "ESRCH", except: landlock("EPERM"), quiet: true},
	{name: "scheduler", try: func(s *scene) error {
		var priority int32
		const batch = 3 // SCHED_BATCH
		return call(unix.SYS_SCHED_SETSCHEDULER, uintptr(s.PID), batch, uintptr(unsafe.Pointer(&priority)))
	}, refused: "ESRCH", except: landlock("EPERM"), quiet: true},
	{name: "processors", try: func(s *scene) error {
		var set unix.CPUSet
		set.Set(0)
		return unix.SchedSetaffinity(s.PID, &set)
	}, refused: "ESRCH", except: landlock("EPERM"), quiet: true},
	{name: "environment", try: ofProc(func(s *scene) int { return s.PID }, "environ"), refused: "ENOENT", quiet: true},
	{name: "environment-by-planted-link", try: byLinkToProc("environ"), refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	{name: "command-line", try: ofProc(func(s *scene) int { return s.PID }, "cmdline"), refused: "ENOENT", quiet: true},
	{name: "command-line-by-planted-link", try: byLinkToProc("cmdline"), refused: "ENOENT", weaker: procIsOpen, quiet: true},
	{name: "root", try: func(s *scene) error { _, err := os.ReadDir(fmt.Sprintf("/proc/%d/root/", s.PID)); return err }, refused: "ENOENT", quiet: true},
	{name: "directory-by-own-root", try: func(s *scene) error {
		_, err := os.ReadDir(fmt.Sprintf("/proc/self/root/proc/%d/cwd/", s.PID))
		return err
	}, refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	// The parent of a victim is the world's first process, or where there is
	// none the second stage. Without the sandbox it would be this test.
	{name: "kill-parent", try: onParent(unix.SIGKILL), refused: "unheard", except: landlock("EPERM"), where: nowhere},
	{name: "stop-parent", try: onParent(unix.SIGSTOP), refused: "unheard", except: landlock("EPERM"), where: nowhere},
	{name: "trace-parent", try: func(*scene) error { return unix.PtraceAttach(os.Getppid()) }, refused: "EPERM", where: nowhere},
	{name: "limit-parent", try: func(*scene) error {
		return unix.Prlimit(os.Getppid(), unix.RLIMIT_FSIZE, &unix.Rlimit{Max: unix.RLIM_INFINITY}, nil)
	}, refused: "EPERM", where: nowhere, weaker: map[sandbox.Isolation]string{
		sandbox.Namespaces: "the world's first process belongs to the world: who ends it ends the build, which then has failed",
	}},
	{name: "descriptor-of-parent", try: func(*scene) error {
		fd, err := unix.PidfdOpen(os.Getppid(), 0)
		if err != nil {
			return err
		}
		_, err = unix.PidfdGetfd(fd, 4, 0)
		return err
	}, refused: "EPERM", where: nowhere},
	{name: "environment-of-parent", try: ofProc(parent, "environ"), refused: "EACCES EPERM", except: landlock("ENOENT"), where: nowhere},
	{name: "memory-of-parent", try: ofProc(parent, "mem"), refused: "EACCES EPERM", except: landlock("ENOENT"), where: nowhere},
	{name: "memory-of-parent-by-own-root", try: func(*scene) error { return reads(fmt.Sprintf("/proc/self/root/proc/%d/mem", os.Getppid())) },
		refused: "EACCES EPERM", where: nowhere},
	{name: "root-of-parent", try: func(*scene) error { _, err := os.ReadDir(fmt.Sprintf("/proc/%d/root/", os.Getppid())); return err },
		refused: "EACCES", except: landlock("ENOENT"), where: nowhere},
	{name: "descriptors-of-parent", try: func(*scene) error { return with(fmt.Sprintf("/proc/%d/fd/4", os.Getppid()), unix.O_WRONLY, nothing) },
		refused: "EACCES", except: landlock("ENOENT"), where: nowhere},
	// CVE-2019-5736: the program that started us is a file of the host.
	{name: "program-of-parent", try: func(*scene) error { return with(fmt.Sprintf("/proc/%d/exe", os.Getppid()), unix.O_RDONLY, nothing) },
		refused: "EACCES", except: landlock("ENOENT"), where: nowhere},
	{name: "program-of-parent-by-own-root", try: func(*scene) error {
		return with(fmt.Sprintf("/proc/self/root/proc/%d/exe", os.Getppid()), unix.O_WRONLY, nothing)
	}, refused: "EACCES", where: nowhere},
}}

// procIsOpen: Landlock can allow all of /proc or nothing of it, and the
// supervisor looks at names only.
var procIsOpen = map[sandbox.Isolation]string{
	sandbox.Landlock: "what /proc says to everybody is hidden only from programs that do not try to find out",
}

func iovec(b []byte) []unix.Iovec {
	v := []unix.Iovec{{Base: &b[0]}}
	v[0].SetLen(len(b))
	return v
}

// ofProcess opens the process outside.
func ofProcess(s *scene, do func(fd int) error) error {
	fd, err := unix.PidfdOpen(s.PID, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return do(fd)
}

func parent(*scene) int { return os.Getppid() }

// ofProc reads a file of a process.
func ofProc(process func(*scene) int, name string) func(*scene) error {
	return func(s *scene) error { return reads(fmt.Sprintf("/proc/%d/%s", process(s), name)) }
}

// byLinkToProc reads a file of the process outside by a link that it makes.
func byLinkToProc(name string) func(*scene) error {
	return func(s *scene) error {
		if err := os.Symlink(fmt.Sprintf("/proc/%d", s.PID), s.Out+"/process"); err != nil {
			return err
		}
		return reads(s.Out + "/process/" + name)
	}
}

func onParent(sig syscall.Signal) func(*scene) error {
	return func(*scene) error {
		if err := unix.Kill(os.Getppid(), sig); err != nil {
			return err
		}
		return word("unheard") // or we would not be here to say it
	}
}

// signalByPipe has the kernel send a signal when a pipe can be read.
func signalByPipe(s *scene) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	fd := r.Fd()
	if _, err := unix.FcntlInt(fd, unix.F_SETOWN, s.PID); err != nil {
		return err
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETSIG, int(unix.SIGTERM)); err != nil {
		return err
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETFL, unix.O_ASYNC|unix.O_NONBLOCK); err != nil {
		return err
	}
	if _, err := w.Write([]byte("x")); err != nil {
		return err
	}
	return word("unheard") // the kernel says nothing to the sender
}
