package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
)

// patience is how long a look around in a world may take. It takes
// milliseconds.
const patience = time.Minute

// try runs the program that looks around under one isolation.
func try(ctx context.Context, h *build.Host, i sandbox.Isolation, features []probe.Result) (v Verdict, err error) {
	dir, err := os.MkdirTemp(h.Temp, "cargo-hermetic-doctor-")
	if err != nil {
		return v, diag.Wrap(err, "making a directory for a small world")
	}
	defer func() { err = diag.Join(err, diag.Wrap(fsx.RemoveTree(dir), "removing `%s`", dir)) }()
	s, err := smallWorld(dir, i, features)
	if err != nil {
		return v, diag.Wrap(err, "laying out a small world")
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	seen, weaker, runErr := look(limited, i, s)
	took := time.Since(began)
	if ctx.Err() != nil {
		return v, context.Cause(ctx)
	}
	v = verdict(string(i), runErr)
	v.Milliseconds = float64(took.Microseconds()) / 1000
	v.Weaker = append(v.Weaker, weaker...)
	if runErr == nil && i == sandbox.Namespaces {
		v.How = rung(seen)
	}
	return v, nil
}

// rung names the ways of package namespaces.
func rung(s *probe.Seen) string {
	switch {
	case !s.UserNamespace:
		return "as root, without a user namespace (rung A')"
	case !s.OwnProc:
		return "with the host's /proc, which is masked (rung B)"
	}
	return "in a user namespace (rung A)"
}

// look runs s and returns what the program in it has seen. Whatever is not as
// it must be is an error.
func look(ctx context.Context, i sandbox.Isolation, s sandbox.Spec) (seen *probe.Seen, weaker []string, err error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close() // read only: nothing to lose
	out, waitOut, err := collect()
	if err != nil {
		return nil, nil, err
	}
	errs, waitErrs, err := collect()
	if err != nil {
		return nil, nil, errors.Join(err, out.Close())
	}
	s.Stdin, s.Stdout, s.Stderr = null, out, errs
	result, err := sandbox.Run(ctx, i, s)
	err = diag.Join(err, out.Close(), errs.Close())
	text, outErr := waitOut()
	said, errsErr := waitErrs()
	if err := diag.Join(err, outErr, errsErr); err != nil {
		return nil, result.Weaker, err
	}
	seen = &probe.Seen{}
	if err := json.Unmarshal(text, seen); err != nil || result.ExitCode != 0 {
		return nil, result.Weaker, diag.New(diag.ExitIsolation, "the program in a small world did not say what it sees").
			Note("it ended with code %d and said: %q", result.ExitCode, said).Because(err)
	}
	if len(seen.Wrong) > 0 {
		d := diag.New(diag.ExitIsolation, "isolation `%s` was set up and does not hold on this host", i)
		for _, wrong := range seen.Wrong {
			d.Note("%s", wrong)
		}
		return nil, result.Weaker, d.WithHelp("this is a bug, please report it with the output of `cargo hermetic doctor --format json`")
	}
	return seen, result.Weaker, nil
}

// most is how much of the program's output is kept.
const most = 1 << 20

// collect returns a pipe and a function that waits for what was written to it.
// The pipe must be closed before.
func collect() (*os.File, func() ([]byte, error), error) {
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	type text struct {
		data []byte
		err  error
	}
	all := make(chan text, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(reading, most))
		all <- text{data, errors.Join(err, reading.Close())}
	}()
	return writing, func() ([]byte, error) { t := <-all; return t.data, t.err }, nil
}
