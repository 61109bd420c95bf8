package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// workshop is the directory in which everything is built: the product, a store of its
// own, the sources and the copies.
type workshop struct {
	dir     string
	product string
	env     []string
}

func newWorkshop(ctx context.Context) (*workshop, error) {
	dir, err := os.MkdirTemp("", "cargo-hermetic-compat-")
	if err != nil {
		return nil, err
	}
	w := &workshop{dir: dir, product: filepath.Join(dir, "bin", "cargo-hermetic")}
	w.env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	if out, err := w.command(ctx, ".", "go", "build", "-trimpath", "-o", w.product, "./cmd/cargo-hermetic"); err != nil {
		return nil, fmt.Errorf("building the product: %w\n%s", err, out)
	}
	return w, nil
}

// command runs a program and returns what it printed on both streams.
func (w *workshop) command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := w.prepare(ctx, dir, name, args...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// prepare prepares a program that is interrupted, and not killed, at the end of ctx.
func (w *workshop) prepare(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(slices.Clone(w.env), "CGO_ENABLED=0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

// host names the release of the host's distribution, and of Rust.
func (w *workshop) host(ctx context.Context) string {
	release, err := w.command(ctx, ".", "sh", "-c", `. /etc/os-release && echo "$PRETTY_NAME"`)
	rust, rustErr := w.command(ctx, ".", "rustc", "--version")
	if errors.Join(err, rustErr) != nil {
		return "an unknown host"
	}
	return strings.TrimSpace(release) + ", " + strings.TrimSpace(rust)
}

// rounds is how often a proposal is followed before a project counts as failed.
const rounds = 8

// try builds a project twice and runs it.
func (w *workshop) try(ctx context.Context, p project) row {
	r := row{project: p}
	for _, name := range p.host {
		if out, err := w.command(ctx, ".", "dpkg-query", "-W", "-f=${Status}", name); err != nil || !strings.HasSuffix(out, " installed") {
			r.problem = fmt.Sprintf("left out: the host has no package `%s`", name)
			return r
		}
	}
	first := filepath.Join(w.dir, "first", p.name)
	if err := w.layOut(ctx, p, first); err != nil {
		r.problem = err.Error()
		return r
	}
	r.problem = w.settle(ctx, first, &r)
	if r.problem == "" && p.program != "" {
		out, err := w.command(ctx, first, filepath.Join(first, "target", "hermetic", "debug", p.program), p.args...)
		if err != nil || !strings.Contains(out, p.says) {
			r.problem = fmt.Sprintf("its program does not run: %v, %q", err, firstLine(out))
		}
	}
	if r.problem != "" {
		return r
	}
	r.same, r.problem = w.verify(ctx, first)
	return r
}

// proposal is a line of hermetic.toml that a failed build prints.
var proposal = regexp.MustCompile(`\[system\] packages = \[([^\]]*)\]`)

// settle pins a project and builds it, and follows what failed builds propose.
func (w *workshop) settle(ctx context.Context, dir string, r *row) string {
	out, err := w.command(ctx, dir, w.product, "init")
	if err != nil && strings.Contains(out, "floats") {
		// As its help says: the release that is installed, by its number.
		r.pinned = true
		for _, name := range []string{"rust-toolchain.toml", "rust-toolchain"} {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return err.Error()
			}
		}
		out, err = w.command(ctx, dir, w.product, "init")
	}
	if err != nil {
		return "init: " + firstError(out)
	}
	for range rounds {
		out, err := w.command(ctx, dir, w.product, "build")
		if err == nil {
			r.crates = strings.Count("\n"+out, "\n   Compiling ")
			policy, err := os.ReadFile(filepath.Join(dir, "hermetic.toml"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err.Error()
			}
			r.policy = packagesOf(string(policy))
			return ""
		}
		found := proposal.FindStringSubmatch(out)
		if found == nil {
			return firstError(out)
		}
		changed, err := addPackages(filepath.Join(dir, "hermetic.toml"), found[1])
		if err != nil {
			return err.Error()
		}
		if !changed {
			return "it proposes what it has: " + firstError(out)
		}
		r.rounds++
		if out, err := w.command(ctx, dir, w.product, "lock", "--update"); err != nil {
			return "lock: " + firstError(out)
		}
	}
	return fmt.Sprintf("no end after %d proposals", rounds)
}

// varied are the dimensions of `verify` that are varied: all but a busy host beside
// the build, which makes it several times slower.
const varied = "root-path,user,home,host-name,kernel,time-zone,locale,umask,cpus,jobs,addresses,environment,temporary,file-times,file-order"

// verify builds a copy on a host that differs, and compares what was built. Where it
// is not the same, two more builds find the first cause.
func (w *workshop) verify(ctx context.Context, dir string) (bool, string) {
	found, err := w.verdict(ctx, dir, "--against=target/hermetic/debug")
	if err == nil && found.same() {
		return true, ""
	}
	if err == nil {
		found, err = w.verdict(ctx, dir)
	}
	if err != nil {
		return false, "verify: " + err.Error()
	}
	var causes []string
	for _, c := range found.Causes {
		causes = append(causes, c.Unit.Package)
	}
	return false, "differs: " + or(strings.Join(causes, ", "), "no program of the build was found to be the cause")
}

// report is what compat reads of a verdict.
type report struct {
	Outputs []struct {
		Equal bool `json:"equal"`
	} `json:"outputs"`
	Causes []struct {
		Unit struct {
			Package string `json:"package"`
		} `json:"unit"`
	} `json:"causes"`
}

// same reports whether every output has the same bytes.
func (r *report) same() bool {
	for _, o := range r.Outputs {
		if !o.Equal {
			return false
		}
	}
	return len(r.Outputs) > 0
}

// verdict asks for one. An error is why there is none.
func (w *workshop) verdict(ctx context.Context, dir string, args ...string) (r report, err error) {
	cmd := w.prepare(ctx, dir, w.product, append([]string{"verify", "--no-bisect", "--format=json", "--vary=" + varied}, args...)...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	if json.Unmarshal(out.Bytes(), &r) != nil || len(r.Outputs) == 0 {
		return r, fmt.Errorf("%s (%w)", firstError(said.String()), err)
	}
	return r, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// firstError is the first line that says what went wrong.
func firstError(out string) string {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "error") {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(out[max(0, len(out)-200):])
}
