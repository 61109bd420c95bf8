package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Program is what `run` starts outside the world.
type Program struct {
	Path string   // on the host, inside the target directory
	Args []string // without the program's name
	Env  []string // what cargo adds for the program, NAME=VALUE
	// Whole says that Env is the whole environment, and Path no program that was
	// built but cargo itself. Dir is where it starts then.
	Whole bool
	Dir   string
}

// How `run` works: inside the world cargo itself decides which program is
// meant, builds it, and starts it through a runner. The runner is this tool
// (see IsRunner), which prints what it was asked to start instead of starting
// it. The line is data from the world: only a program inside the target
// directory is accepted.
const recordReason = "hermetic-run"

type record struct {
	Reason  string            `json:"reason"`
	Program string            `json:"program"`
	Env     map[string]string `json:"env"`
}

// IsRunner reports whether this process was started as the runner of a world.
func IsRunner(args []string) bool {
	return len(args) > 1 && filepath.IsAbs(args[0]) && strings.HasSuffix(args[0], world.Runner)
}

// Runner prints what it was asked to start. It is the whole of the tool's life
// inside a world.
func Runner(args, environ []string, stdout io.Writer) error {
	program, err := filepath.Abs(args[1])
	if err != nil {
		return err
	}
	canonical, err := readPlaces(args[0], world.Runner)
	if err != nil {
		return err
	}
	r := record{Reason: recordReason, Program: canonical.path(program), Env: map[string]string{}}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && (strings.HasPrefix(name, "CARGO_") || name == libraryPath) {
			r.Env[name] = canonical.list(value)
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = stdout.Write(append(line, '\n'))
	return err
}

// recorder takes the runner's line out of cargo's standard output.
type recorder struct {
	line []byte // the last line that has the form of a record
}

// split passes everything on to w but the record.
func (r *recorder) split(w io.WriteCloser) io.WriteCloser { return &recordSplitter{w: w, r: r} }

type recordSplitter struct {
	w    io.WriteCloser
	r    *recorder
	rest []byte // an unfinished line that may be a record
	pass bool   // the line is known to be none
}

// recordBegin is how a record begins; Runner writes it so.
const recordBegin = `{"reason":"` + recordReason + `"`

// maxRecord bounds what is kept back of a line, in bytes. The environment of a
// program, which a record holds, is smaller: execve(2) allows 2 MiB by default.
const maxRecord = 4 << 20

func (s *recordSplitter) Write(b []byte) (int, error) {
	for left := b; len(left) > 0; {
		part, whole := left, false
		if i := bytes.IndexByte(left, '\n'); i >= 0 {
			part, whole = left[:i+1], true
		}
		left = left[len(part):]
		if !s.pass {
			s.rest = append(s.rest, part...)
			begin := s.rest[:min(len(s.rest), len(recordBegin))]
			switch {
			case !strings.HasPrefix(recordBegin, string(begin)), len(s.rest) > maxRecord:
				s.pass, part = true, s.rest
			case whole && len(begin) == len(recordBegin):
				s.r.line = slices.Clone(s.rest)
			}
		}
		if s.pass {
			if _, err := s.w.Write(part); err != nil {
				return 0, err
			}
		}
		if s.pass || whole {
			s.rest = s.rest[:0]
		}
		s.pass = s.pass && !whole
	}
	return len(b), nil
}

func (s *recordSplitter) Close() error {
	_, err := s.w.Write(s.rest)
	return diag.Join(err, s.w.Close())
}

// libraryPath is where cargo tells a program to look for dynamic libraries that
// were built with it; ld.so(8).
const libraryPath = "LD_LIBRARY_PATH"

// passed are the variables of cargo that a program may read when it runs; the
// rest of what the world holds stays there.
var passed = []string{"CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PRIMARY_PACKAGE", "CARGO_CRATE_NAME", "CARGO_BIN_NAME"}

// program checks the record and turns it into something of the host.
func (r *recorder) program(p *Project, target string, args []string) (*Program, error) {
	var rec record
	if r.line == nil {
		return nil, diag.New(diag.ExitFailed, "cargo did not say which program to run")
	}
	if err := json.Unmarshal(r.line, &rec); err != nil {
		return nil, diag.Wrap(err, "reading which program to run")
	}
	rel, err := filepath.Rel(world.Target, rec.Program)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, diag.New(diag.ExitPolicy, "the program to run, %q, is not in the target directory", rec.Program)
	}
	// What lies there was written by the build: no link may lead elsewhere.
	root, err := os.OpenRoot(target)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Lstat(rel)
	if err == nil && info.Mode().Type() != 0 {
		err = &fs.PathError{Op: "run", Path: rel, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return nil, diag.Wrap(err, "finding the program to run")
	}
	program := &Program{Path: filepath.Join(target, rel), Args: args}
	if dirs := hostDirs(rec.Env[libraryPath], target); dirs != "" {
		program.Env = append(program.Env, libraryPath+"="+dirs)
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Env)) {
		if !slices.Contains(passed, name) && !strings.HasPrefix(name, "CARGO_PKG_") {
			continue
		}
		value := rec.Env[name]
		if rel, err := filepath.Rel(world.Root, value); err == nil && filepath.IsAbs(value) && filepath.IsLocal(rel) {
			value = p.file(rel)
		}
		program.Env = append(program.Env, name+"="+value)
	}
	return program, nil
}

// hostDirs keeps of a list of directories those in the target directory, as
// they are on the host. The toolchain's own are not needed by what it built
// statically, and a program that was linked against them does not run outside.
func hostDirs(list, target string) string {
	var dirs []string
	for _, dir := range filepath.SplitList(list) {
		rel, err := filepath.Rel(world.Target, dir)
		host := filepath.Join(target, rel)
		// A list cannot hold a directory with the separator in its name: it would
		// become two others.
		if err == nil && filepath.IsLocal(rel) && !strings.ContainsRune(host, filepath.ListSeparator) {
			dirs = append(dirs, host)
		}
	}
	return strings.Join(dirs, string(filepath.ListSeparator))
}
