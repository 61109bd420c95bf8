//go:build linux

package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// circumstancesArg starts the part of the test binary that puts itself into
// circumstances and becomes a batch.
const circumstancesArg = "determinism-circumstances"

func init() {
	if len(os.Args) == 3 && os.Args[1] == circumstancesArg {
		fmt.Fprintln(os.Stderr, becomeBatch(os.Args[2]))
		os.Exit(2)
	}
}

// circumstances are what differs between two batches and is no input of a
// program: who asks, when, where, and what else goes on.
type circumstances struct {
	Processors  []int
	Nice        int
	Umask       int
	OpenFiles   uint64
	Stack       uint64
	OOM         int // raised score; anybody may raise it
	Slack       uint64
	Personality uint64
	Env         []string
	Dir         string
	PassersBy   int // processes that run meanwhile
}

// uname26 is UNAME26 of include/uapi/linux/personality.h: the kernel says that it
// is 2.6. Of all flags, container engines allow this one.
const uname26 = 0x0020000

// threeCircumstances are those of the three runs of each program with the hold,
// and of the three without.
func threeCircumstances(h *hostFacts, dirs [3]string) [3]circumstances {
	first, last := h.processors[:1], h.processors[len(h.processors)-1:]
	return [3]circumstances{
		{Processors: first, Umask: 0o022, OpenFiles: 1024, Stack: 8 << 20, Dir: dirs[0], Slack: 50_000,
			Env: []string{"PATH=/usr/bin:/bin", "HOME=/", "LANG=C", "NOISE=a"}},
		{Processors: last, Nice: 5, Umask: 0o077, OpenFiles: 512, Stack: 16 << 20, OOM: 200, Slack: 90_000, Dir: dirs[1], PassersBy: 5,
			Env: []string{"MORE=noise", "TZ=Asia/Tokyo", "LC_ALL=C.UTF-8", "HOME=/tmp", "PATH=/bin:/usr/bin", "USER=somebody", "LONG=" + strings.Repeat("x", 3000)}},
		{Processors: h.processors, Nice: 9, Umask: 0o027, OpenFiles: 700, Stack: 4 << 20, OOM: 300, Slack: 10_000, Dir: dirs[2], PassersBy: 2,
			Personality: uname26,
			Env:         []string{"PATH=/bin", "GLIBC_TUNABLES=glibc.malloc.perturb=165", "PYTHONHASHSEED=7", "PERL_HASH_SEED=7", "GODEBUG=randautoseed=0"}},
	}
}

func (c circumstances) command(t *testing.T) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ownProgram(t), circumstancesArg, string(text))
	cmd.Dir, cmd.Env = c.Dir, c.Env
	for range c.PassersBy {
		passerBy(t)
	}
	return cmd
}

// passerBy is a process that is there until the test ends.
func passerBy(t *testing.T) {
	t.Helper()
	cmd := exec.Command("/bin/cat")
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		hold.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// becomeBatch returns only if it fails. Much of this belongs to a thread, and an
// exec keeps that of the thread which makes it.
func becomeBatch(text string) error {
	runtime.LockOSThread()
	var c circumstances
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	var set unix.CPUSet
	for _, cpu := range c.Processors {
		set.Set(cpu)
	}
	unix.Umask(c.Umask)
	const oom = "/proc/self/oom_score_adj"
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"processors", func() error { return unix.SchedSetaffinity(0, &set) }},
		{"nice value", func() error { return raiseNice(c.Nice) }},
		{"open files", func() error { return lowerLimit(unix.RLIMIT_NOFILE, c.OpenFiles) }},
		{"stack", func() error { return lowerLimit(unix.RLIMIT_STACK, c.Stack) }},
		{"timer slack", func() error { return unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(c.Slack), 0, 0, 0) }},
		{"OOM score", func() error {
			if c.OOM == 0 {
				return nil
			}
			return os.WriteFile(oom, []byte(strconv.Itoa(c.OOM)), 0)
		}},
		{"personality", func() error {
			if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, uintptr(c.Personality), 0, 0); errno != 0 {
				return errno
			}
			return nil
		}},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return unix.Exec("/proc/self/exe", []string{"suite", batchArg}, os.Environ())
}

// raiseNice makes the calling thread nicer than its caller, by n.
func raiseNice(n int) error {
	have, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return err
	}
	// The kernel answers 20 minus the value, so that no answer is an error.
	return unix.Setpriority(unix.PRIO_PROCESS, 0, min(20-have+n, 19))
}

func lowerLimit(resource int, soft uint64) error {
	var l unix.Rlimit
	if err := unix.Getrlimit(resource, &l); err != nil {
		return err
	}
	l.Cur = min(soft, l.Max)
	return unix.Setrlimit(resource, &l)
}
