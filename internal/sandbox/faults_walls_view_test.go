//go:build linux

package sandbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The checks of what can be seen; see walls.

// wallsTop is everything at the top of the view that the checker runs in.
var wallsTop = []string{"bin", "conf", "dev", "home", "lib", "lib64", "out", "proc", "ro", "shm", "usr", "victim"}

func topIsWhatWasAsked(*outside) error {
	root, err := os.Stat("/")
	if err != nil {
		return err
	}
	// What is mounted on a root is reached by going above it.
	above, err := os.Stat("/..")
	if err != nil {
		return err
	}
	if !os.SameFile(root, above) {
		return broken("/.. is not the root")
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(wallsTop, e.Name()) {
			return broken("there is /%s", e.Name())
		}
	}
	return nil
}

// coversHide: what lies under a cover is not there.
func coversHide(*outside) error {
	entries, err := os.ReadDir("/ro/hidden")
	if err != nil {
		return err
	}
	data, err := os.ReadFile("/ro/hidden-file")
	if err != nil {
		return err
	}
	if len(entries) > 0 || len(data) > 0 {
		return broken("under the covers: %v, %q", entries, data)
	}
	return nil
}

func hostFilesAbsent(o *outside) error {
	for _, p := range []string{o.Secret, path.Dir(o.Secret), "/etc", "/root", "/sys", "/tmp", "/var", "/run", "/dev/tty", "/dev/pts"} {
		if _, err := os.Lstat(p); !errors.Is(err, fs.ErrNotExist) {
			if err == nil {
				return broken("there is %s", p)
			}
			return err
		}
	}
	return nil
}

// writesRefused tries to change what is not declared writable. The files belong
// to the user of the view, so nothing but the mount is in the way.
func writesRefused(*outside) error {
	var errs []error
	for _, p := range []string{"/x", "/usr/x", "/home/x", "/dev/x", "/ro/x", "/ro/sub/x"} {
		f, err := os.Create(p)
		if err == nil {
			err = f.Close()
		}
		errs = append(errs, expect("creating "+p, err, unix.EROFS))
	}
	errs = append(errs,
		expect("writing to /ro/file", os.WriteFile("/ro/file", nil, 0o644), unix.EROFS),
		expect("writing to /victim", os.WriteFile("/victim", nil, 0o644), unix.EROFS, unix.ETXTBSY, unix.EACCES),
		expect("chmod of /ro", os.Chmod("/ro", 0o777), unix.EROFS),
		expect("creating in /proc", os.Mkdir("/proc/x", 0o755), fs.ErrNotExist, unix.EROFS, fs.ErrPermission))
	return errors.Join(errs...)
}

// mountFlags reads what the kernel says about every mount of the view.
func mountFlags(o *outside) error {
	data, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		// Documentation/filesystems/proc.rst, 3.5.
		fields := strings.Fields(line)
		place, options := fields[4], strings.Split(fields[5], ",")
		seen[place] = true
		want := []string{"nosuid"}
		switch {
		case place == "/out" || place == "/shm":
			want = append(want, "nodev")
		case place == "/proc":
			want = append(want, "nodev", "noexec")
		case place == "/dev/null":
			want = append(want, "noexec")
		case strings.HasPrefix(place, "/proc/"): // of a bound /proc
		default:
			want = append(want, "ro", "nodev")
		}
		for _, option := range want {
			if !slices.Contains(options, option) {
				return broken("%s is mounted %s", place, fields[5])
			}
		}
	}
	for _, place := range []string{"/", "/usr", "/ro", "/ro/hidden", "/ro/hidden-file", "/out", "/shm", "/dev/null", "/proc", "/victim"} {
		if !seen[place] {
			return broken("%s is no mount", place)
		}
	}
	return nil
}

// processesOutOfReach: no process outside can be signalled.
func processesOutOfReach(o *outside) error {
	if pid := unix.Getpid(); pid == 1 || pid > 64 {
		return broken("the process is %d", pid)
	}
	// In a host that is a world of its own the number may be one of ours too.
	if err := unix.Kill(o.PID, 0); o.PID > 64 && !errors.Is(err, unix.ESRCH) {
		return broken("kill answers %v for a process outside", err)
	}
	return nil
}

func onlyOwnProcesses(*outside) error {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		switch {
		case err != nil && e.Name() != "self" && e.Name() != "thread-self":
			return broken("there is /proc/%s", e.Name())
		case err == nil && pid > 64:
			return broken("process %d is visible", pid)
		}
	}
	return nil
}

// initHidden: pid 1 has seen the host, so nothing of it may be looked at.
func initHidden(*outside) error {
	for _, name := range []string{"root/", "exe", "cwd/", "environ", "fd/3", "mem", "maps"} {
		f, err := os.Open("/proc/1/" + name)
		if err == nil {
			// maps can be opened and shows nothing of another's memory.
			n, readErr := f.Read(make([]byte, 1))
			if err := f.Close(); err != nil {
				return err
			}
			if n == 0 && readErr != nil {
				continue
			}
			return broken("/proc/1/%s can be read", name)
		}
		if err := expect(name, err, fs.ErrPermission, fs.ErrNotExist); err != nil {
			return err
		}
	}
	return nil
}

// initCapabilities: the threads of pid 1 keep none, but on rung A' the one to
// signal the command, which is another user's there (see dropOwn).
func initCapabilities(o *outside) error {
	tasks, err := os.ReadDir("/proc/1/task")
	if err != nil {
		return err
	}
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return err
	}
	allowed := ""
	if inside, _, _ := strings.Cut(strings.TrimSpace(string(ids)), " "); inside != "1000" {
		allowed = fmt.Sprintf("%016x", 1<<unix.CAP_KILL)
	}
	for _, task := range tasks {
		for _, name := range []string{"CapPrm", "CapEff", "CapAmb", "CapInh"} {
			value, err := status("/proc/1/task/"+task.Name()+"/status", name)
			if errors.Is(err, fs.ErrNotExist) {
				break // a thread that has ended
			}
			if err != nil {
				return err
			}
			if strings.Trim(value, "0") != "" && value != allowed {
				return broken("%s of a thread of pid 1 is %s", name, value)
			}
		}
	}
	return nil
}

func hostName(*outside) error {
	return uname("localhost", func(u *unix.Utsname) []byte { return u.Nodename[:] })
}

func domainName(*outside) error {
	return uname("(none)", func(u *unix.Utsname) []byte { return u.Domainname[:] })
}

func uname(want string, field func(*unix.Utsname) []byte) error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	if got := unix.ByteSliceToString(field(&u)); got != want {
		return broken("is %q", got)
	}
	return nil
}
