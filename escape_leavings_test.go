//go:build linux

package hermetic_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// each runs a test under every isolation and for every builder.
func each(t *testing.T, project string, f func(t *testing.T, s *escape, isolation string)) {
	for _, isolation := range escapeIsolations {
		for _, b := range builders() {
			t.Run(isolation+"/"+b.name, func(t *testing.T) { f(t, newEscape(t, project, b), isolation) })
		}
	}
}

// plainly is what plain cargo says and does.
func plainly(t *testing.T, s *escape, verb ...string) string {
	t.Helper()
	out, err := s.command("cargo", verb...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestEscapeLingers: a process that a build script leaves behind has ended when
// the build has. It holds a lock, which the kernel drops with it.
func TestEscapeLingers(t *testing.T) {
	held := func(t *testing.T, s *escape) (dir string, is bool) {
		t.Helper()
		var locks []string
		for _, glob := range []string{"target/*/build/*/out/lock", "target/*/*/build/*/out/lock"} {
			found, err := filepath.Glob(filepath.Join(s.project, glob))
			if err != nil {
				t.Fatal(err)
			}
			locks = append(locks, found...)
		}
		if len(locks) != 1 {
			t.Fatalf("it made no lock, or several: %q", locks)
		}
		f, err := os.Open(locks[0])
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
			t.Fatal(err)
		}
		return filepath.Dir(locks[0]), err != nil
	}
	t.Run("plain", func(t *testing.T) {
		s := newEscape(t, "lingers", builders()[0])
		plainly(t, s, "build")
		dir, is := held(t, s)
		touch(t, filepath.Join(dir, "end"))
		if !is {
			t.Error("nobody is left: this is no real attempt")
		}
		if err := await("its end", func() (bool, error) { _, is := held(t, s); return !is, nil }); err != nil {
			t.Fatal(err)
		}
	})
	each(t, "lingers", func(t *testing.T, s *escape, isolation string) {
		s.hermetic(t, isolation, "build")
		if dir, is := held(t, s); is {
			touch(t, filepath.Join(dir, "end"))
			t.Error("somebody is left")
		}
		s.untouched(t)
	})
}

// TestEscapeLinks: links that a test plants in the target directory lead nobody
// who works there afterwards to the host's files: not the next build, which
// writes, not one that removes everything first, not `run`, which starts what
// it finds.
func TestEscapeLinks(t *testing.T) {
	each(t, "links", func(t *testing.T, s *escape, isolation string) {
		for _, planted := range []string{"program", "files"} {
			for _, next := range []string{"build", "run", "test"} {
				out := s.hermetic(t, isolation, "test", "--test", "plant", "--", "--nocapture", "--exact", planted)
				if !strings.Contains(out, "escape: links done") {
					t.Fatalf("nothing was planted: this is no real attempt\n%s", out)
				}
				target := filepath.Join(s.project, "target")
				if there, err := os.Readlink(filepath.Join(target, "hermetic", "house")); err != nil || there != s.home {
					t.Fatalf("%q, %v: this is no real attempt", there, err)
				}
				said, err := s.command("cargo-hermetic", "hermetic", next, "--isolation", isolation).CombinedOutput()
				if strings.Contains(string(said), "started a tool of the home") {
					t.Errorf("%s started a program of the home\n%s", next, said)
				}
				if next == "run" && planted == "program" && !strings.Contains(string(said), "the program of the project") {
					t.Errorf("the program was not made again: %v\n%s", err, said)
				}
				s.untouched(t)
				if err := os.RemoveAll(target); err != nil { // follows no link
					t.Fatal(err)
				}
			}
		}
	})
}

// TestEscapeSocket: a socket in the root is a way to a process of the host which
// no mount closes, so it is refused by name before anything runs.
func TestEscapeSocket(t *testing.T) {
	listen := func(t *testing.T, s *escape) {
		t.Helper()
		l, err := net.Listen("unix", filepath.Join(s.project, "s"))
		if err == nil {
			err = os.Chmod(filepath.Join(s.project, "s"), 0o777)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		s.listeners["socket-in-root"] = l.(syscall.Conn)
	}
	t.Run("plain", func(t *testing.T) {
		s := newEscape(t, "socket", builders()[0])
		listen(t, s)
		if out := plainly(t, s, "build"); outcomesOf(out)["socket-in-root"] != "done" || len(s.heard(t)) != 1 {
			t.Errorf("this is no real attempt: %s", out)
		}
	})
	each(t, "socket", func(t *testing.T, s *escape, isolation string) {
		listen(t, s)
		out, err := s.command("cargo-hermetic", "hermetic", "build", "--isolation", isolation).CombinedOutput()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 111 || !strings.Contains(string(out), "/s`") {
			t.Errorf("%v\n%s", err, out)
		}
		if heard := s.heard(t); len(heard) > 0 {
			t.Errorf("reached: %q", heard)
		}
	})
}

// TestEscapeTerminal: what a build prints cannot steer the terminal.
func TestEscapeTerminal(t *testing.T) {
	const title = "\x1b]0;owned"
	shown := func(t *testing.T, s *escape, program string, args ...string) string {
		t.Helper()
		cmd := s.command(program, args...)
		screen := openTerminal(t, cmd.Dir, cmd.Env, append([]string{cmd.Path}, cmd.Args[1:]...)...)
		err := screen.cmd.Wait()
		<-screen.ended
		if err != nil {
			t.Fatalf("%v\n%s", err, screen.screen.String())
		}
		return screen.screen.String()
	}
	verbs := map[string][]string{"build": {"build"}, "test": {"test", "--lib", "--", "--nocapture"}}
	words := map[string]string{"build": "from a build script", "test": "from a test"}
	t.Run("plain", func(t *testing.T) {
		for name, verb := range verbs {
			s := newEscape(t, "terminal", builders()[0])
			if out := shown(t, s, "cargo", verb...); !strings.Contains(out, title) {
				t.Errorf("%s is no real attempt: %q", name, out)
			}
		}
	})
	each(t, "terminal", func(t *testing.T, s *escape, isolation string) {
		s.hermetic(t, isolation, "build")
		for name, verb := range verbs {
			s := newEscape(t, "terminal", s.builder)
			out := shown(t, s, "cargo-hermetic", append([]string{"hermetic", verb[0], "--isolation", isolation}, verb[1:]...)...)
			if !strings.Contains(out, words[name]) {
				t.Errorf("%s: what it says is not there: %q", name, out)
			}
			if strings.Contains(out, title) || strings.Contains(out, "\x1b[2J") {
				t.Errorf("%s: %q", name, out)
			}
		}
	})
}
