package bounded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// probeLimit is how long one cargo of the probe may take; it reads five files.
const probeLimit = 30 * time.Second

// poison is what no cargo can read without an error.
const poison = "= this must not be read\n"

// Probe proves that a cargo, started with this environment, keeps the bound: it
// runs it twice, side by side, in a small tree below tmp in which everything
// above the bound is malformed. The bound itself must be searched, and nothing
// above it. Exit code 110 says that this cargo does not. Nothing stays behind.
func Probe(ctx context.Context, cargo string, env []string, tmp string) (err error) {
	dir, err := os.MkdirTemp(tmp, "cargo-hermetic-probe-")
	if err != nil {
		return diag.Wrap(err, "making a directory for the probe of `--isolation roots`")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// As cargo will see it: the working directory is named by the kernel.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"Cargo.toml":                     poison,
		".cargo/config.toml":             poison,
		"bound/Cargo.toml":               "[workspace]\nmembers = [\"member\"]\n",
		"bound/.cargo/config.toml":       "[build]\ntarget-dir = \"of-the-bound\"\n",
		"bound/member/Cargo.toml":        "[package]\nname = \"member\"\nversion = \"0.0.0\"\nedition = \"2015\"\n",
		"bound/member/src/lib.rs":        "",
		"bound/member/src/start/nothing": "",
		"empty/start/nothing":            "",
		"home/nothing":                   "",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	p := &probe{cargo: cargo, env: clean(env), dir: dir}
	verdicts := make(chan error, 2)
	go func() { verdicts <- p.inside(ctx) }()
	go func() { verdicts <- p.nothing(ctx) }()
	return diag.Join(<-verdicts, <-verdicts)
}

// clean removes from an environment what would answer in place of the probe's
// files. What is the user's own stays as it is for rustup, which finds the
// toolchain by it.
func clean(env []string) []string {
	var kept []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if name == Switch || strings.HasPrefix(name, "CARGO") || strings.HasPrefix(name, "RUSTC") {
			continue
		}
		kept = append(kept, kv)
	}
	return kept
}

type probe struct {
	cargo string
	env   []string
	dir   string
}

// inside asks for the workspace from deep inside the bound.
func (p *probe) inside(ctx context.Context) error {
	out, err := p.run(ctx, "bound", filepath.Join("bound", "member", "src", "start"), "metadata", "--no-deps", "--format-version", "1", "--offline")
	if err != nil {
		return err
	}
	var got struct {
		Root   string `json:"workspace_root"`
		Target string `json:"target_directory"`
	}
	if err := json.Unmarshal(out, &got); err != nil {
		return refuse("it does not answer as cargo does", out)
	}
	bound := filepath.Join(p.dir, "bound")
	switch {
	case filepath.Clean(got.Root) != bound:
		return refuse(fmt.Sprintf("it found the workspace `%s` where `%s` is right", got.Root, bound), nil)
	case filepath.Clean(got.Target) != filepath.Join(bound, "of-the-bound"):
		return refuse("it did not read the configuration at the bound", nil)
	}
	return nil
}

// nothing looks for a manifest where there is none inside the bound. Cargo must
// say so; if it looked further, it would find one.
func (p *probe) nothing(ctx context.Context) error {
	out, err := p.run(ctx, "empty", filepath.Join("empty", "start"), "locate-project")
	if err == nil {
		return refuse("it found a manifest above the bound", out)
	}
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) && strings.Contains(strings.Join(d.Notes, "\n"), "could not find `Cargo.toml`") {
		return nil
	}
	return err
}

// run starts cargo; its output is the result, or what the refusal quotes.
func (p *probe) run(ctx context.Context, bound, start string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	command := exec.CommandContext(ctx, p.cargo, args...)
	command.Dir = filepath.Join(p.dir, start)
	command.Env = append(p.env[:len(p.env):len(p.env)], Switch+"="+filepath.Join(p.dir, bound), "CARGO_HOME="+filepath.Join(p.dir, "home"), "PWD="+command.Dir)
	command.WaitDelay = time.Second
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return nil, refuse("it failed where everything inside the bound is in order", errs.Bytes())
	}
	if err != nil {
		return nil, diag.New(diag.ExitIsolation, "cannot prove that `%s` keeps to a root", p.cargo).
			Because(err).
			WithHelp("check that `cargo --version` works here")
	}
	return out.Bytes(), nil
}

// shownLines of what cargo said are quoted.
const shownLines = 8

func refuse(why string, output []byte) error {
	d := diag.New(diag.ExitIsolation, "this cargo does not keep to a root: %s", why).
		WithHelp("use the cargo of a Rust toolchain directly, or `--isolation namespaces`, which does not rely on cargo")
	for i, line := range strings.Split(strings.TrimSpace(string(output)), "\n") {
		if i < shownLines && line != "" {
			d = d.Note("%s", line)
		}
	}
	return d
}
