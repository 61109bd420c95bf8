//go:build linux

package sandbox_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// survivors are shell programs that leave processes behind, which all hold a
// lock on a file of the output directory and wait for a pipe to be opened. The
// kernel drops a lock with its last holder, so nobody need be looked for.
var survivors = map[string]string{
	"background": `wait_here &`,
	"session":    `setsid sh -c 'read x <"$OUT/gate"' &`,
	"twice":      `( ( setsid sh -c 'read x <"$OUT/gate"' & ) & )`,
	"deaf":       `( trap "" HUP INT QUIT TERM TSTP USR1 USR2; wait_here ) &`,
	// Somebody who is not stopped wakes it for the release.
	"stopped": `wait_here & stopped=$!; kill -STOP $stopped; ( wait_here; kill -CONT $stopped ) &`,
	// The kernel calls a process dead whose first thread has ended.
	"headless": `"$PROGRAM" headless & until grep -q ') Z ' /proc/$!/stat; do :; done`,
	// Always another process, each in existence for an instant.
	"relay": `relay() { if [ -e "$OUT/gone" ]; then exit; fi; relay & exit; }
		relay & until [ -e "$OUT/old" ]; do :; done`,
	// A fork bomb that ends by itself, lest a failure take the host with it.
	"bomb": `bomb() { if [ "$1" -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & fi; wait_here; }
		bomb 6 &`,
}

const survivorsBegin = `exec </dev/null >/dev/null 2>&1 9<>"$OUT/lock"
	flock -s 9
	wait_here() { read x <"$OUT/gate"; }
`

// TestSurvivors: whatever a world leaves behind ends with it, and has ended when
// the run returns. Without a world it is still there.
func TestSurvivors(t *testing.T) {
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("there is no flock, which comes with util-linux")
	}
	for name, script := range survivors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("without", func(t *testing.T) {
				s := newScene(t)
				gate := newGate(t, s.Out)
				cmd := exec.Command("/bin/sh", "-c", survivorsBegin+script)
				cmd.Env = append(os.Environ(), "OUT="+s.Out, "PROGRAM="+ownProgram(t))
				if err := cmd.Run(); err != nil {
					t.Fatal(err)
				}
				if gate.free(t) {
					t.Error("nobody is left: this is no real attempt")
				}
				gate.release(t)
			})
			for _, v := range isolations {
				t.Run(string(v.isolation), func(t *testing.T) {
					if !v.available(t) {
						t.Skipf("isolation `%s` is not available on this host", v.isolation)
					}
					s := newScene(t)
					gate := newGate(t, s.Out)
					program, view := v.view(t, s)
					view.Argv = []string{"/bin/sh", "-c", survivorsBegin + script}
					view.Env = append(view.Env, "OUT="+s.Out, "PROGRAM="+program)
					out, result, err := runIn(t, v.isolation, view)
					if err != nil || result.ExitCode != 0 {
						t.Fatalf("%+v, %v\n%s", result, err, out)
					}
					if !gate.free(t) {
						t.Error("somebody is left")
						gate.release(t)
					}
				})
			}
		})
	}
}

// gate is where survivors wait.
type gate struct {
	pipe string
	lock *os.File
}

func newGate(t *testing.T, dir string) *gate {
	t.Helper()
	g := &gate{pipe: filepath.Join(dir, "gate")}
	if err := unix.Mkfifo(g.pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	var err error
	if g.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.lock.Close() })
	return g
}

// free reports whether nobody holds the lock.
func (g *gate) free(t *testing.T) bool {
	t.Helper()
	err := unix.Flock(int(g.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
		t.Fatal(err)
	}
	return err == nil
}

// release lets everybody who waits, or will wait, go on to the end, and waits
// for that.
func (g *gate) release(t *testing.T) {
	t.Helper()
	pipe, err := os.OpenFile(g.pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := pipe.WriteString(strings.Repeat("\n", 4096)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(g.pipe), "gone"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(g.lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
}

const headlessArg = "headless"

// The test binary plays one more part than TestMain knows: a process without
// its first thread.
func init() {
	if len(os.Args) == 2 && os.Args[1] == headlessArg {
		runtime.LockOSThread() // which init functions run on the first thread
		go func() {
			f, err := os.OpenFile(filepath.Join(os.Getenv("OUT"), "gate"), os.O_RDONLY, 0)
			if err == nil {
				_, err = f.Read(make([]byte, 1))
			}
			if err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		}()
		// The scheduler is told of this call, and takes back the processor that the
		// thread has; otherwise nobody might run the other one.
		unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
	}
}
