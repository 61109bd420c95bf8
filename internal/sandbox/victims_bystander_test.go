//go:build linux

package sandbox_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

const bystanderArg = "bystander"

// The test binary plays one more part than TestMain knows.
func init() {
	if len(os.Args) == 2 && os.Args[1] == bystanderArg {
		if err := bystanderMain(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// bystander is what a process of the host says of itself.
type bystander struct {
	PID      int
	Word     uint64
	FD       int
	Memory   string
	Written  string // to the descriptor FD
	Signals  int    // that it was sent
	FileSize uint64 // the limit
	Priority int
}

// unharmed is Memory in the beginning.
const unharmed = "unharmed"

// bystanderMain answers every line with what has become of it.
func bystanderMain() error {
	if err := unix.Prctl(unix.PR_SET_PTRACER, ^uintptr(0), 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return err // EINVAL: a kernel without Yama, where nobody need be allowed
	}
	memory := new([8]byte)
	copy(memory[:], unharmed)
	fd, err := unix.MemfdCreate("bystander", 0)
	if err != nil {
		return err
	}
	// The last signal of a question is the highest of all, so those that were
	// sent before have been counted when it comes.
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, unix.SIGWINCH, unix.SIGSYS)
	out := json.NewEncoder(os.Stdout)
	b := bystander{PID: os.Getpid(), Word: uint64(uintptr(unsafe.Pointer(memory))), FD: fd}
	for lines := bufio.NewScanner(os.Stdin); ; {
		var limit unix.Rlimit
		written := make([]byte, 100)
		n, readErr := unix.Pread(fd, written, 0)
		b.Memory, b.Written = string(memory[:]), string(written[:max(n, 0)])
		limitErr := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit)
		b.FileSize = limit.Cur
		nice, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
		b.Priority = 20 - nice // getpriority(2): the system call's own form
		if err := errors.Join(readErr, limitErr, err, out.Encode(b)); err != nil {
			return err
		}
		if !lines.Scan() {
			return lines.Err()
		}
		if err := unix.Kill(os.Getpid(), unix.SIGSYS); err != nil {
			return err
		}
		for sig := range signals {
			if sig == unix.SIGSYS {
				break
			}
			b.Signals++
		}
	}
}

// watchBystander starts a process that nothing of a world may reach.
func watchBystander(t *testing.T, s *scene) func() []string {
	t.Helper()
	cmd := exec.Command(ownProgram(t), bystanderArg)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	questions, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it may have ended, which is then the test's concern
		cmd.Wait()
	})
	in := json.NewDecoder(answers)
	var before bystander
	if err := in.Decode(&before); err != nil {
		t.Fatal(err)
	}
	s.PID, s.Word, s.FD = before.PID, before.Word, before.FD
	return func() []string {
		t.Helper()
		type answer struct {
			bystander
			err error
		}
		answered, stopped := make(chan answer, 1), make(chan error, 1)
		go func() {
			var a answer
			if _, a.err = io.WriteString(questions, "\n"); a.err == nil {
				a.err = in.Decode(&a.bystander)
			}
			answered <- a
		}()
		// A process that was stopped does not answer. Its parent is told of it.
		go func() {
			stopped <- unix.Waitid(unix.P_PID, before.PID, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		}()
		select {
		case err := <-stopped:
			if err != nil {
				t.Fatal(err)
			}
			return []string{"the bystander was stopped, or has ended"}
		case after := <-answered:
			if after.err != nil {
				return []string{"the bystander has ended: " + after.err.Error()}
			}
			if after.bystander != before {
				return []string{fmt.Sprintf("the bystander was %+v and is %+v", before, after.bystander)}
			}
		}
		return nil
	}
}
