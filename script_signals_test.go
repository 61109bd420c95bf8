//go:build linux

package hermetic_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var signals = map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "HUP": syscall.SIGHUP}

// signalled: `signalled SIGNAL STATE CMD...`: starts the command, waits for the
// state, sends the signal, and demands that the command ends by it and leaves no
// process behind, in whatever session or namespace. STATE is `file:GLOB`, or
// `line:REGEXP` of the command's standard error.
func signalled(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: signalled SIGNAL STATE CMD...")
	}
	sig, ok := signals[args[0]]
	if !ok {
		return fmt.Errorf("unknown signal %q", args[0])
	}
	// Whatever the command leaves behind becomes our child.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	// A shell starts what runs beside it with SIGINT ignored, and that is
	// inherited. A signal that has a handler is default again after exec.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	cmd := exec.Command(args[2], args[3:]...)
	cmd.Stdout = os.Stdout
	words, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := make(chan string, 4096)
	go pass(words, lines)
	if err := reach(args[1], lines); err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	if err := cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("sending the signal: %w", err)
	}
	status, err := waitAll(cmd.Process.Pid)
	if err != nil {
		return err
	}
	for range lines { // until the last words are copied: nobody is left to write more
	}
	switch {
	case !status.Signaled():
		return fmt.Errorf("the command ended with exit code %d, not by signal %s", status.ExitStatus(), args[0])
	case status.Signal() != sig:
		return fmt.Errorf("the command was ended by %v, not by %s", status.Signal(), args[0])
	}
	return nil
}

// pass copies the command's standard error to ours, and its lines to lines.
func pass(from io.Reader, lines chan<- string) {
	defer close(lines)
	for in := bufio.NewScanner(from); in.Scan(); {
		fmt.Fprintln(os.Stderr, in.Text())
		select {
		case lines <- in.Text():
		default: // nobody is interested any more
		}
	}
}

// reach waits for a state of the command.
func reach(text string, lines <-chan string) error {
	kind, what, _ := strings.Cut(text, ":")
	switch kind {
	case "file":
		there := fileState(what)
		return await("`"+what+"`", func() (bool, error) {
			for {
				select {
				case _, ok := <-lines:
					if !ok {
						return false, fmt.Errorf("the command ended before `%s` was there", what)
					}
				default:
					return there()
				}
			}
		})
	case "line":
		form, err := regexp.Compile(what)
		if err != nil {
			return err
		}
		end := time.After(limit)
		for {
			select {
			case line, ok := <-lines:
				if !ok {
					return fmt.Errorf("the command ended before the line `%s`", what)
				}
				if form.MatchString(line) {
					return nil
				}
			case <-end:
				return fmt.Errorf("the line `%s` did not come within %s", what, limit)
			}
		}
	}
	return fmt.Errorf("unknown state %q", text)
}

// gone is how long processes may take to die after the command has ended. The
// kernel kills a whole namespace in milliseconds.
const gone = 20 * time.Second

// waitAll waits until the command and everything that it started have ended,
// and returns how the command did.
func waitAll(command int) (status syscall.WaitStatus, err error) {
	type end struct {
		pid    int
		status syscall.WaitStatus
		err    error
	}
	ends := make(chan end)
	go func() {
		for {
			var e end
			e.pid, e.err = syscall.Wait4(-1, &e.status, 0, nil)
			if e.err != syscall.EINTR {
				ends <- e
			}
			if e.err == syscall.ECHILD {
				return
			}
		}
	}()
	ended, deadline := false, time.After(limit)
	for {
		select {
		case e := <-ends:
			switch {
			case e.err == syscall.ECHILD && ended:
				return status, nil
			case e.err != nil:
				return status, e.err
			case e.pid == command:
				status, ended, deadline = e.status, true, time.After(gone)
			}
		case <-deadline:
			left := families()[os.Getpid()]
			for _, pid := range left {
				err = errors.Join(err, syscall.Kill(pid, syscall.SIGKILL))
			}
			if !ended {
				return status, errors.Join(fmt.Errorf("the command did not end within %s of the signal", limit), err)
			}
			return status, errors.Join(fmt.Errorf("the command left %d processes behind: %s", len(left), describe(left)), err)
		}
	}
}

func describe(pids []int) string {
	var list []string
	for _, pid := range pids {
		list = append(list, fmt.Sprintf("%d `%s`", pid, ofProc(fmt.Sprintf("/proc/%d", pid), "cmdline", 200)))
	}
	return strings.Join(list, ", ")
}
