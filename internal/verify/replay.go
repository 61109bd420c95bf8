package verify

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// ReplayRequest is an attestation to check by building again.
type ReplayRequest struct {
	File   string
	Keys   []string // files of trusted public keys
	Source string   // directory with the source; empty: fetched from where the attestation says
	Quiet  bool

	// Isolation and Offline are the caller's: an attestation does not choose them.
	Isolation string
	Offline   bool

	// Build makes the command and its options from the flags that the attestation has,
	// and refuses flags that may not come from somebody else.
	Build func(root string, flags []string) (*build.Options, *build.Command, error)
}

// Replayed is the verdict on an attestation.
type Replayed struct {
	Signed  []string      `json:"signedBy,omitempty"` // names of keys
	Inputs  []Checked     `json:"inputs"`
	Refused *Refused      `json:"refused,omitempty"` // why nothing can be built of what is here
	Outputs []Checked     `json:"outputs,omitempty"`
	Notes   []string      `json:"notes,omitempty"`
	Build   *attest.Build `json:"-"`
	Outcome build.Outcome `json:"-"`
}

// Checked is one thing that an attestation says, beside what there is here.
type Checked struct {
	Name  string `json:"name"`
	There string `json:"there"`
	Here  string `json:"here"`
}

func (c Checked) equal() bool   { return c.There == c.Here }
func (c Checked) differs() bool { return !c.equal() }

// Refused is how a build said that it cannot be made of what is here: mostly that a
// toolchain, a package or a crate is not the one that hermetic.lock or Cargo.lock name,
// and the attestation with them.
type Refused struct {
	Message string   `json:"message"`
	Notes   []string `json:"notes,omitempty"`
	Help    string   `json:"help,omitempty"`
}

func refusedBy(err error) *Refused {
	r := &Refused{Message: strings.Join(diag.Chain(err), ": ")}
	if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
		r.Notes, r.Help = d.Notes, d.Help
	}
	return r
}

// Match reports whether everything is as the attestation says.
func (r *Replayed) Match() bool {
	return r.Refused == nil && len(r.Outputs) > 0 && !slices.ContainsFunc(slices.Concat(r.Inputs, r.Outputs), Checked.differs)
}

// Replay checks who signed an attestation, that every input here is the one that it
// names, builds, and compares. Where an input differs nothing is built.
func Replay(ctx context.Context, h *build.Host, r ReplayRequest) (Replayed, error) {
	var done Replayed
	f, err := os.Open(h.Absolute(r.File))
	if err != nil {
		return done, diag.New(diag.ExitUsage, "the attestation `%s` cannot be read", r.File).Because(err)
	}
	defer f.Close() // only read
	b, signed, err := readAttestation(h, f, r.File, r.Keys)
	if err != nil {
		return done, err
	}
	done.Build, done.Signed = b, signed
	dir, remove, err := h.TempDir("hermetic-verify-", "the build")
	if err != nil {
		return done, err
	}
	err = r.replay(ctx, h, b, dir, &done)
	return done, diag.Join(err, remove())
}

func (r *ReplayRequest) replay(ctx context.Context, h *build.Host, b *attest.Build, dir string, done *Replayed) error {
	root := filepath.Join(dir, "root")
	from := h.Absolute(r.Source)
	if r.Source == "" {
		var err error
		if from, err = clone(ctx, h, b, dir); err != nil {
			return err
		}
	}
	if err := copyRoot(root, from, false, false); err != nil {
		return diag.Wrap(err, "copying the source `%s`", from)
	}
	if top := b.Git != nil && b.Git.Path == ""; top {
		// A build sees that it is there, and an archive of the source has none.
		if err := os.MkdirAll(filepath.Join(root, ".git"), 0o755); err != nil {
			return err
		}
	}
	elsewhere := *h
	elsewhere.Cwd = filepath.Join(root, filepath.FromSlash(b.Dir))
	if r.Quiet {
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer null.Close()
		elsewhere.Stdout, elsewhere.Stderr = null, null
	}
	o, c, err := r.Build(root, b.Flags)
	if err != nil {
		return err
	}
	o.Staged.Epoch, o.Isolation, o.Offline = b.Held.Epoch, r.Isolation, r.Offline
	// Of its own, because with another root it may well be that nothing can be built.
	is, err := build.RootOf(ctx, &elsewhere, root)
	if err != nil {
		return diag.Wrap(err, "reading the copy of the source")
	}
	// Its files lie in a copy, in which nobody can call `fetch`. For another root than
	// the attested one no address is asked that stands in it.
	o.Fetching = is == b.Root
	var here *attest.Build // nil until a build says what it would be made from
	o.Approve = func(made *build.Made) (bool, error) {
		var err error
		if here, err = describe(ctx, &elsewhere, made, b.Flags); err != nil {
			return false, err
		}
		done.Inputs = inputs(b, here)
		return !slices.ContainsFunc(done.Inputs, Checked.differs), nil
	}
	done.Outcome, err = build.Build(ctx, &elsewhere, o, c)
	if err != nil {
		if here != nil || ctx.Err() != nil || is == b.Root && diag.ExitCode(err) != diag.ExitLock {
			return err
		}
		done.Inputs, done.Refused = []Checked{{"root", b.Root.String(), is.String()}}, refusedBy(err)
	}
	if is != b.Root {
		files, note := editedFiles(ctx, h, b, from, root)
		done.Inputs, done.Notes = slices.Insert(done.Inputs, 1, files...), append(done.Notes, note...)
	}
	if done.Refused != nil || slices.ContainsFunc(done.Inputs, Checked.differs) {
		return nil
	}
	return done.compare(b, here)
}

// compare compares what was built with what the attestation names.
func (r *Replayed) compare(b, here *attest.Build) error {
	switch ended := r.Outcome.Result; {
	case ended.ExitCode != 0 || ended.Signal != 0:
		return nil // it did not come to a verdict, as its outcome says
	case r.Outcome.Made == nil:
		return diag.New(diag.ExitFailed, "the copy of the root changed while it was built, so nothing can be said of the outputs")
	}
	var err error
	if here.Outputs, err = likeThose(b, r.Outcome.Made.Target); err != nil {
		return err
	}
	r.Outputs = outputs(b, here)
	return nil
}

// clone gets the source from where the attestation says that it is, by the user's own
// git, and checks out the commit.
func clone(ctx context.Context, h *build.Host, b *attest.Build, dir string) (string, error) {
	if b.Git == nil || b.Git.Remote == "" {
		return "", diag.New(diag.ExitUsage, "the attestation does not say where the source is").WithHelp("--source DIR")
	}
	if strings.HasPrefix(b.Git.Remote, "-") || strings.Contains(b.Git.Remote, "::") {
		return "", diag.New(diag.ExitAttestation, "`%s` is no address that git is asked for", b.Git.Remote).WithHelp("--source DIR")
	}
	to := filepath.Join(dir, "source")
	for _, args := range [][]string{
		{"clone", "--quiet", "--no-checkout", "--", b.Git.Remote, to},
		{"-C", to, "checkout", "--quiet", "--detach", b.Git.Commit},
	} {
		git := exec.CommandContext(ctx, "git", args...)
		git.Env = append(h.Environ(), "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file", "GIT_TERMINAL_PROMPT=0")
		git.Stderr = h.Stderr
		if err := git.Run(); err != nil {
			return "", diag.New(diag.ExitFailed, "git could not get commit %s of `%s`", b.Git.Commit, b.Git.Remote).Because(err).
				WithHelp("--source DIR, with the source at hand")
		}
	}
	return filepath.Join(to, filepath.FromSlash(b.Git.Path)), nil
}
