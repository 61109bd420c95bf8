package build

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// run runs a planned world and brings its words to the caller.
func (p *prepared) run(ctx context.Context, h *Host, w world.World, out *outputs, c *Command) (outcome Outcome, err error) {
	tmp, release, err := p.workspace(out)
	if err != nil {
		return outcome, err
	}
	defer func() { err = diag.Join(err, release()) }()
	s, err := p.bind(w, out.dir, tmp)
	if err == nil && p.isolation == sandbox.Landlock {
		err = p.inPlace(ctx, h, &s, tmp)
	}
	if err != nil {
		return outcome, err
	}
	if s.Stdin, err = os.Open(os.DevNull); err != nil {
		return outcome, err
	}
	defer s.Stdin.Close()
	s.Signals = h.Signals
	if s.Determinism = determinism(w); s.Determinism == nil {
		s.Determinism = p.staged.shown(h.Now(), w)
	}
	var seen *observed // nil where nobody watches
	if p.isolation == sandbox.Namespaces && !p.unwatched {
		if seen, err = out.observe(); err != nil {
			return outcome, err
		}
		s.Record = seen.file
		defer func() { err = seen.end(err) }()
	}

	watch := &refusals{}
	pairs := p.places(out.dir)
	if s.Scratch != "" {
		pairs = append(pairs, cargo.PathPair{From: s.Scratch + world.Runner + " ", To: ""})
	}
	rewrite := func(w io.Writer, json bool) (io.WriteCloser, error) {
		return cargo.NewRewriter(w, pairs, cargo.RewriteOptions{JSON: json, Observe: watch.line, Reserved: ui.ReasonPrefix, OnReserved: watch.forgery})
	}
	recorded := &recorder{}
	streams := ui.Streams{
		Stdout: h.Stdout, Stderr: h.Stderr, Color: h.Color, NoProgress: h.NoProgress,
		Separate: c.JSON || c.Verb == "run",
	}
	streams.FilterErr = func(w io.Writer) (io.WriteCloser, error) { return rewrite(w, false) }
	streams.FilterOut = func(w io.Writer) (io.WriteCloser, error) { return rewrite(w, c.JSON) }
	if c.Verb == "run" {
		// The recorder takes its line before any path in it is rewritten.
		inner := streams.FilterOut
		streams.FilterOut = func(w io.Writer) (io.WriteCloser, error) {
			out, err := inner(w)
			return recorded.split(out), err
		}
	}
	if err := streams.Open(); err != nil {
		return outcome, diag.Wrap(err, "preparing the output")
	}
	s.Stdout, s.Stderr = streams.ChildOut, streams.ChildErr
	outcome.Result, err = sandbox.Run(ctx, p.isolation, s)
	if err := diag.Join(err, streams.Close()); err != nil {
		return outcome, err
	}
	h.reportWeaker(outcome.Result.Weaker)
	watch.warn(h.Shell)
	if outcome.Result.ExitCode != 0 && outcome.Result.Signal == 0 {
		p.explain(h, s, seen, watch, c.JSON)
	}
	if c.Verb == "run" && outcome.Result.ExitCode == 0 {
		outcome.Program, err = recorded.program(p.project, out.dir, c.ProgramArgs)
	}
	return outcome, err
}

// workspace makes the directory for what a run needs on the host. Where its
// path can be seen inside it is the same for every run of a target directory.
func (p *prepared) workspace(out *outputs) (dir string, release func() error, err error) {
	if p.isolation == sandbox.Landlock {
		return p.store.Place(out.dir)
	}
	return p.store.TempDir("world")
}

// reportWeaker says what of the promise a run did not keep.
func (h *Host) reportWeaker(weaker []string) {
	for _, sentence := range weaker {
		h.Shell.Warn("weaker isolation: %s", sentence)
	}
}

// bind turns a world into what the sandbox runs: every mount gets its
// directory on this host.
func (p *prepared) bind(w world.World, target, tmp string) (sandbox.Spec, error) {
	s := sandbox.Spec{
		Argv: w.Argv, Dir: w.Dir,
		UID: w.Identity.UID, GID: w.Identity.GID,
		HostName: w.Identity.HostName, DomainName: w.Identity.DomainName,
		Umask: w.Identity.Umask, OpenFiles: w.Identity.OpenFiles,
		Network: sandbox.Network(w.Network),
	}
	for _, v := range w.Env {
		s.Env = append(s.Env, v.Name+"="+v.Value)
	}
	for _, d := range w.Dirs {
		s.Dirs = append(s.Dirs, sandbox.Dir{Path: d, Mode: 0o755})
	}
	for _, f := range w.Files {
		s.Files = append(s.Files, sandbox.File(f))
	}
	for _, l := range w.Links {
		s.Links = append(s.Links, sandbox.Link(l))
	}
	for _, m := range w.Mounts {
		mount := sandbox.Mount{Kind: spec.Bind, Target: m.Place, Writable: m.Writable}
		switch m.What {
		case world.RootTree:
			mount.Source = p.project.Root
		case world.System:
			mount.Source = filepath.Join(p.layers.System.Dir, filepath.FromSlash(m.Path))
		case world.Toolchain:
			mount.Source = p.layers.Toolchain.Dir
		case world.CratesDir:
			mount.Source = p.layers.Crates.Layer.Dir
		case world.Pinned, world.CrateDir:
			layer, ok := p.pinned.layer(m.Digest)
			if !ok {
				return s, fmt.Errorf("there is no layer for `%s`", m.Place)
			}
			mount.Source, mount.File = filepath.Join(layer.Dir, m.Path), m.Path != ""
		case world.Tool:
			exe, err := os.Executable()
			if err == nil {
				exe, err = filepath.EvalSymlinks(exe)
			}
			if err != nil {
				return s, err
			}
			mount.Source, mount.File = exe, true
		case world.Outputs:
			mount.Source = target
		case world.Temporary:
			if m.Size > 0 {
				mount.Kind, mount.Size, mount.Mode = spec.Tmpfs, m.Size, 0o1777
				break
			}
			dir := filepath.Join(tmp, "tmp")
			if err := os.Mkdir(dir, 0o700); err != nil {
				return s, err
			}
			// The mode that /tmp has everywhere, whatever the caller's umask.
			if err := os.Chmod(dir, os.ModeSticky|0o777); err != nil {
				return s, err
			}
			mount.Source = dir
		case world.Nothing:
			mount.Kind = spec.Cover
		case world.Processes:
			mount.Kind = spec.Proc
		case world.Device:
			mount.Kind, mount.Source = spec.Device, m.Place
		}
		s.Mounts = append(s.Mounts, mount)
	}
	return s, nil
}

// places are the pairs of a place in the world and what it is on the host, for
// the messages of cargo, rustc and editors.
func (p *prepared) places(target string) []cargo.PathPair {
	pairs := []cargo.PathPair{
		{From: world.Target, To: target},
		{From: world.Root, To: p.project.Root},
		{From: world.Rust, To: p.layers.Toolchain.Dir},
	}
	if p.layers.Crates.Layer.Dir != "" {
		pairs = append(pairs, cargo.PathPair{From: world.Crates, To: p.layers.Crates.Layer.Dir})
	}
	for _, d := range p.pinned.placed {
		if layer, ok := p.pinned.layer(d.Digest); ok && d.What == world.Pinned {
			pairs = append(pairs, cargo.PathPair{From: d.Place, To: filepath.Join(layer.Dir, d.Path)})
		}
	}
	// `cargo run` shows the runner in front of the program.
	return append(pairs, cargo.PathPair{From: world.Runner + " ", To: ""})
}
