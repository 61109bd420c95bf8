//go:build linux

package hermetic_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// leftAsBefore checks that the command at the prompt has left the terminal and the
// machine as they were.
func (s *terminal) leftAsBefore(world string, want int, before unix.Termios) {
	s.t.Helper()
	s.status(want)
	nobodyLeft(s.t, world)
	if diff := cmp.Diff(before, s.modes()); diff != "" {
		s.t.Errorf("modes of the terminal (-before +after):\n%s", diff)
	}
}

// TestLivesKeys presses the keys that end a command at a terminal.
func TestLivesKeys(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		deaf       bool // cargo does not run when the keys come, so it cannot end by them
		want       int
	}{
		{"interrupt", "\x03", false, 130},
		{"quit", "\x1c", false, 131},
		{"interrupt twice", "\x03\x03", true, 137},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, env := livingProject(t, t.TempDir(), map[string]string{"build.rs": patientBuild}), livingEnv(t)
			s := openShell(t, dir, env)
			before := s.modes()
			s.line("cargo-hermetic build")
			world := worldOf(t, dir)
			if diff := cmp.Diff(before, s.modes()); diff != "" {
				t.Errorf("modes of the terminal (-before +during):\n%s", diff)
			}
			if c.deaf {
				for _, p := range inhabitants(t, world) {
					if err := syscall.Kill(p.pid, syscall.SIGSTOP); err != nil {
						t.Fatal(err)
					}
				}
				allStopped(t, world, true)
			}
			for i, key := range strings.Split(c.keys, "") {
				s.write(key)
				if i+1 < len(c.keys) {
					pendingIn(t, world, syscall.SIGINT)
				}
			}
			s.expect(regexp.QuoteMeta(prompt))
			s.leftAsBefore(world, c.want, before)
			if screen := s.screen.String(); strings.Contains(screen, "goroutine") {
				t.Error("it crashed")
			}
			touch(t, filepath.Join(dir, "go"))
			succeeds(t, dir, env, "build")
		})
	}
}

// pendingIn waits until a signal has come as far as a stopped world. Before that,
// another one of the same kind would be one with it.
func pendingIn(t *testing.T, world string, sig syscall.Signal) {
	t.Helper()
	if err := await("a pending signal", func() (bool, error) {
		for _, p := range inhabitants(t, world) {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
			for line := range strings.Lines(string(status)) {
				if set, ok := strings.CutPrefix(line, "ShdPnd:"); ok && err == nil {
					mask, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
					if err != nil || mask&(1<<(sig-1)) != 0 {
						return true, err
					}
				}
			}
		}
		return false, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestLivesStopped stops a build at a terminal, with everything that belongs to
// it, and lets it go on in the foreground, in the background, or not at all.
func TestLivesStopped(t *testing.T) {
	startWith := func(t *testing.T, build string) (dir, world string, s *terminal) {
		dir = livingProject(t, t.TempDir(), map[string]string{"build.rs": build})
		s = openShell(t, dir, livingEnv(t))
		s.line("cargo-hermetic build")
		world = worldOf(t, dir)
		s.write("\x1a")
		s.expect(`Stopped +cargo-hermetic build`)
		s.expect(regexp.QuoteMeta(prompt))
		allStopped(t, world, true)
		return dir, world, s
	}
	start := func(t *testing.T) (dir, world string, s *terminal) { return startWith(t, patientBuild) }
	t.Run("asking", func(t *testing.T) {
		// Who waits for an answer of ours can be killed, and not stopped.
		asking := strings.Replace(patientBuild, "thread::sleep(Duration::from_millis(5));", "fs::write(\"/tmp/asked\", \"\").unwrap();", 1)
		dir, world, s := startWith(t, asking)
		for range 20 {
			s.line("fg")
			allStopped(t, world, false)
			s.write("\x1a")
			s.expect(`Stopped +cargo-hermetic build`)
			allStopped(t, world, true)
		}
		touch(t, filepath.Join(dir, "go"))
		s.line("fg")
		s.expect("Finished")
	})
	t.Run("foreground", func(t *testing.T) {
		dir, world, s := start(t)
		before := s.modes()
		s.line("fg")
		allStopped(t, world, false)
		s.write("\x1a") // once more
		s.expect(`Stopped +cargo-hermetic build`)
		allStopped(t, world, true)
		touch(t, filepath.Join(dir, "go"))
		s.line("fg")
		s.expect("Finished")
		s.expect(regexp.QuoteMeta(prompt))
		s.leftAsBefore(world, 0, before)
	})
	t.Run("background", func(t *testing.T) {
		dir, world, s := start(t)
		before := s.modes()
		s.line("bg")
		allStopped(t, world, false)
		s.line("wait %1; echo waited $?.")
		touch(t, filepath.Join(dir, "go"))
		s.expect("Finished")
		s.expect(`waited 0\.`)
		s.leftAsBefore(world, 0, before)
	})
	t.Run("terminated", func(t *testing.T) {
		_, world, s := start(t)
		// bash continues what it terminates. Until it hears of that, a wait says that the job is
		// stopped; and behind a program of its own it forgets the job when it has ended.
		s.line("kill %1; x=148; while [ $x = 148 ]; do wait %1; x=$?; done; echo waited $x.")
		s.expect(`waited 143\.`)
		nobodyLeft(t, world)
	})
	t.Run("killed", func(t *testing.T) {
		_, world, s := start(t)
		s.line("kill -KILL %1")
		nobodyLeft(t, world)
	})
	t.Run("terminal closed", func(t *testing.T) {
		_, world, s := start(t)
		s.master.Close()
		nobodyLeft(t, world)
	})
}

// TestLivesQuietTerminal writes from the background to a terminal that stops who
// does so: before there is a world, and from a world.
func TestLivesQuietTerminal(t *testing.T) {
	dir := livingProject(t, t.TempDir(), map[string]string{"build.rs": patientBuild})
	s := openShell(t, dir, livingEnv(t))
	s.line("stty tostop; set -b")
	s.line("cargo-hermetic build -vv &")
	s.expect(`Stopped\(SIGTTOU\)|Stopped \(tty output\)|Stopped +cargo`)
	s.line("fg")
	world := worldOf(t, dir)
	s.write("\x1a")
	s.expect(`Stopped +cargo-hermetic`)
	s.line("bg")
	allStopped(t, world, false)
	touch(t, filepath.Join(dir, "say"))
	s.expect(`Stopped +cargo-hermetic`)
	allStopped(t, world, true)
	s.line("fg")
	s.expect("said from inside")
	touch(t, filepath.Join(dir, "go"))
	s.expect("Finished")
	s.expect(regexp.QuoteMeta(prompt))
	s.line("stty -tostop")
	s.status(0)
	nobodyLeft(t, world)
}

// TestLivesWithoutShell has nobody who could continue a stopped process: a stop is
// no event then, and a terminal that is closed ends everything.
func TestLivesWithoutShell(t *testing.T) {
	program := filepath.Join(theHost.dir, "bin", "cargo-hermetic")
	t.Run("stop", func(t *testing.T) {
		dir := livingProject(t, t.TempDir(), map[string]string{"build.rs": patientBuild})
		s := openTerminal(t, dir, livingEnv(t), program, "build")
		world := worldOf(t, dir)
		s.write("\x1a")
		s.expect(`\^Z`)
		touch(t, filepath.Join(dir, "go"))
		s.expect("Finished")
		if err := s.cmd.Wait(); err != nil {
			t.Error(err)
		}
		nobodyLeft(t, world)
	})
	t.Run("hangup", func(t *testing.T) {
		dir := livingProject(t, t.TempDir(), map[string]string{"build.rs": patientBuild})
		s := openTerminal(t, dir, livingEnv(t), program, "build")
		world := worldOf(t, dir)
		if err := s.master.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.cmd.Wait(); err == nil || statusOf(s.cmd.ProcessState) != 129 {
			t.Errorf("%v, want status 129", err)
		}
		nobodyLeft(t, world)
	})
}
