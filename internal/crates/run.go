package crates

import (
	"bytes"
	"context"
	"os"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// runCargo runs the pinned cargo with a read-only host, with the network unless
// the request is alone, and returns what it printed to stdout.
func runCargo(ctx context.Context, r *Request, writeRoot bool, downloads, out string, args ...string) ([]byte, error) {
	// It will hold the user's credentials: no cargo but the pinned one.
	if _, _, err := r.Store.Layer(ctx, r.Toolchain.Digest); err != nil {
		return nil, err
	}
	if !r.System.Digest.IsZero() {
		if _, _, err := r.Store.Layer(ctx, r.System.Digest); err != nil {
			return nil, err
		}
	}
	r.project, r.local, r.refused = nil, nil, ""
	home, release, err := r.Store.TempDir("cargo-home")
	if err != nil {
		return nil, err
	}
	defer release()
	r.places = moved
	if r.Isolation == sandbox.Landlock {
		r.places = r.inPlace(home, out)
	}
	s, err := r.fetchSpec(writeRoot, home, downloads, out)
	if err != nil {
		return nil, err
	}
	s.Argv = slices.Concat([]string{r.places.rust + "/bin/cargo"}, args[:1], r.project, args[1:])
	if out != "" {
		s.Argv = append(s.Argv, r.places.out)
	}
	var stdout bytes.Buffer
	if s.Stdin, err = os.Open(os.DevNull); err != nil {
		return nil, err
	}
	defer s.Stdin.Close()
	outWrite, outDone, err := drain(&stdout)
	if err != nil {
		return nil, err
	}
	shown, err := r.show(args[0] == "vendor")
	if err != nil {
		return nil, diag.Join(err, outWrite.Close())
	}
	s.Stdout, s.Stderr = outWrite, shown.child
	result, err := sandbox.Run(ctx, r.Isolation, s)
	failed := result.ExitCode != 0 && result.Signal == 0
	err = diag.Join(err, outWrite.Close(), <-outDone, shown.close(failed))
	r.refused = shown.refused
	switch {
	case err != nil:
		return nil, err
	case result.Signal != 0:
		return nil, &Interrupted{result}
	case failed:
		return nil, failure(args[0], result.ExitCode, r.refused)
	}
	return stdout.Bytes(), nil
}

// Interrupted says that a signal ended the fetch. Nothing was stored but
// complete downloads, which the next fetch uses.
type Interrupted struct{ Result sandbox.Result }

func (i *Interrupted) Error() string { return "interrupted by signal: " + i.Result.Signal.String() }

// failure says that cargo gave up, and of which package the checksum was not right,
// if that was why.
func failure(verb string, code int, refused string) error {
	if refused == "" {
		return diag.New(diag.ExitFailed, "`cargo %s` failed with exit code %d, see above", verb, code)
	}
	return diag.New(diag.ExitLock, "what the registry has for `%s` is not what Cargo.lock names, see above", refused).
		WithHelp("find out which of the two was changed before you run: cargo update")
}
