//go:build linux

package hermetic_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

func init() { programs["killat"] = killAt }

// killEvents are what can happen to a name, in the order in which a file is
// replaced.
var killEvents = map[string]uint32{"created": unix.IN_CREATE, "written": unix.IN_MODIFY, "renamed": unix.IN_MOVED_TO}

// killAt: `killat EVENT GLOB CMD...`: starts a command and kills it when something
// happens to a file of that name in the current directory. It fails if the command
// came to its end without that; if it got there before the signal did, that is
// printed.
func killAt(args []string) error {
	if len(args) < 3 || killEvents[args[0]] == 0 {
		return errors.New("usage: killat created|written|renamed GLOB CMD...")
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return os.NewSyscallError("inotify_init1", err)
	}
	watch := os.NewFile(uintptr(fd), "inotify")
	if _, err := unix.InotifyAddWatch(fd, ".", killEvents[args[0]]); err != nil {
		return errors.Join(os.NewSyscallError("inotify_add_watch", err), watch.Close())
	}
	cmd := exec.Command(args[2], args[3:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return errors.Join(err, watch.Close())
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		ended <- errors.Join(err, watch.Close()) // which ends a read of it
	}()
	happened, err := awaitName(watch, args[1])
	if err != nil {
		return errors.Join(err, cmd.Process.Kill(), <-ended)
	}
	if happened {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
	}
	err = <-ended
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case !happened:
		return errors.Join(fmt.Errorf("the command ended, and `%s` was not %s", args[1], args[0]), err)
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		_, err = fmt.Println("killed")
		return err
	case err == nil:
		_, err = fmt.Println("ended before the signal came")
	}
	return err
}

// awaitName reads events until one is about a name that the glob matches. It
// returns false when the watch is closed.
func awaitName(watch *os.File, glob string) (bool, error) {
	buffer := make([]byte, 64*(unix.SizeofInotifyEvent+unix.NAME_MAX+1))
	for {
		n, err := watch.Read(buffer)
		if errors.Is(err, os.ErrClosed) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for events := buffer[:n]; len(events) > 0; {
			// struct inotify_event: wd, mask, cookie, len, name
			length := int(binary.NativeEndian.Uint32(events[12:]))
			name, _, _ := bytes.Cut(events[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+length], []byte{0})
			if ok, err := filepath.Match(glob, string(name)); ok || err != nil {
				return ok, err
			}
			events = events[unix.SizeofInotifyEvent+length:]
		}
	}
}
