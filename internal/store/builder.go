package store

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// stagedDir is what Commit moves to layers/, with treeDir in it.
const (
	stagedDir = "layer"
	treeDir   = "tree"
)

// Builder is a layer that is being made: a staged tree that no other process
// sees. End it with Commit or Discard. It is not safe for concurrent use.
type Builder struct {
	store *Store
	label string
	temp  *temp
	root  *os.Root        // of the staged tree: nothing that we write can leave it
	made  map[string]bool // directories that exist, so that a file costs no walk
	err   error           // the first failure, or errDone: nothing may be added or committed after it
}

var errDone = errors.New("the layer is already committed or discarded")

// Begin starts a layer. The label is for people who look into tmp/ and for
// errors.
func (s *Store) Begin(label string) (*Builder, error) {
	t, err := s.newTemp(label)
	if err != nil {
		return nil, diag.Wrap(err, "staging the layer `%s`", label)
	}
	b := &Builder{store: s, label: label, temp: t, made: map[string]bool{".": true}}
	err = os.MkdirAll(b.Dir(), 0o755)
	if err == nil {
		b.root, err = os.OpenRoot(b.Dir())
	}
	if err != nil {
		return nil, diag.Wrap(errors.Join(err, t.release()), "staging the layer `%s`", label)
	}
	return b, nil
}

// Dir returns the path of the staged tree. Another program may write into it
// until Commit is called.
func (b *Builder) Dir() string { return filepath.Join(b.temp.dir, stagedDir, treeDir) }

// AddFile copies the regular file at the host path from, with its content and
// its owner's executable bit, to path in the tree. Parents are made. A path
// that exists already is an error.
func (b *Builder) AddFile(path, from string) error {
	return b.add(path, func() error {
		return b.create(path, func(f *os.File) (fs.FileMode, error) {
			return fsx.Copy(f, from)
		})
	})
}

// AddBytes writes a file of the given content. Parents are made. A path that
// exists already is an error.
func (b *Builder) AddBytes(path string, data []byte, executable bool) error {
	return b.add(path, func() error {
		return b.create(path, func(f *os.File) (fs.FileMode, error) {
			mode := fs.FileMode(0o644)
			if executable {
				mode = 0o755
			}
			_, err := io.Copy(f, bytes.NewReader(data))
			return mode, err
		})
	})
}

// AddLink makes a symbolic link. The target is stored as it is and may point
// anywhere: a layer is data, and nothing here follows it. Parents are made. A
// path that exists already is an error.
func (b *Builder) AddLink(path, target string) error {
	return b.add(path, func() error { return b.root.Symlink(target, filepath.FromSlash(path)) })
}

// AddDir makes a directory and its parents; that it exists is no error.
func (b *Builder) AddDir(path string) error {
	return b.add(path, func() error { return b.makeDir(path) })
}

// add checks the path, makes the parents, and runs make. After a failure the
// tree may hold half of an entry, so the builder can only be discarded.
func (b *Builder) add(name string, make func() error) error {
	if b.err != nil {
		return diag.Wrap(b.err, "adding `%s` to the layer `%s`", name, b.label)
	}
	err := digest.CheckPath(name)
	if err == nil {
		err = b.makeDir(path.Dir(name))
	}
	if err == nil {
		err = make()
	}
	b.err = diag.Wrap(err, "adding `%s` to the layer `%s`", name, b.label)
	return b.err
}

// makeDir makes a directory and its parents, none of which may be a link: os.Root
// would follow one that stays inside, and two paths would name one file.
func (b *Builder) makeDir(dir string) error {
	if b.made[dir] {
		return nil
	}
	if err := b.makeDir(path.Dir(dir)); err != nil {
		return err
	}
	name := filepath.FromSlash(dir)
	if err := b.root.Mkdir(name, 0o755); err != nil {
		info, lerr := b.root.Lstat(name)
		if !errors.Is(err, fs.ErrExist) || lerr != nil {
			return errors.Join(err, lerr)
		}
		if !info.IsDir() {
			return fmt.Errorf("`%s` is in the layer already, and no directory", dir)
		}
	}
	b.made[dir] = true
	return nil
}

// create makes a new file, lets fill write it, and gives it the mode that fill
// returns.
func (b *Builder) create(path string, fill func(*os.File) (fs.FileMode, error)) error {
	f, err := b.root.OpenFile(filepath.FromSlash(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	mode, err := fill(f)
	if err == nil {
		err = f.Chmod(mode)
	}
	return errors.Join(err, f.Close())
}

// Discard removes the staged tree. After Commit, or the second time, it does
// nothing: `defer b.Discard()` is right, since what it cannot remove the next
// sweep finds.
func (b *Builder) Discard() error {
	if errors.Is(b.err, errDone) {
		return nil
	}
	b.err = errDone
	return diag.Wrap(errors.Join(b.root.Close(), b.temp.release()), "removing the staged layer `%s`", b.label)
}

// ownCopies replaces every staged file that has other names by a copy. What
// another program linked instead of copying may be writable elsewhere, and
// Commit is about to change its mode and time.
func (b *Builder) ownCopies(entries []fsx.Entry) error {
	for _, e := range entries {
		if e.Type != fsx.File || e.Nlink < 2 {
			continue
		}
		name := filepath.FromSlash(e.Path)
		from, err := b.root.Open(name)
		if err != nil {
			return err
		}
		temp := ".copy-" + rand.Text()
		err = b.create(temp, func(f *os.File) (fs.FileMode, error) {
			_, err := io.Copy(f, from)
			return fs.FileMode(e.Mode).Perm(), err
		})
		if err := errors.Join(err, from.Close()); err != nil {
			return err
		}
		if err := b.root.Rename(temp, name); err != nil {
			return err
		}
	}
	return nil
}
