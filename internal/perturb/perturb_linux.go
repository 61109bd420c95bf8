package perturb

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Command prepares a program that sees such a host. program is an absolute path, argv
// its arguments with its name; dir and env are its directory and environment.
func Command(ctx context.Context, h Host, dir string, env []string, program string, argv []string) (*exec.Cmd, error) {
	data, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = append([]string{stageName, string(data), program}, argv...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	if h.User == 0 && h.HostName == "" {
		return cmd, nil
	}
	// A user namespace maps the user to another number, and lets us change the host
	// name of a namespace of its own.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: orOwn(h.User, os.Getuid()), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: orOwn(h.User, os.Getgid()), HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN}, // for the host name; given up in Stage
	}
	return cmd, nil
}

func orOwn(number, own int) int {
	if number != 0 {
		return number
	}
	return own
}

// Stage changes the process as Command was told and executes the program. It returns
// only if that fails. Without a program, it only changes the process.
func Stage(args []string) error {
	var h Host
	if err := json.Unmarshal([]byte(args[1]), &h); err != nil {
		return fmt.Errorf("reading how the host differs: %w", err)
	}
	runtime.LockOSThread() // most of this is the thread's, and its exec makes it the process's
	if h.HostName != "" {
		if err := unix.Sethostname([]byte(h.HostName)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
	}
	if h.User != 0 || h.HostName != "" {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
			return fmt.Errorf("giving up privileges: %w", err)
		}
	}
	if h.Umask >= 0 {
		unix.Umask(h.Umask)
	}
	if err := personality(h); err != nil {
		return err
	}
	if h.CPUs > 0 {
		if err := limit(h.CPUs); err != nil {
			return err
		}
	}
	if args[2] == "" {
		return nil
	}
	return fmt.Errorf("executing %s: %w", args[2], unix.Exec(args[2], args[3:], os.Environ()))
}

// personality sets what the kernel shows for all that follows (personality(2)).
func personality(h Host) error {
	const (
		asIs       = 0xffffffff
		noRandom   = 0x0040000 // ADDR_NO_RANDOMIZE
		oldRelease = 0x0020000 // UNAME26
	)
	now, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, asIs, 0, 0)
	if errno != 0 {
		return fmt.Errorf("asking for the personality: %w", errno)
	}
	if h.Fixed {
		now |= noRandom
	}
	if h.OldKernel {
		now |= oldRelease
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, now, 0, 0); errno != 0 {
		return fmt.Errorf("setting the personality: %w", errno)
	}
	return nil
}

// limit leaves the first n processors.
func limit(n int) error {
	var all, some unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return fmt.Errorf("asking for the processors: %w", err)
	}
	for cpu := 0; some.Count() < min(n, all.Count()); cpu++ {
		if all.IsSet(cpu) {
			some.Set(cpu)
		}
	}
	if err := unix.SchedSetaffinity(0, &some); err != nil {
		return fmt.Errorf("leaving %d processors: %w", n, err)
	}
	return nil
}

// Refusal says why users and host names cannot be others here, empty if they can.
func Refusal() string {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{stageName, `{"Umask":-1}`, ""}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWUTS}
	if err := cmd.Run(); err != nil {
		return fmt.Sprintf("this host gives nobody a user namespace: %v", err)
	}
	return ""
}
