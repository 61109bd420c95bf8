package probe

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// another starts a process that waits until its input ends. stop ends it.
func another(sys *syscall.SysProcAttr) (cmd *exec.Cmd, stop func() error, err error) {
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, nil, failed(err, "making a pipe")
	}
	defer reading.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		writing.Close()
		return nil, nil, failed(err, "opening "+os.DevNull)
	}
	defer null.Close()
	sys.Pdeathsig = syscall.SIGKILL
	cmd = exec.Command("/proc/self/exe")
	cmd.Args, cmd.Env, cmd.Stdin = []string{childName, waitingName, ""}, []string{}, reading
	cmd.ExtraFiles, cmd.SysProcAttr = []*os.File{null}, sys
	if err := cmd.Start(); err != nil {
		writing.Close()
		return nil, nil, failed(err, "starting a process")
	}
	return cmd, func() error {
		writing.Close()
		return failed(cmd.Wait(), "waiting for the process")
	}, nil
}

// ptrace starts a traced process, which stops at its first instruction, and
// lets it go.
func ptrace(string) (string, error) {
	cmd, stop, err := another(&syscall.SysProcAttr{Ptrace: true})
	if err != nil {
		return "", err
	}
	var status syscall.WaitStatus
	_, err = syscall.Wait4(cmd.Process.Pid, &status, 0, nil)
	err = see(err, status.Stopped() && status.StopSignal() == syscall.SIGTRAP, "waiting for it to stop", "its status is %#x", status)
	if err == nil {
		err = failed(syscall.PtraceDetach(cmd.Process.Pid), "letting it go")
	}
	if err != nil {
		// A process that is stopped does not end with its input.
		_ = cmd.Process.Kill()
	}
	return "", errors.Join(err, stop())
}

// pidfd takes a descriptor of another process over, and ends that process.
func pidfd(string) (string, error) {
	cmd, stop, err := another(&syscall.SysProcAttr{})
	if err != nil {
		return "", err
	}
	err = throughPidfd(cmd.Process.Pid)
	ended := stop()
	if err != nil {
		return "", err
	}
	if exit := (*exec.ExitError)(nil); !errors.As(ended, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		return "", wrong("pidfd_send_signal", "the process did not end by the signal (%v)", ended)
	}
	return "", nil
}

func throughPidfd(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return failed(err, "pidfd_open")
	}
	defer unix.Close(fd)
	theirs, err := unix.PidfdGetfd(fd, reportFD, 0)
	if err != nil {
		return failed(err, "pidfd_getfd")
	}
	defer unix.Close(theirs)
	var st unix.Stat_t
	err = unix.Fstat(theirs, &st)
	if err := see(err, st.Rdev == unix.Mkdev(1, 3), "looking at what was taken over", "it is device %#x, not /dev/null", st.Rdev); err != nil {
		return err
	}
	return failed(unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0), "pidfd_send_signal")
}

// closeRange marks descriptors by their range and looks at the marks.
func closeRange(string) (string, error) {
	const first = 200
	for fd := first; fd < first+3; fd++ {
		if err := unix.Dup3(reportFD, fd, 0); err != nil {
			return "", failed(err, "making descriptors")
		}
	}
	if err := unix.CloseRange(first+1, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return "", failed(err, "close_range")
	}
	marks := ""
	for fd := uintptr(first); fd < first+3; fd++ {
		flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0)
		if err != nil {
			return "", failed(err, "reading a mark")
		}
		marks += fmt.Sprint(flags & unix.FD_CLOEXEC)
	}
	return "", see(nil, marks == "011", "reading the marks", "they are %s, not 011", marks)
}

// openBeneath sees that a path cannot leave its directory.
func openBeneath(string) (string, error) {
	dir, err := unix.Open("/dev", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", failed(err, "opening a directory")
	}
	defer unix.Close(dir)
	how := &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(dir, "null", how)
	if err != nil {
		return "", failed(err, "openat2")
	}
	if err := unix.Close(fd); err != nil {
		return "", failed(err, "closing")
	}
	_, err = unix.Openat2(dir, "..", how)
	return "", refused(err, unix.EXDEV, "leaving the directory")
}

// fixedAddresses turns the randomisation of addresses off and on again, as the
// second stage does before it starts a command. Containers may refuse it.
func fixedAddresses(string) (string, error) {
	const noRandomize = 0x0040000 // include/uapi/linux/personality.h: ADDR_NO_RANDOMIZE
	for _, persona := range []uintptr{noRandomize, 0} {
		if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, persona, 0, 0); errno != 0 {
			return "", failed(errno, "setting the personality")
		}
	}
	return "", nil
}
