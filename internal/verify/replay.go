package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// ReplayRequest is an attestation to check by building again.
type ReplayRequest struct {
	File   string
	Keys   []string // files of trusted public keys
	Source string   // directory with the source; empty: fetched from where the attestation says
	Quiet  bool

	// Build makes the command and its options from the flags that the attestation has,
	// and refuses flags that may not come from somebody else.
	Build func(root string, flags []string) (*build.Options, *build.Command, error)
}

// Replayed is the verdict on an attestation.
type Replayed struct {
	Signed  []string      `json:"signedBy,omitempty"` // names of keys
	Inputs  []Checked     `json:"inputs"`
	Outputs []Checked     `json:"outputs,omitempty"`
	Build   *attest.Build `json:"-"`
	Outcome build.Outcome `json:"-"`
}

// Checked is one thing that an attestation says, beside what there is here.
type Checked struct {
	Name  string `json:"name"`
	There string `json:"there"`
	Here  string `json:"here"`
}

func (c Checked) equal() bool { return c.There == c.Here }

// Match reports whether everything is as the attestation says.
func (r *Replayed) Match() bool {
	return len(r.Outputs) > 0 && !slices.ContainsFunc(slices.Concat(r.Inputs, r.Outputs), func(c Checked) bool { return !c.equal() })
}

// Replay checks who signed an attestation, that every input here is the one that it
// names, builds, and compares. Where an input differs nothing is built.
func Replay(ctx context.Context, h *build.Host, r ReplayRequest) (Replayed, error) {
	var done Replayed
	b, signed, err := r.read(h)
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

// most is more than an attestation may have in bytes.
const most = 64 << 20

// read reads the attestation: one that is signed by a trusted key, or, where no key
// is named, a bare statement.
func (r *ReplayRequest) read(h *build.Host) (*attest.Build, []string, error) {
	f, err := os.Open(h.Absolute(r.File))
	if err != nil {
		return nil, nil, diag.New(diag.ExitUsage, "the attestation `%s` cannot be read", r.File).Because(err)
	}
	defer f.Close()
	if len(r.Keys) == 0 {
		data, err := io.ReadAll(io.LimitReader(f, most+1)) // what is longer is refused as such
		if err != nil {
			return nil, nil, err
		}
		if e, err := attest.ParseEnvelope(data); err == nil && len(e.Signatures) > 0 {
			return nil, nil, diag.New(diag.ExitAttestation, "`%s` is signed, and no key says whom to trust", r.File).
				WithHelp("--trust KEY, a public key of whoever is to have signed it")
		}
		b, err := attest.ParseStatement(bytes.TrimSuffix(data, []byte("\n")))
		return b, nil, err
	}
	var trusted []attest.PublicKey
	for _, name := range r.Keys {
		data, err := os.ReadFile(h.Absolute(name))
		if err != nil {
			return nil, nil, diag.New(diag.ExitUsage, "the key `%s` cannot be read", name).Because(err)
		}
		key, err := attest.ParsePublicKey(data)
		if err != nil {
			return nil, nil, diag.Wrap(err, "reading `%s`", name)
		}
		trusted = append(trusted, key)
	}
	e, err := attest.Read(f)
	if err != nil {
		return nil, nil, err
	}
	b, by, err := e.Open(trusted)
	var names []string
	for _, k := range by {
		names = append(names, k.ID())
	}
	return b, names, err
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
	o.Staged.Epoch = b.Held.Epoch
	made, err := build.Describe(ctx, &elsewhere, o, c)
	if err != nil {
		return err
	}
	here, err := describe(ctx, &elsewhere, made, b.Flags)
	if err != nil {
		return err
	}
	done.Inputs = inputs(b, here)
	if slices.ContainsFunc(done.Inputs, func(c Checked) bool { return !c.equal() }) {
		return nil
	}
	if done.Outcome, err = build.Build(ctx, &elsewhere, o, c); err != nil || done.Outcome.Made == nil {
		return err
	}
	if here.Outputs, err = outputsOf(done.Outcome.Made.Target); err != nil {
		return err
	}
	if slices.ContainsFunc(b.Outputs, func(o attest.Output) bool { return o.Embedded }) {
		// Theirs: where the source lay is in it too, and the inputs are the same.
		recipe, err := b.Recipe()
		if err != nil {
			return err
		}
		if err := embed(here, recipe, done.Outcome.Made.Target); err != nil {
			return err
		}
	}
	done.Outputs = outputs(b, here)
	return nil
}

// inputs are what acted on the outputs, one by one and then all together.
func inputs(there, here *attest.Build) []Checked {
	list := []Checked{
		{"root", there.Root.String(), here.Root.String()},
		{"policy", there.Policy.String(), here.Policy.String()},
		{"toolchain", toolchainText(there), toolchainText(here)},
		{"system", systemText(there), systemText(here)},
		{"crates", there.Vendored.String(), here.Vendored.String()},
	}
	is := packagesOf(here)
	for i, have := range packagesOf(there) {
		if i < len(is) && is[i] != have {
			list = append(list, Checked{"first package of the system that differs", have, is[i]})
			break
		}
	}
	for i, c := range there.Crates {
		if i < len(here.Crates) && c != here.Crates[i] {
			list = append(list, Checked{"first crate that differs", fmt.Sprint(c), fmt.Sprint(here.Crates[i])})
			break
		}
	}
	list = append(list,
		Checked{"environment", fmt.Sprint(there.Env), fmt.Sprint(here.Env)},
		Checked{"command", strings.Join(there.Command, " "), strings.Join(here.Command, " ")},
		Checked{"world", there.World.Digest.String(), here.World.Digest.String()},
	)
	return list
}

func toolchainText(b *attest.Build) string {
	return fmt.Sprintf("Rust %s for %s, %s", b.Toolchain.Release, b.Toolchain.Host, b.Toolchain.Layer)
}

func systemText(b *attest.Build) string {
	return fmt.Sprintf("%s, %s", b.System.Source, b.System.Layer)
}

func packagesOf(b *attest.Build) []string {
	var list []string
	for _, p := range b.System.Packages {
		list = append(list, p.Name+" "+p.Version)
	}
	return list
}

// outputs compares them by name; what only one side has is empty on the other.
func outputs(there, here *attest.Build) []Checked {
	list := make([]Checked, 0, len(there.Outputs))
	for _, o := range there.Outputs {
		c := Checked{Name: o.Name, There: o.SHA256}
		for _, is := range here.Outputs {
			if is.Name == o.Name {
				c.Here = is.SHA256
			}
		}
		list = append(list, c)
	}
	return list
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

// Text is the verdict for people. What the attestation says is a stranger's, so it is
// escaped.
func (r *Replayed) Text() string {
	var b strings.Builder
	verdict := "match"
	if !r.Match() {
		verdict = "mismatch"
	}
	fmt.Fprintf(&b, "%s\n", verdict)
	if len(r.Signed) == 0 {
		b.WriteString("    nobody signed it\n")
	}
	for _, key := range r.Signed {
		fmt.Fprintf(&b, "    signed by %s\n", ui.Escape(key))
	}
	for _, c := range slices.Concat(r.Inputs, r.Outputs) {
		if c.equal() {
			fmt.Fprintf(&b, "    same     %s\n", ui.Escape(c.Name))
			continue
		}
		fmt.Fprintf(&b, "    differs  %s\n        there  %s\n        here   %s\n", ui.Escape(c.Name), ui.Escape(c.There), ui.Escape(c.Here))
	}
	if len(r.Outputs) == 0 {
		b.WriteString("    nothing was built, because an input differs\n")
	}
	return b.String()
}

// JSON is the verdict for programs.
func (r *Replayed) JSON() ([]byte, error) {
	verdict := "match"
	if !r.Match() {
		verdict = "mismatch"
	}
	data, err := json.MarshalIndent(struct {
		Verdict string `json:"verdict"`
		*Replayed
	}{verdict, r}, "", "  ")
	return append(data, '\n'), err
}
