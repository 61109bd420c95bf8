package verify

import (
	"bytes"
	"context"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Attested is what Attest wrote, and how the build ended if it was not well.
type Attested struct {
	Outcome   build.Outcome
	Envelope  string // DSSE, or the bare statement if nobody signed
	SBOM      string
	Statement []byte
}

// AttestRequest is a build to attest.
type AttestRequest struct {
	Options *build.Options
	Command *build.Command
	Flags   []string // that build the same again
	Key     string   // file of a private key; or empty
	Sign    string   // a command that signs; or empty
	Embed   bool     // put the recipe's digest into the outputs
	Name    string   // of the project, for the bill of materials
}

// Attest builds from an empty target directory and writes what it was made from and
// what it made, signed.
func Attest(ctx context.Context, h *build.Host, r AttestRequest) (Attested, error) {
	var done Attested
	signers, err := r.signers(h)
	if err != nil {
		return done, err
	}
	r.Options.Fresh = true
	if done.Outcome, err = build.Build(ctx, h, r.Options, r.Command); err != nil || done.Outcome.Result.ExitCode != 0 || done.Outcome.Result.Signal != 0 {
		return done, err
	}
	made := done.Outcome.Made
	if made == nil {
		return done, diag.New(diag.ExitFailed, "the root changed while it was built, so nothing can be said of the outputs").WithHelp("try again")
	}
	b, err := describe(ctx, h, made, r.Flags)
	if err != nil {
		return done, err
	}
	if b.Outputs, err = outputsOf(made.Target); err != nil {
		return done, err
	}
	if r.Embed {
		recipe, err := b.Recipe()
		if err != nil {
			return done, err
		}
		if err := embed(b.Outputs, recipe, made.Target); err != nil {
			return done, err
		}
	}
	if done.Statement, err = b.Statement(); err != nil {
		return done, err
	}
	data := append(slices.Clone(done.Statement), '\n')
	done.Envelope = filepath.Join(made.Dir, "target", "attestation.json")
	if len(signers) > 0 {
		envelope, err := attest.Seal(ctx, done.Statement, signers...)
		if err != nil {
			return done, err
		}
		data = envelope.Encode()
		done.Envelope = filepath.Join(made.Dir, "target", "attestation.dsse.json")
	}
	bill, err := b.SBOM(r.Name, "")
	if err != nil {
		return done, err
	}
	done.SBOM = filepath.Join(made.Dir, "target", "sbom.cdx.json")
	if err := fsx.WriteFile(done.Envelope, data, 0o644); err != nil {
		return done, diag.Wrap(err, "writing the attestation")
	}
	return done, diag.Wrap(fsx.WriteFile(done.SBOM, bill, 0o644), "writing the bill of materials")
}

// signers are those that were asked for.
func (r *AttestRequest) signers(h *build.Host) ([]attest.Signer, error) {
	var signers []attest.Signer
	if r.Key != "" {
		data, err := os.ReadFile(h.Absolute(r.Key))
		if err != nil {
			return nil, diag.New(diag.ExitUsage, "the key `%s` cannot be read", r.Key).Because(err)
		}
		key, err := attest.ParsePrivateKey(data)
		if err != nil {
			return nil, diag.Wrap(err, "reading `%s`", r.Key)
		}
		signers = append(signers, key)
	}
	if r.Sign != "" {
		signers = append(signers, &attest.Command{Line: r.Sign, Env: h.Environ(), Dir: h.Cwd, Stderr: h.Stderr})
	}
	return signers, nil
}

// describe turns what a build was made from into the words of an attestation.
func describe(ctx context.Context, h *build.Host, m *build.Made, flags []string) (*attest.Build, error) {
	t, s, w := m.Lock.Toolchain, m.Lock.System, m.World
	b := &attest.Build{
		Command: w.Argv[1:], Dir: strings.Trim(strings.TrimPrefix(w.Dir, worldRoot), "/"), Isolation: w.Isolation, Flags: flags,
		Root: m.Root, Vendored: m.Crates, Policy: m.Lock.Policy,
		Toolchain: attest.Toolchain{Channel: t.Channel, Release: t.Release, Commit: t.Commit, Host: t.Host, Components: t.Components, Layer: t.Layer},
		System:    attest.System{Image: s.Image, Source: s.Source, Architecture: s.Architecture, Requested: s.Requested, Layer: s.Layer},
		Held:      attest.Held{Clock: w.Held.Clock, Epoch: w.Held.Epoch, Random: w.Held.Random, CPU: w.Held.CPU, CPUs: w.Held.CPUs},
		World:     attest.World{Format: w.Format, Digest: w.Digest()},
		Tool:      attest.Tool{Version: h.Version},
	}
	for _, p := range s.Packages {
		b.System.Packages = append(b.System.Packages, attest.Package{Name: p.Name, Version: p.Version})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Env)) {
		b.Env = append(b.Env, attest.Variable{Name: name, Value: m.Env[name]})
	}
	for _, f := range m.Files {
		d := attest.Download{URL: f.URL, SHA256: f.SHA256}
		if !slices.Contains(b.Downloads, d) { // several variables may lead to one file
			b.Downloads = append(b.Downloads, d)
		}
	}
	for _, p := range m.Cargo.External {
		b.Crates = append(b.Crates, crateOf(p))
	}
	if c := build.CheckoutOf(ctx, h, m.Dir); c != nil {
		b.Git = &attest.Git{Remote: withoutSecrets(c.Remote), Commit: c.Commit, Path: c.Path, Clean: c.Clean}
	}
	var err error
	b.Tool.Digest, err = build.OwnDigest()
	return b, err
}

// crateOf reads cargo's source id: KIND+URL, with a commit behind `#` where the kind
// is git.
func crateOf(p cargo.LockedPackage) attest.Crate {
	c := attest.Crate{Name: p.Name, Version: p.Version, Checksum: p.Checksum}
	kind, address, _ := strings.Cut(p.Source, "+")
	switch {
	case p.Git():
		address, c.Commit, _ = strings.Cut(address, "#")
		c.Git, _, _ = strings.Cut(address, "?")
		c.Git = withoutSecrets(c.Git)
	case p.DefaultRegistry():
	case kind == "sparse":
		c.Registry = "sparse+" + withoutSecrets(address)
	default:
		c.Registry = withoutSecrets(address)
	}
	return c
}

// withoutSecrets leaves out who may fetch from an address.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

// outputsOf lists what a build was for.
func outputsOf(target string) ([]attest.Output, error) {
	files, err := (&built{dir: target, counted: true}).files()
	if err != nil {
		return nil, err
	}
	var list []attest.Output
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if isOutput(name) {
			list = append(list, attest.Output{Name: name, SHA256: files[name].digest})
		}
	}
	return list, nil
}

// likeThose are the outputs in a target directory, with the recipe of an attestation
// in those in which it has it: where the source lay is in that too, so it is theirs.
func likeThose(there *attest.Build, target string) ([]attest.Output, error) {
	made, err := outputsOf(target)
	if err != nil {
		return nil, err
	}
	for i, is := range made {
		if !slices.ContainsFunc(there.Outputs, func(o attest.Output) bool { return o.Name == is.Name && o.Embedded }) {
			continue
		}
		recipe, err := there.Recipe()
		if err == nil {
			err = embed(made[i:i+1], recipe, target)
		}
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

// embed puts the digest of everything that acted on the outputs into those that have
// a place for it.
func embed(list []attest.Output, recipe digest.Digest, target string) error {
	for i, o := range list {
		file := filepath.Join(target, filepath.FromSlash(o.Name))
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(data, []byte("\x7fELF")) && !bytes.HasPrefix(data, []byte("\x00asm")) {
			continue // no program: nothing to put it in
		}
		with, err := attest.Embed(data, recipe)
		if err != nil {
			return diag.Wrap(err, "embedding into `%s`", o.Name)
		}
		if err := fsx.WriteFile(file, with, info.Mode().Perm()); err != nil {
			return diag.Wrap(err, "embedding into `%s`", o.Name)
		}
		list[i].SHA256, list[i].Embedded = digest.Of(with).Hex(), true
	}
	return nil
}
