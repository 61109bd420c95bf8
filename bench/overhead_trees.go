package main

import (
	"context"
	"embed"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

//go:embed testdata/overhead-crates testdata/overhead-c
var overheadFiles embed.FS

// overheadTree is a tree of which the overhead is measured.
type overheadTree struct {
	name  string
	files string   // below testdata
	args  []string // of cargo build
	least int      // packages that a cold build compiles; fewer would be another measurement
}

// overheadTrees are a build of many crates, of which rustc is nearly everything, the
// same with optimisation, where as many calls come in twice the time, and one of C, in
// which shells, compilers and make begin more than ten thousand programs.
var overheadTrees = []overheadTree{
	{"overhead-c", "overhead-c", nil, 8},
	{"overhead-crates", "overhead-crates", nil, 100},
	{"overhead-release", "overhead-crates", []string{"--release"}, 100},
}

// checkTree checks what -tree names.
func checkTree(only, name string) error {
	names := make([]string, 0, len(overheadTrees))
	for _, o := range overheadTrees {
		names = append(names, o.name)
	}
	switch {
	case name == "":
		return nil
	case only != overhead:
		return diag.New(diag.ExitUsage, "`-tree` goes with `-only %s`", overhead)
	case !slices.Contains(names, name):
		return diag.New(diag.ExitUsage, "`-tree` is one of %s, not `%s`", strings.Join(names, ", "), name)
	}
	return nil
}

// layOutOverhead copies a tree, pins it and fetches what it needs, for the product
// and for plain cargo.
func (b *builds) layOutOverhead(ctx context.Context, o overheadTree) (tree, error) {
	t := b.tree(o.name)
	files, err := fs.Sub(overheadFiles, path.Join("testdata", o.files))
	if err != nil {
		return t, err
	}
	if err := os.CopyFS(t.dir, files); err != nil {
		return t, err
	}
	if err := b.pin(ctx, t); err != nil {
		return t, err
	}
	if err := b.findToolchain(ctx, t.dir); err != nil {
		return t, err
	}
	// In the caller's environment, for its mirrors and proxies.
	fetch := exec.CommandContext(ctx, filepath.Join(b.bin, "cargo"), "fetch", "--locked")
	fetch.Dir = t.dir
	_, err = output(fetch)
	return t, diag.Wrap(err, "fetching `%s` for plain cargo", o.name)
}
