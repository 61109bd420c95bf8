package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// lookFailed says why diffoscope, which ran or could have, says nothing of two files.
// It is no reason to give up a verdict.
type lookFailed struct{ reason string }

func (l *lookFailed) Error() string { return l.reason }

// said is what a program printed.
type said struct {
	text string
	cut  bool // it would have gone on
}

// lines are what people and programs may see of it.
func (s said) lines() []string {
	if s.text == "" {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(s.text, "\n"), "\n") {
		lines = append(lines, ui.Escape(line))
	}
	return lines
}

// bound is a file of the host, and its place in the sandbox.
type bound struct{ from, to string }

// limited starts a program that may not take more than so much memory and time; the
// sandbox itself bounds neither.
const limited = `ulimit -v "$1" && ulimit -t "$2" && shift 2 && exec "$@"`

// view is all that there is for diffoscope: the programs of the system, which cannot
// be written, two files, and a directory in memory. There is no network, and nothing
// of the caller's.
func (f *diffoscope) view(within time.Duration, files []bound, args []string) (sandbox.Spec, error) {
	s := sandbox.Spec{
		Argv: slices.Concat([]string{"/bin/sh", "-c", limited, "sh", fmt.Sprint(mostMemory), fmt.Sprint(int(within.Seconds())), f.program}, args),
		Env:  []string{"HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONDONTWRITEBYTECODE=1"},
		Dir:  "/tmp", UID: 1000, GID: 1000, HostName: "localhost", DomainName: "(none)", Umask: 0o077, OpenFiles: 1024,
		Network: spec.NetworkLoopback,
		Mounts: []sandbox.Mount{
			{Kind: spec.Bind, Source: "/usr", Target: "/usr"},
			{Kind: spec.Tmpfs, Target: "/tmp", Writable: true, NoExec: true, Mode: 0o1777, Size: mostScratch},
			{Kind: spec.Device, Source: "/dev/null", Target: "/dev/null"},
			{Kind: spec.Proc, Target: "/proc"},
		},
	}
	// Where distributions keep what belongs to /usr. By the cache Python finds libraries.
	for _, name := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/etc/ld.so.cache"} {
		info, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return s, err
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return s, err
			}
			s.Links = append(s.Links, sandbox.Link{Path: name, Target: target})
		default:
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: name, Target: name, File: !info.IsDir()})
		}
	}
	for _, b := range files {
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: b.from, Target: b.to, File: true, NoExec: true})
	}
	return s, nil
}

// run runs it. The error is a *lookFailed if it did run, or was stopped, and has
// nothing to say.
func (f *diffoscope) run(ctx context.Context, within time.Duration, files []bound, args ...string) (said, error) {
	s, err := f.view(within, files, args)
	if err != nil {
		return said{}, err
	}
	limit, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if s.Stdin, err = os.Open(os.DevNull); err != nil {
		return said{}, err
	}
	defer s.Stdin.Close() // opened for reading: closing it loses nothing
	out, err := gather()
	if err != nil {
		return said{}, err
	}
	complaint, err := gather()
	if err != nil {
		_, _, gone := out.end()
		return said{}, diag.Join(err, gone)
	}
	s.Stdout, s.Stderr = out.write, complaint.write
	result, err := sandbox.Run(limit, sandbox.Namespaces, s)
	text, cut, errOut := out.end()
	why, _, errWhy := complaint.end()
	switch {
	case ctx.Err() != nil:
		return said{}, context.Cause(ctx)
	case limit.Err() != nil:
		return said{}, &lookFailed{fmt.Sprintf("it took longer than %s", within)}
	}
	if err := diag.Join(err, errOut, errWhy); err != nil {
		return said{}, err
	}
	switch {
	case cut, result.Signal == 0 && result.ExitCode <= 1: // 1: they differ
		return said{text, cut}, nil
	case result.Signal != 0:
		return said{}, &lookFailed{"it was ended by signal: " + result.Signal.String()}
	}
	lines := strings.Split(strings.TrimSpace(why), "\n")
	return said{}, &lookFailed{fmt.Sprintf("it ended with code %d: %.200s", result.ExitCode, lines[len(lines)-1])}
}

// gathered is what is written to a pipe, up to a bound. Behind it the pipe is closed,
// so that whoever goes on writing is told.
type gathered struct {
	write *os.File
	text  []byte
	done  chan error
}

func gather() (*gathered, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	g := &gathered{write: write, done: make(chan error, 1)}
	go func() {
		var err error
		g.text, err = io.ReadAll(io.LimitReader(read, mostOutput+1))
		g.done <- errors.Join(err, read.Close())
	}()
	return g, nil
}

// end waits until everybody has closed the pipe.
func (g *gathered) end() (text string, cut bool, err error) {
	err = errors.Join(g.write.Close(), <-g.done)
	if cut = len(g.text) > mostOutput; cut {
		g.text = g.text[:mostOutput]
	}
	return string(g.text), cut, err
}
