package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

//go:embed small
var small embed.FS

// The real crate: 57 locked packages around it, and the archive carries its
// own Cargo.lock, so that every machine builds the same.
const (
	realName    = "ripgrep"
	realVersion = "14.1.1"
)

// tree is a package or workspace that is built, with a target directory for
// each way of building it.
type tree struct {
	name   string
	dir    string
	plain  string // target directory of plain cargo, outside the tree
	proxy  string // the same through rustup's proxy
	target string // of the product: inside the tree
}

// layOut makes the trees, pins them, and fetches what they need. A tree that
// cannot be fetched is left out with the reason.
func (b *builds) layOut(ctx context.Context, r *report) ([]tree, error) {
	first := b.tree("small")
	files, err := fs.Sub(small, "small")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(first.dir, files); err != nil {
		return nil, err
	}
	if err := b.pin(ctx, first); err != nil {
		return nil, err
	}
	if err := b.findToolchain(ctx, first.dir); err != nil {
		return nil, err
	}
	second := b.tree(realName)
	if err := b.fetchReal(ctx, second); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		r.LeftOut = append(r.LeftOut, leftOut{What: "builds of " + realName + " " + realVersion, Reason: err.Error()})
		return []tree{first}, nil
	}
	return []tree{first, second}, b.pin(ctx, second)
}

func (b *builds) tree(name string) tree {
	dir := filepath.Join(b.dir, name)
	return tree{name: name, dir: dir, plain: dir + "-plain", proxy: dir + "-proxy", target: filepath.Join(dir, "target")}
}

// pin makes a tree hermetic and fills the store.
func (b *builds) pin(ctx context.Context, t tree) error {
	for _, verb := range []string{"init", "fetch"} {
		if _, err := output(b.hermetic(ctx, t.dir, verb)); err != nil {
			return err
		}
	}
	return nil
}

// fetchReal gets the real crate and its dependencies by cargo's own means, with
// the caller's mirrors and proxies.
func (b *builds) fetchReal(ctx context.Context, t tree) error {
	cargo := func(dir string, args ...string) error {
		cmd := exec.CommandContext(ctx, filepath.Join(b.bin, "cargo"), args...)
		cmd.Dir = dir
		_, err := output(cmd)
		return err
	}
	// `cargo info` is the one command that gets an archive without a project.
	if err := cargo(b.dir, "info", "--quiet", realName+"@"+realVersion); err != nil {
		return err
	}
	pattern := filepath.Join(b.homes["CARGO_HOME"], "registry", "src", "*", realName+"-"+realVersion)
	found, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("cargo did not unpack it as `%s`", pattern)
	}
	if err := os.CopyFS(t.dir, os.DirFS(found[0])); err != nil {
		return diag.Wrap(err, "copying `%s`", found[0])
	}
	return cargo(t.dir, "fetch", "--locked")
}
