//go:build linux

package hermetic_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminal is a command with a pseudo-terminal as its controlling one, and what
// is shown there.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd

	mu     sync.Mutex
	screen bytes.Buffer
	seen   int // what expect has passed
	ended  chan struct{}
}

// openTerminal starts a command as leader of a session on a new terminal.
func openTerminal(t *testing.T, dir string, env []string, argv ...string) *terminal {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	opened, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	// The package leaves it blocking, and a pending read would then keep the
	// terminal open after Close.
	fd, err := unix.FcntlInt(opened.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, unix.SetNonblock(fd, true), opened.Close()); err != nil {
		t.Fatal(err)
	}
	master := os.NewFile(uintptr(fd), "terminal")
	s := &terminal{t: t, master: master, cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			s.mu.Lock()
			s.screen.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return // EIO: nobody has the other end any more
			}
		}
	}()
	t.Cleanup(func() {
		master.Close()
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
		<-s.ended
		if t.Failed() {
			t.Logf("the screen:\n%s", s.screen.String())
		}
	})
	return s
}

// prompt is what the shell of openShell shows when it waits for a line.
const prompt = "ready> "

// openShell starts a shell that does job control.
func openShell(t *testing.T, dir string, env []string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash, whose words for stopped jobs this test knows")
	}
	if signal.Ignored(syscall.SIGHUP) {
		// By nohup, which the shell and all that it starts would inherit. A
		// signal that has a handler is default again after exec.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	env = append(env, "PS1="+prompt, "HISTFILE=", "INPUTRC=/dev/null")
	s := openTerminal(t, dir, env, "bash", "--norc", "--noprofile", "--noediting", "-i")
	s.expect(regexp.QuoteMeta(prompt))
	return s
}

// write types keys.
func (s *terminal) write(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// expect waits until what has not been passed yet matches, and passes that.
func (s *terminal) expect(form string) string {
	s.t.Helper()
	re, found := regexp.MustCompile(form), ""
	if err := await("`"+form+"` on the screen", func() (bool, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		rest := s.screen.Bytes()[s.seen:]
		at := re.FindIndex(rest)
		if at == nil {
			return false, nil
		}
		found = string(rest[at[0]:at[1]])
		s.seen += at[1]
		return true, nil
	}); err != nil {
		s.t.Fatal(err)
	}
	return found
}

// line types a line at the prompt and passes its echo.
func (s *terminal) line(text string) {
	s.t.Helper()
	s.write(text + "\n")
	s.expect(regexp.QuoteMeta(text))
}

// status asks the shell how the last command ended.
func (s *terminal) status(want int) {
	s.t.Helper()
	s.line("echo status=$?.")
	if got := s.expect(`status=\d+\.`); got != fmt.Sprintf("status=%d.", want) {
		s.t.Errorf("the shell says %s want %d", got, want)
	}
	s.expect(regexp.QuoteMeta(prompt))
}

// modes are the modes of the terminal.
func (s *terminal) modes() unix.Termios {
	s.t.Helper()
	// Not by Fd, which makes it blocking.
	raw, err := s.master.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	var modes *unix.Termios
	if conErr := raw.Control(func(fd uintptr) { modes, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) }); conErr != nil || err != nil {
		s.t.Fatal(conErr, err)
	}
	return *modes
}

// statusOf is what a shell says of an ended process.
func statusOf(state *os.ProcessState) int {
	if ws := state.Sys().(syscall.WaitStatus); ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}
