//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// batchArg starts the part of the test binary that runs one batch: every program
// once, under the same circumstances.
const batchArg = "determinism-batch"

func init() {
	if len(os.Args) == 2 && os.Args[1] == batchArg {
		if err := batchMain(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
}

// batch is what such a part reads from its standard input. It answers with ends
// by the names of the errands.
type batch struct {
	Name    string
	Bin     string // what was compiled
	Sources string // the scripts
	Inputs  string // a directory that programs list; /in of the world
	Scratch string // for the /tmp of each world
	Hold    *spec.Determinism
	Errands []errand
}

// errand is one run of one program.
type errand struct {
	Name string
	Argv []string
	Host bool // without any world
}

// end is how a run ended.
type end struct {
	Where    string // the name of the batch
	Output   string // of both streams
	ExitCode int
	Error    string // why there is no end
}

// together is how many worlds of a batch run at once: some only wait.
const together = 3

// patience bounds one run. A clock that stands still must fail, not hang.
const patience = 60 * time.Second

func batchMain() error {
	var b batch
	if err := json.NewDecoder(os.Stdin).Decode(&b); err != nil {
		return err
	}
	var mu sync.Mutex
	answers := map[string]end{}
	for _, err := range parallel(together, b.Errands, func(j errand) error {
		e := b.run(j)
		mu.Lock()
		defer mu.Unlock()
		answers[j.Name] = e
		return nil
	}) {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func (b *batch) run(j errand) end {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e := end{Where: b.Name}
	var err error
	if j.Host {
		e.Output, e.ExitCode, err = onBareHost(ctx, b, j)
	} else {
		e.Output, e.ExitCode, err = b.inWorld(ctx, j)
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("it was still running after %v", patience)
	}
	if err != nil {
		e.Error = fmt.Sprintf("%v\n%s", err, e.Output)
	}
	return e
}

func (b *batch) inWorld(ctx context.Context, j errand) (string, int, error) {
	tmp, err := os.MkdirTemp(b.Scratch, "")
	if err != nil {
		return "", 0, err
	}
	s := hostView(j.Argv...)
	s.Determinism = b.Hold
	s.Env = append(s.Env, "LANG=C.UTF-8", "TZ=UTC", "TMPDIR=/tmp", "USER=builder")
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: b.Bin, Target: "/bin-of-suite"},
		sandbox.Mount{Kind: spec.Bind, Source: b.Sources, Target: "/scripts"},
		sandbox.Mount{Kind: spec.Bind, Source: b.Inputs, Target: "/in"},
		sandbox.Mount{Kind: spec.Bind, Source: tmp, Target: "/tmp", Writable: true},
		sandbox.Mount{Kind: spec.Tmpfs, Target: "/dev/shm", Writable: true, Mode: 0o777, Size: 16 << 20})
	for _, name := range []string{"full", "random", "urandom", "zero"} {
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Device, Source: "/dev/" + name, Target: "/dev/" + name})
	}
	s.Links = append(s.Links, sandbox.Link{Path: "/dev/fd", Target: "/proc/self/fd"})
	s.Files = append(s.Files, sandbox.File{Path: "/etc/passwd", Data: "builder:x:1000:1000::/home:/bin/sh\n"})
	null, err := os.Open(os.DevNull)
	if err != nil {
		return "", 0, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	s.Stdin, s.Stdout, s.Stderr = null, w, w
	var out bytes.Buffer
	copied := make(chan error, 1)
	go func() { _, err := io.Copy(&out, r); copied <- err }()
	result, err := sandbox.Run(ctx, sandbox.Namespaces, s)
	w.Close()
	err = errors.Join(err, <-copied)
	return out.String(), result.ExitCode, err
}

// onBareHost runs the program as anybody would, in the directory and with the
// environment that the batch has.
func onBareHost(ctx context.Context, b *batch, j errand) (string, int, error) {
	argv := slices.Clone(j.Argv)
	for i, arg := range argv {
		switch dir, name := filepath.Split(arg); dir {
		case "/bin-of-suite/":
			argv[i] = filepath.Join(b.Bin, name)
		case "/scripts/":
			argv[i] = filepath.Join(b.Sources, name)
		}
	}
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		return string(out), exit.ExitCode(), nil
	}
	return string(out), 0, err
}

// parallel calls do for each item, n at a time, and returns what failed.
func parallel[T any](n int, items []T, do func(T) error) []error {
	errs := make([]error, len(items))
	var wg sync.WaitGroup
	places := make(chan struct{}, n)
	for i, item := range items {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			errs[i] = do(item)
		})
	}
	wg.Wait()
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// argv is how p is started in the world of a batch.
func (p *specimen) argv() []string {
	if p.interpreter != nil {
		return append(slices.Clone(p.interpreter), "/scripts/"+filepath.Base(p.path))
	}
	return []string{"/bin-of-suite/" + p.name}
}

// send runs b in a process of its own.
func (b *batch) send(t *testing.T, c circumstances) map[string]end {
	t.Helper()
	input, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	cmd := c.command(t)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", b.Name, err, stderr.String())
	}
	answers := map[string]end{}
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("%s: %v\n%s", b.Name, err, out)
	}
	return answers
}
