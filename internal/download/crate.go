package download

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// File is a download and its place below a crate's sources.
type File struct {
	Download policy.Download
	Layer    store.Layer
}

// crateKind is that of the records and the label of the layers of Crate.
const crateKind = "crate"

// Crate returns a layer that holds one crate of the crates layer and files beside
// its own. A layer is never changed, and a directory that is mounted read-only
// takes no file more; so the whole crate is a layer once more, to be mounted over
// itself. It shares its files with the first in the store.
//
// A file of the crate is never replaced: cargo compares those with the checksums
// that came with it, and what is compiled would not be what Cargo.lock names.
func Crate(ctx context.Context, st *store.Store, look Look, crates store.Layer, dir string, files []File) (store.Layer, error) {
	name := crates.Digest.String() + " " + dir
	for _, f := range files {
		name += "\n" + f.Layer.Digest.String() + " " + f.Download.Path
	}
	var known struct{ Layer digest.Digest }
	ok, err := st.Recall(crateKind, name, &known)
	if err != nil {
		return store.Layer{}, err
	}
	if ok {
		if layer, ok, err := look(ctx, known.Layer); ok || err != nil {
			return layer, err
		}
	}
	// What is copied is checked before, and found untouched afterwards.
	sources := []store.Layer{crates}
	for _, f := range files {
		sources = append(sources, f.Layer)
	}
	for _, l := range sources {
		if _, ok, err := st.Layer(ctx, l.Digest); err != nil || !ok {
			return store.Layer{}, orVanished(err, l)
		}
	}
	b, err := st.Begin(crateKind)
	if err != nil {
		return store.Layer{}, err
	}
	if err := fill(b, filepath.Join(crates.Dir, dir), files); err != nil {
		return store.Layer{}, diag.Join(err, b.Discard())
	}
	for _, l := range sources {
		if same, err := st.Untouched(l.Digest); err != nil || !same {
			return store.Layer{}, diag.Join(orVanished(err, l), b.Discard())
		}
	}
	layer, err := b.Commit(ctx)
	if err != nil {
		return store.Layer{}, err
	}
	known.Layer = layer.Digest
	return layer, st.Remember(crateKind, name, known)
}

// fill copies a crate, and then the files beside it.
func fill(b *store.Builder, from string, files []File) error {
	entries, err := fsx.Scan(from, nil)
	if err != nil {
		return err
	}
	taken := map[string]fsx.Type{}
	for _, e := range entries {
		taken[e.Path] = e.Type
		switch e.Type {
		case fsx.Directory:
			err = b.AddDir(e.Path)
		case fsx.Symlink:
			err = b.AddLink(e.Path, e.Link)
		default:
			err = b.AddFile(e.Path, filepath.Join(from, filepath.FromSlash(e.Path)))
		}
		if err != nil {
			return err
		}
	}
	for _, f := range files {
		if at, kind := occupied(taken, f.Download.Path); at != "" {
			d := f.Download
			return diag.New(diag.ExitPolicy, "`%s` is a %s of the crate `%s` already, and a download never replaces what a crate has", at, kind, d.Package()).
				In(d.At.File, d.At.Line, d.At.Column).
				WithHelp("put the file at another `path`, or lead the build script to it by `env`")
		}
		if err := b.AddFile(f.Download.Path, filepath.Join(f.Layer.Dir, f.Download.FileName())); err != nil {
			return err
		}
	}
	return nil
}

// occupied returns what is in the way of a new file: something of its name, or of
// the name of a directory above it that is none.
func occupied(taken map[string]fsx.Type, file string) (at, kind string) {
	if t, there := taken[file]; there {
		return file, kindOf(t)
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if t, there := taken[dir]; there && t != fsx.Directory {
			return dir, kindOf(t)
		}
	}
	return "", ""
}

func kindOf(t fsx.Type) string {
	switch t {
	case fsx.Directory:
		return "directory"
	case fsx.Symlink:
		return "link"
	}
	return "file"
}

func orVanished(err error, l store.Layer) error {
	if err != nil {
		return err
	}
	return diag.New(diag.ExitLock, "the layer `%s` vanished or was touched while it was used", l.Digest.Short())
}

// InCrates sorts out which downloads lie beside the sources of which crate: by the
// directory of the crate in the crates layer, each list in the order of its paths.
func InCrates(files []File, dirOf func(policy.Download) (string, error)) (map[string][]File, error) {
	byDir := map[string][]File{}
	for _, f := range files {
		dir, err := dirOf(f.Download)
		if err != nil {
			return nil, err
		}
		for _, other := range byDir[dir] {
			a, b := f.Download.Path, other.Download.Path
			if a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/") {
				return nil, diag.New(diag.ExitPolicy, "two downloads for `%s` are put at `%s` and `%s`", dir, b, a).
					In(f.Download.At.File, f.Download.At.Line, f.Download.At.Column)
			}
		}
		byDir[dir] = append(byDir[dir], f)
	}
	for _, list := range byDir {
		slices.SortFunc(list, func(x, y File) int { return strings.Compare(x.Download.Path, y.Download.Path) })
	}
	return byDir, nil
}
