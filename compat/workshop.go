package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(slices.Clone(w.env), "CGO_ENABLED=0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
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
	second := filepath.Join(w.dir, "another place", p.name)
	r.same, r.problem = w.again(ctx, first, second)
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

// again builds a copy elsewhere and compares what was built.
func (w *workshop) again(ctx context.Context, first, second string) (bool, string) {
	if err := os.CopyFS(second, withoutTarget{os.DirFS(first)}); err != nil {
		return false, err.Error()
	}
	if out, err := w.command(ctx, second, w.product, "build"); err != nil {
		return false, "elsewhere: " + firstError(out)
	}
	one, err := artifacts(filepath.Join(first, "target", "hermetic", "debug"))
	two, twoErr := artifacts(filepath.Join(second, "target", "hermetic", "debug"))
	if err := errors.Join(err, twoErr); err != nil {
		return false, err.Error()
	}
	if len(one) == 0 {
		return false, "nothing was built"
	}
	var differ []string
	for name, sum := range one {
		if two[name] != sum {
			differ = append(differ, name)
		}
	}
	if len(differ) > 0 || len(one) != len(two) {
		slices.Sort(differ)
		return false, "differs: " + strings.Join(differ, ", ")
	}
	return true, ""
}

// artifacts are the files at the top of a profile's directory, by digest, without
// cargo's lists of sources.
func artifacts(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), ".d") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		sums[e.Name()] = hex.EncodeToString(sum[:])
	}
	return sums, nil
}

// withoutTarget is a root without what was built in it.
type withoutTarget struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (w withoutTarget) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.FS, name)
	if name == "." {
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "target" })
	}
	return entries, err
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
