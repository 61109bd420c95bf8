//go:build linux

package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// busy makes processes and asks the supervisor for ever. The mark is in the
// command line of all of them.
func busy(mark string) string {
	return fmt.Sprintf(`: %s; for i in 1 2 3 4; do (while :; do date >/dev/null; (:); done) & done; (setsid sleep %s &); echo up; wait`, mark, mark)
}

// supervisedMain runs a busy world, or a busy ordinary command, until it is killed.
func supervisedMain(args []string) int {
	err := errors.New("there is no such kind of run")
	switch args[0] {
	case "world":
		s := shell(busy(args[1]))
		s.Stdout = os.Stdout
		s.Record = io.Discard
		s.Determinism = &sandbox.Determinism{Clock: sandbox.ClockHeld, Epoch: 1_000_000_000, Random: true, CPUs: 2, CPU: "host"}
		_, err = sandbox.Run(context.Background(), sandbox.Namespaces, s)
	case "watched":
		_, err = sandbox.Watch(context.Background(), sandbox.Ordinary{
			Argv: []string{"/bin/sh", "-c", busy(args[1])}, Env: os.Environ(), Dir: "/", Stdout: os.Stdout, Record: io.Discard})
	}
	fmt.Println(err)
	return 1
}

// TestStressSupervisorDies kills the supervisor, while it sets a run up and while it
// answers. Nothing may be left of the run, in a world or out of one.
func TestStressSupervisorDies(t *testing.T) {
	for i, kind := range []string{"world", "watched"} {
		t.Run(kind, func(t *testing.T) {
			mark := fmt.Sprintf("8641%d.5", i)
			for round := range 12 {
				cmd := exec.Command("/proc/self/exe", supervisedArg, kind, mark)
				stdout, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if round%2 == 0 {
					if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "up\n" {
						t.Fatalf("%q, %v", line, err)
					}
				}
				// The instant is what differs from round to round; there is nothing to wait for.
				<-time.After(time.Duration(round) * 3 * time.Millisecond)
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				if err := cmd.Wait(); err == nil {
					t.Fatal("it ended by itself")
				}
				eventually(t, "all gone", func() bool { return running(t, mark) == 0 })
			}
		})
	}
}

// TestStressCancelled ends runs at many instants, by their context: no process, no
// child and no descriptor may be left, and the record is whole.
func TestStressCancelled(t *testing.T) {
	before, threads := openDescriptors(t), runtime.NumGoroutine()
	for round := range 40 {
		mark := "86421.6"
		ctx, cancel := context.WithCancel(t.Context())
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var record bytes.Buffer
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			if round%4 > 1 {
				if line, err := bufio.NewReader(r).ReadString('\n'); line != "up\n" {
					t.Errorf("%q, %v", line, err)
				}
			}
			<-time.After(time.Duration(round) * time.Millisecond) // the instant is what differs
			cancel()
		}()
		if round%2 == 0 {
			s := shell(busy(mark))
			s.Stdout, s.Record = w, &record
			s.Determinism = &sandbox.Determinism{Clock: sandbox.ClockHeld, Random: true, CPUs: 2, CPU: "host"}
			_, err = sandbox.Run(ctx, sandbox.Namespaces, s)
		} else {
			_, err = sandbox.Watch(ctx, sandbox.Ordinary{Argv: []string{"/bin/sh", "-c", busy(mark)}, Env: os.Environ(), Dir: "/", Stdout: w, Record: &record})
		}
		w.Close()
		<-gone
		r.Close()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("round %d: %v", round, err)
		}
		if n := running(t, mark); n != 0 {
			t.Errorf("round %d: %d processes are left", round, n)
		}
		if left := childrenOf(t); left != "" {
			t.Errorf("round %d: children are left: %s", round, left)
		}
		if rec, err := observation.Read(&record); err != nil || rec.Cut {
			t.Errorf("round %d: the record is not whole: %v", round, err)
		}
	}
	eventually(t, "no descriptor is left", func() bool { return openDescriptors(t) <= before })
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= threads })
}

// TestStressTerminal: ctrl-C and ctrl-Z of a supervised run. The program counts, and
// stands still while it is stopped.
func TestStressTerminal(t *testing.T) {
	start := func(t *testing.T, script string, signals chan os.Signal) (*bufio.Reader, chan sandbox.Result) {
		t.Helper()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		s := stressWorld(t, t.TempDir(), "/bin/sh", "-c", script)
		s.Stdout, s.Signals, s.Record = w, signals, io.Discard
		done := make(chan sandbox.Result, 1)
		go func() {
			result, err := sandbox.Run(t.Context(), sandbox.Namespaces, s)
			if err != nil {
				t.Error(err)
			}
			w.Close()
			done <- result
		}()
		return bufio.NewReader(r), done
	}
	t.Run("interrupt", func(t *testing.T) {
		signals := make(chan os.Signal)
		out, done := start(t, `trap 'echo heard; exit 5' INT; echo up; while :; do sleep 0.01; done`, signals)
		if line, err := out.ReadString('\n'); line != "up\n" {
			t.Fatalf("%q, %v", line, err)
		}
		signals <- syscall.SIGINT
		if line, err := out.ReadString('\n'); line != "heard\n" {
			t.Errorf("%q, %v", line, err)
		}
		if r := <-done; r.ExitCode != 5 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("stop", func(t *testing.T) {
		signals := make(chan os.Signal)
		out, done := start(t, `(sleep 0.2; echo slept) & while :; do echo .; sleep 0.01; done`, signals)
		slept := false
		for range 10 {
			stopped := make(chan string, 1)
			signals <- spec.Stop{Self: func() error {
				// Here the caller itself stops. Every process of the world does already,
				// or is about to.
				stopped <- "stopped"
				return nil
			}}
			<-stopped
			for range 5 { // it goes on
				line, err := out.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				slept = slept || line == "slept\n"
			}
		}
		for !slept {
			line, err := out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			slept = line == "slept\n"
		}
		signals <- syscall.SIGTERM
		go io.Copy(io.Discard, out)
		if r := <-done; r.Signal != syscall.SIGTERM {
			t.Errorf("%+v", r)
		}
	})
}

// TestStressCrowd is 10,000 short processes in one run, and 64 at a time, if
// HERMETIC_STRESS is set: `make stress` does.
func TestStressCrowd(t *testing.T) {
	if os.Getenv("HERMETIC_STRESS") == "" {
		t.Skip("takes a minute; `make stress` runs it, and TestStressBirths a smaller form")
	}
	stress(t, []stressPart{
		{args: "births many 10000", output: "10000 ends\n"},
		{args: "births parallel 150", output: "64 ends\n"},
		{args: "births killed 1000", output: "1000 rounds\n"},
		{args: "births replaced 500", output: "replaced\n"},
	})
	stress(t, []stressPart{
		{args: "walls clock 1000000", output: "998 seconds passed\n", worlds: true},
		{args: "walls devices 10000", output: "10000 devices\n", worlds: true},
	})
}

// TestStressMemory: what a program looks for by the hundred thousand, each time
// something else and long, does not stay in the memory of the supervisor.
func TestStressMemory(t *testing.T) {
	names := 8000
	if os.Getenv("HERMETIC_STRESS") != "" {
		names = 1_000_000
	}
	dir := stressPrograms(t, []stressPart{{args: "walls"}})
	before := heap()
	got := stressHeld(t, dir, stressPart{args: fmt.Sprintf("walls names %d", names)})
	if want := fmt.Sprintf("%d names\n", names); got.Output != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	// The names are 4 KiB each. What is kept of each is a hash; and the record, which
	// this test has in memory.
	if grown, most := heap()-before, int64(names)*200+(32<<20); grown > most {
		t.Errorf("the heap has grown by %d KiB for %d names, at most %d are expected", grown>>10, names, most>>10)
	}
}

// heap is what is in use after a collection, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

const supervisedArg = "supervised"

func init() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], supervisedArg) {
		os.Exit(supervisedMain(os.Args[2:]))
	}
}
