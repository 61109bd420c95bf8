//go:build linux

package sandbox_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

const parentArg = "parent"

// parentMain runs a shell in a view until it is killed.
func parentMain(args []string) int {
	if args[0] == noUserNamespaces {
		args = args[1:]
		if err := forbidUserNamespaces(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	isolation := sandbox.Namespaces
	if args[0] == inLandlock {
		isolation, args = sandbox.Landlock, args[1:]
	}
	s := shell(args[0])
	s.Stdin, s.Stdout, s.Stderr = os.Stdin, os.Stdout, os.Stderr
	result, err := sandbox.Run(context.Background(), isolation, s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for _, weaker := range result.Weaker {
		if !strings.Contains(weaker, "uses cgo") { // these tests may; the product does not
			fmt.Println("weaker: " + weaker)
		}
	}
	return 0
}

// running counts the processes on this host whose command line holds mark.
func running(t *testing.T, mark string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(data), mark) && !strings.Contains(string(data), parentArg) {
			n++
		}
	}
	return n
}

// ownWorlds counts the second stages of this test binary; other worlds may run
// on this host. A process that hides its program has built its view and is
// counted by what it runs.
func ownWorlds(t *testing.T) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		exe, err := os.Readlink(file)
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if err == nil && exe == self && strings.HasPrefix(string(cmdline), "cargo-hermetic: world") {
			n++
		}
	}
	return n
}

// eventually polls, because the kernel tears a pid namespace down after the
// death of its init.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("never happened: " + what)
		case <-tick.C:
		}
	}
}

// TestNothingSurvives: daemons, and a command that ignores everything, end with
// the command, with a cancelled context and with a killed parent (P14, P15).
func TestNothingSurvives(t *testing.T) {
	daemon := func(mark string) string {
		return fmt.Sprintf(`trap '' TERM INT HUP; (setsid sleep %s & ) ; (sleep %s &); echo up; `, mark, mark)
	}
	t.Run("command ends", func(t *testing.T) {
		if out, _ := run(t, shell(daemon("86401.1")+"exit 0")); out != "up\n" {
			t.Errorf("got %q", out)
		}
		if n := running(t, "86401.1"); n != 0 {
			t.Errorf("%d left", n)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		s := shell(daemon("86402.2") + "sleep 86402.2")
		s.Stdout, s.Stderr = w, w
		go func() { bufio.NewReader(r).ReadString('\n'); cancel() }()
		if _, err := sandbox.Run(ctx, sandbox.Namespaces, s); err == nil {
			t.Error("no error")
		}
		w.Close()
		if n := running(t, "86402.2"); n != 0 {
			t.Errorf("%d left", n)
		}
	})
	t.Run("parent killed", func(t *testing.T) {
		cmd := exec.Command("/proc/self/exe", parentArg, daemon("86403.3")+"sleep 86403.3")
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "up\n" {
			t.Fatalf("%q, %v", line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		eventually(t, "all gone", func() bool { return running(t, "86403.3") == 0 })
	})
}

// TestKilledWhileSettingUp kills the parent at many instants of the set-up.
func TestKilledWhileSettingUp(t *testing.T) {
	for delay := time.Duration(0); delay < 6*time.Millisecond; delay += 200 * time.Microsecond {
		cmd := exec.Command("/proc/self/exe", parentArg, "sleep 86404.4")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(delay)
		cmd.Process.Kill()
		cmd.Wait()
	}
	eventually(t, "all gone", func() bool { return running(t, "86404.4") == 0 && ownWorlds(t) == 0 })
}

// TestSignals: the first signal reaches the command, the second kills the world.
func TestSignals(t *testing.T) {
	for _, c := range []struct {
		name, script string
		send         int
		code         int
		signal       syscall.Signal
	}{
		{"default", "echo up; exec sleep 86405.5", 1, 128 + 2, syscall.SIGINT},
		{"handled", "trap 'exit 7' INT; echo up; sleep 86405.5 & wait", 1, 7, 0},
		{"ignored", "trap '' INT; echo up; exec sleep 86405.5", 2, 0, syscall.SIGKILL},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			signals := make(chan os.Signal)
			s := shell(c.script)
			s.Stdout, s.Stderr, s.Signals = w, w, signals
			go func() {
				bufio.NewReader(r).ReadString('\n')
				for range c.send {
					signals <- syscall.SIGINT
				}
			}()
			result, err := sandbox.Run(context.Background(), sandbox.Namespaces, s)
			w.Close()
			if err != nil || result.ExitCode != c.code || result.Signal != c.signal {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// TestLeakedDescriptors: whatever the caller has open stays outside (P17, E01).
func TestLeakedDescriptors(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", parentArg, "cd /proc/self/fd && echo *")
	for range 40 {
		f, err := os.Open("/")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	out, err := cmd.Output()
	if err != nil || string(out) != "0 1 2 3\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// TestIgnoredSignals: what the caller ignores is default again inside (P20).
func TestIgnoredSignals(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/bin/sh", "-c", `trap '' HUP INT QUIT PIPE TERM CHLD; exec "$0" "$@"`, exe, parentArg,
		"grep -E '^Sig(Ign|Blk)' /proc/self/status | tr '\t' ' '").CombinedOutput()
	want := "SigBlk: 0000000000000000\nSigIgn: 0000000000000000\n"
	if err != nil || string(out) != want {
		t.Errorf("%q, %v", out, err)
	}
}

// TestManyRuns looks for a leak of descriptors, threads or mounts in us (P16).
func TestManyRuns(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	s := shell("exit 3")
	before := count()
	for range 100 {
		if _, result := run(t, s); result.ExitCode != 3 {
			t.Fatalf("%+v", result)
		}
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
