//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// attempt is one thing that a hostile process tries. It is made twice: inside a
// world under every isolation, where it must be refused in a known way, and
// without the sandbox, where the same code must get away with it. So neither a
// slip in an attempt nor a host that refuses it anyway is taken for a wall.
type attempt struct {
	name string
	try  func(*scene) error

	// refused are the outcomes that prove the refusal, separated by blanks: the
	// name of an error number, or a word that try returns as an error.
	refused string
	// except are the outcomes under an isolation that refuses otherwise.
	except map[sandbox.Isolation]string
	// weaker is set where an isolation is documented not to refuse this. Then
	// the attempt must succeed, so that a page that is out of date is noticed.
	weaker map[sandbox.Isolation]string

	where   control
	outside string // its outcomes without the sandbox; empty for got
	quiet   bool   // it leaves no trace there, for example because it reads
}

// got is the outcome of an attempt that got away with it.
const got = "success"

// control is where an attempt is made without the sandbox.
type control int

const (
	onHost       control = iota // as the caller
	onHostAsRoot                // as the caller, who must be root
	inCopy                      // with every capability in namespaces like those of a world, and the same read-only mounts
	nowhere                     // not at all: it would do harm, or cannot exist; the table says why
)

// landlock makes the exception that most attempts have.
func landlock(outcomes string) map[sandbox.Isolation]string {
	return map[sandbox.Isolation]string{sandbox.Landlock: outcomes}
}

// family is a list of attempts that are aimed at the same surroundings.
type family struct {
	name string
	// surround makes what the attempts are aimed at. What it returns says what
	// has happened to that since.
	surround func(*testing.T, *scene) (happened func() []string)
	terminal bool // the victim has a terminal of the host as its streams
	attempts []attempt
}

// families are all attempts, each in a file of its own.
var families = []*family{&inputs, &places, &network, &processes, &ipc, &procfs, &mounts, &privileges, &kernel, &terminal}

func findAttempt(name string) *attempt {
	kind, name, _ := strings.Cut(name, "/")
	for _, f := range families {
		for i := range f.attempts {
			if f.name == kind && f.attempts[i].name == name {
				return &f.attempts[i]
			}
		}
	}
	return nil
}

// tally counts what TestVictims shows, for `make escape`.
var tally struct {
	sync.Mutex
	refused, controls, weaker int
}

// TestVictims makes every attempt under every isolation, and without one.
func TestVictims(t *testing.T) {
	views := map[sandbox.Isolation]bool{}
	for _, v := range isolations {
		views[v.isolation] = v.available(t)
	}
	t.Cleanup(func() {
		t.Logf("%d refusals, %d documented exceptions; %d of the attempts succeed without the sandbox", tally.refused, tally.weaker, tally.controls)
	})
	for _, f := range families {
		for i := range f.attempts {
			a := &f.attempts[i]
			name := f.name + "/" + a.name
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				t.Run("without", func(t *testing.T) { a.without(t, f, name) })
				for _, v := range isolations {
					t.Run(string(v.isolation), func(t *testing.T) {
						if !views[v.isolation] {
							t.Skipf("isolation `%s` is not available on this host", v.isolation)
						}
						a.inside(t, f, v, name)
					})
				}
			})
		}
	}
}

// inside makes the attempt in a world.
func (a *attempt) inside(t *testing.T, f *family, v isolated, name string) {
	s := newScene(t)
	happened := f.surround(t, s)
	argv0, spec := v.view(t, s)
	spec.Argv = []string{argv0, victimArg, name, s.json(t)}
	runs := runIn
	if f.terminal {
		runs = runAtTerminal
	}
	out, result, err := runs(t, v.isolation, spec)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, outcome, said := strings.Cut(strings.TrimSpace(out), outcomePrefix)
	if !said || result.ExitCode != 0 {
		t.Fatalf("the victim did not say how it ended: %+v\n%s", result, out)
	}
	tally.Lock()
	defer tally.Unlock()
	if reason, is := a.weaker[v.isolation]; is {
		if outcome != got {
			t.Errorf("%s, but the documentation says that this is open: %s", outcome, reason)
		}
		tally.weaker++
		return
	}
	want := a.refused
	if e, is := a.except[v.isolation]; is {
		want = e
	}
	if !slices.Contains(strings.Fields(want), outcome) {
		t.Errorf("%s, want %s", outcome, want)
	}
	for _, line := range happened() {
		t.Errorf("outside, %s", line)
	}
	tally.refused++
	t.Logf("refused: %s", outcome)
}

// without makes the attempt outside of any world.
func (a *attempt) without(t *testing.T, f *family, name string) {
	switch {
	case a.where == nowhere:
		t.Skip("cannot be tried without the sandbox; see the table")
	case a.where == onHostAsRoot && os.Geteuid() != 0:
		t.Skip("only root can do this anyway")
	}
	s := newScene(t)
	happened := f.surround(t, s)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	part := victimArg
	cmd := exec.Command(exe)
	cmd.Dir = s.Project
	if a.where == inCopy {
		part = copyArg
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
		}
	}
	cmd.Args = append(cmd.Args, part, name, s.json(t))
	runs := func(cmd *exec.Cmd) (string, error) { out, err := cmd.CombinedOutput(); return string(out), err }
	if f.terminal {
		runs = func(cmd *exec.Cmd) (string, error) { return ownsTerminal(t, cmd) }
	}
	out, err := runs(cmd)
	_, outcome, said := strings.Cut(strings.TrimSpace(out), outcomePrefix)
	if err != nil || !said {
		t.Fatalf("the attempt did not say how it ended: %v\n%s", err, out)
	}
	want := a.outside
	if want == "" {
		want = got
	}
	if !slices.Contains(strings.Fields(want), outcome) {
		t.Errorf("%s, want %s: this is no real attempt", outcome, want)
	}
	if outcome != got && a.outside != outcome {
		return // one of several: this host refuses it anyway
	}
	if len(happened()) == 0 && !a.quiet {
		t.Error("it left no trace: this is no real attempt, or nobody watches")
	}
	tally.Lock()
	defer tally.Unlock()
	tally.controls++
}

// victimMain makes one attempt and says how it ended.
func victimMain(args []string) int {
	a := findAttempt(args[0])
	if a == nil {
		fmt.Println("there is no attempt", args[0])
		return 2
	}
	s, err := readScene(args[1])
	if err != nil {
		fmt.Println(err)
		return 2
	}
	// By descriptor, because an attempt may have changed what os.Stdout is.
	if _, err := unix.Write(1, []byte(outcomePrefix+outcomeOf(a.try(s))+"\n")); err != nil {
		return 2
	}
	return 0
}
