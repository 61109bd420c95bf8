//go:build linux

package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// traced is one run under strace.
type traced struct {
	outcome outcome
	ran     bool   // the caller lived to tell the outcome
	noise   string // what the caller printed if it did not
	log     []traceLine
}

// traceLine is one line of strace's log.
type traceLine struct {
	tid      int
	call     string // empty for what is no beginning of a call
	text     string
	injected bool
}

// parts says which threads a log has.
type parts struct {
	world map[int]bool // of the second stage, and what it forks until that is the command
	begin int          // index of the line that starts the command; len(log) if it never was
	tid   int          // of the command
}

var (
	lineBegins  = regexp.MustCompile(`^(\d+) +([a-z0-9_]+)\(`)
	lineBelongs = regexp.MustCompile(`^(\d+) +`)
)

// trace runs a job under strace, which attaches when the caller has started: so
// occurrences are counted from the beginning of the run, and the start of the
// caller's Go runtime is not made to fail.
func trace(t *testing.T, j job, options ...string) traced {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed, and only it can make the n-th occurrence of a call fail")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	j.Wait = true
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	caller := exec.CommandContext(ctx, exe, faultsArg, string(text))
	caller.Env = append(os.Environ(), "TMPDIR="+filepath.Join(j.Dir, "tmp"))
	var stdout, stderr bytes.Buffer
	caller.Stdout = &stdout
	callerSays, err := caller.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	release, err := caller.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	fromCaller := bufio.NewReader(callerSays)
	if line, err := fromCaller.ReadString('\n'); line != traceMe+"\n" {
		t.Fatalf("the caller says %q, %v", line, err)
	}
	copied := make(chan error, 1)
	go func() { _, err := io.Copy(&stderr, fromCaller); copied <- err }()
	log := filepath.Join(t.TempDir(), "log")
	tracer := exec.CommandContext(ctx, strace, append([]string{"-f", "-o", log, "-p", strconv.Itoa(caller.Process.Pid)}, options...)...)
	says, err := tracer.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(says)
	first, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(first, "attached") {
		rest, _ := io.ReadAll(lines)
		t.Fatalf("strace does not attach: %s%s%v", first, rest, err)
	}
	if _, err := release.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Fatal(err)
	}
	if err := <-copied; err != nil {
		t.Fatal(err)
	}
	callerErr, tracerErr := caller.Wait(), tracer.Wait()
	if ctx.Err() != nil {
		t.Fatalf("the run never ended\n%s%s", stdout.String(), stderr.String())
	}
	// strace ends when all that it traces has ended, and so says that nothing
	// is left even where the caller cannot.
	if tracerErr != nil {
		t.Fatal(tracerErr)
	}
	r := traced{ran: callerErr == nil, noise: stderr.String()}
	if !r.ran {
		r.noise += callerErr.Error()
	} else {
		if err := json.Unmarshal(stdout.Bytes(), &r.outcome); err != nil {
			t.Fatalf("%v\n%s", err, stdout.String())
		}
	}
	r.log = readTrace(t, log)
	return r
}

func readTrace(t *testing.T, path string) (log []traceLine) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(data)) {
		line := traceLine{text: text, injected: strings.Contains(text, "(INJECTED)")}
		if m := lineBegins.FindStringSubmatch(text); m != nil {
			line.call = m[2]
		}
		if m := lineBelongs.FindStringSubmatch(text); m != nil {
			line.tid, err = strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
		}
		log = append(log, line)
	}
	return log
}

// parts tells whose thread is whose. A thread that is first seen after the
// second stage has been started and before the command has belongs to the second
// stage or is a late one of the caller's.
func (r traced) parts() parts {
	p := parts{world: map[int]bool{}, begin: len(r.log)}
	caller := map[int]bool{}
	started := false
	for i, line := range r.log {
		switch {
		case line.call == "execve" && strings.Contains(line.text, "cargo-hermetic: world"):
			started = true
			delete(caller, line.tid) // its calls before the exec are of the set-up
			p.world[line.tid] = true
		case line.call == "execve" && strings.Contains(line.text, `"/bin/sh"`):
			p.begin, p.tid = i, line.tid
			return p
		case started && !caller[line.tid]:
			p.world[line.tid] = true
		case !started:
			caller[line.tid] = true
		}
	}
	return p
}

// hitsCommand reports whether a fault was put into the command itself.
func (r traced) hitsCommand() bool {
	p := r.parts()
	before := map[int]bool{}
	for i, line := range r.log {
		if i <= p.begin {
			before[line.tid] = true
		} else if line.injected && (line.tid == p.tid || !before[line.tid]) {
			return true
		}
	}
	return false
}
