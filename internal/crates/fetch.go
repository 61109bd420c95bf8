package crates

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// fetch vendors into a staging directory, verifies, and commits the layer.
func fetch(ctx context.Context, r *Request) (Crates, error) {
	r.Status("Fetching", "%d crates that Cargo.lock names", len(r.Lock.External))
	staged, err := r.Store.Begin("crates")
	if err != nil {
		return Crates{}, err
	}
	defer staged.Discard()
	downloads, err := r.Store.Downloads()
	if err != nil {
		return Crates{}, err
	}
	if err := forget(downloads, r.Lock); err != nil {
		return Crates{}, diag.Wrap(err, "cleaning the downloads")
	}
	if _, err := runCargo(ctx, r, false, downloads, "", "fetch", "--locked"); err != nil {
		return Crates{}, err
	}
	// That run may have started programs of the user's: a git, ssh, a credential
	// provider. They can have left in the downloads what cargo does not look at
	// again, such as a checkout (channels E13, E14). So what they brought is taken
	// out without them: from archives that are compared with Cargo.lock below, and
	// from git's objects, whose names libgit2 compares with their content.
	if err := forget(downloads, r.Lock); err != nil {
		return Crates{}, diag.Wrap(err, "cleaning the downloads")
	}
	r.alone = true
	printed, err := runCargo(ctx, r, false, downloads, staged.Dir(),
		"vendor", "--locked", "--offline", "--versioned-dirs", "--respect-source-config")
	if err != nil {
		return Crates{}, err
	}
	if err := verify(staged.Dir(), filepath.Join(downloads, "registry", "cache"), r.Lock); err != nil {
		return Crates{}, err
	}
	config, err := sourceConfig(printed, r.Place)
	if err != nil {
		return Crates{}, err
	}
	layer, err := staged.Commit(ctx)
	return Crates{layer, config}, err
}

// MakeLockfile runs `cargo generate-lockfile` for a project that has none. It
// is the one run that may write to the root.
func MakeLockfile(ctx context.Context, r *Request) error {
	downloads, err := r.Store.Downloads()
	if err != nil {
		return err
	}
	unlock, err := r.Store.Lock(ctx, "fetch", func() { r.Status("Blocking", "waiting for another fetch on this store") })
	if err != nil {
		return err
	}
	defer unlock()
	args := []string{"generate-lockfile"}
	if r.Offline {
		args = append(args, "--offline")
	}
	_, err = runCargo(ctx, r, true, downloads, "", args...)
	return err
}

// forget removes from the downloads what cargo would trust without looking:
// extracted sources and checkouts (channels G07, G12), and archives of locked
// packages that are not what Cargo.lock says.
func forget(downloads string, lock *cargo.Lockfile) error {
	for _, dir := range []string{"registry/src", "git/checkouts"} {
		if err := os.RemoveAll(filepath.Join(downloads, dir)); err != nil {
			return err
		}
	}
	for _, p := range lock.External {
		found, err := downloaded(filepath.Join(downloads, "registry", "cache"), p)
		if err != nil {
			return err
		}
		for _, archive := range found {
			if got, err := sumFile(archive); err != nil || got != p.Checksum {
				if err := os.Remove(archive); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// runCargo runs the pinned cargo with the network and a read-only host, and
// returns what it printed to stdout.
func runCargo(ctx context.Context, r *Request, writeRoot bool, downloads, out string, args ...string) ([]byte, error) {
	// It will hold the user's credentials: no cargo but the pinned one.
	if _, _, err := r.Store.Layer(ctx, r.Toolchain.Digest); err != nil {
		return nil, err
	}
	r.project = nil
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
	// Registries, repositories and the manifests in them have a say in it.
	guard := ui.NewGuard(r.Stderr)
	rewritten, err := cargo.NewRewriter(guard, []cargo.PathPair{{From: r.places.root, To: r.Root}}, cargo.RewriteOptions{})
	if err != nil {
		return nil, err
	}
	shown := &progress{w: rewritten}
	var hidden bytes.Buffer
	if r.Quiet {
		shown.w = &hidden // until it is needed
	}
	errWrite, errDone, err := drain(shown)
	if err != nil {
		return nil, diag.Join(err, outWrite.Close())
	}
	s.Stdout, s.Stderr = outWrite, errWrite
	result, err := sandbox.Run(ctx, r.Isolation, s)
	err = diag.Join(err, outWrite.Close(), errWrite.Close(), <-outDone, <-errDone, rewritten.Close())
	if result.ExitCode != 0 && result.Signal == 0 {
		_, told := guard.Write(hidden.Bytes())
		err = diag.Join(err, told)
	}
	err = diag.Join(err, guard.Close())
	switch {
	case err != nil:
		return nil, err
	case result.Signal != 0:
		return nil, &Interrupted{result}
	case result.ExitCode != 0:
		if shown.checksum {
			return nil, diag.New(diag.ExitLock, "what the registry has is not what Cargo.lock names, see above").
				WithHelp("find out which of the two was changed before you run: cargo update")
		}
		return nil, diag.New(diag.ExitFailed, "`cargo %s` failed with exit code %d, see above", args[0], result.ExitCode)
	}
	return stdout.Bytes(), nil
}

// Interrupted says that a signal ended the fetch. Nothing was stored but
// complete downloads, which the next fetch uses.
type Interrupted struct{ Result sandbox.Result }

func (i *Interrupted) Error() string { return "interrupted by signal: " + i.Result.Signal.String() }

// drain returns a pipe whose contents go to w, and a channel that delivers the
// end of that.
func drain(w io.Writer) (*os.File, <-chan error, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(w, read)
		done <- diag.Join(err, read.Close())
	}()
	return write, done, nil
}

// progress passes cargo's stderr on, without the line a crate that `cargo
// vendor` prints and without its advice.
type progress struct {
	w        io.Writer
	line     []byte
	checksum bool // cargo complained about one
}

func (p *progress) Write(b []byte) (int, error) {
	for _, c := range b {
		p.line = append(p.line, c)
		if c != '\n' && c != '\r' {
			continue
		}
		text := strings.TrimSpace(string(p.line))
		p.checksum = p.checksum || strings.Contains(text, "checksum for `") || strings.Contains(text, "failed to verify the checksum of")
		if text != "" && !strings.HasPrefix(text, "Vendoring ") && !strings.HasPrefix(text, "To use vendored sources") {
			if _, err := p.w.Write(p.line); err != nil {
				return 0, err
			}
		}
		p.line = p.line[:0]
	}
	return len(b), nil
}
