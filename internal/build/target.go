package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// outputs is the target directory of a root, locked for one build.
//
// cargo trusts what it finds there: files by their age, artifacts by their
// name. So an old target directory is an input (channels H01 to H06), and it
// is used again only if it is provably what our own last build left behind,
// made in the same world, from sources whose changes cargo will notice (see
// reuse.go). The proof lies in the store, where no build can write.
type outputs struct {
	dir    string // <root>/target/hermetic
	st     *store.Store
	key    string
	lock   *fsx.Locked
	before digest.Digest // state of dir when the build began
}

// outputRecord is what the store remembers about a target directory.
type outputRecord struct {
	Base    digest.Digest     // of the world, see reuseBase
	State   digest.Digest     // every entry by name, size, times and inode
	Files   map[string]string // of the root: path to identity; empty if it changed during the build
	Started int64             // ns since 1970: what cargo stamps is not older
}

const outputKind = "outputs" // of records in the store

// lockOutputs makes `target/hermetic` and waits for other builds in the same
// root.
func (h *Host) lockOutputs(ctx context.Context, st *store.Store, p *Project) (*outputs, error) {
	target, err := p.ownDir("target")
	if err != nil {
		return nil, err
	}
	locked, err := fsx.Lock(ctx, filepath.Join(target, ".hermetic.lock"), func() {
		h.Shell.Status("Blocking", "waiting for file lock on build directory")
	})
	if err != nil {
		return nil, diag.New(diag.ExitFailed, "cannot lock the outputs of `%s`", p.Root).
			In(filepath.Join(target, ".hermetic.lock"), 0, 0).Because(err).
			WithHelp("if another user built here, remove what is theirs: rm -rf %s", target)
	}
	dir, err := p.ownDir(filepath.Join("target", "hermetic"))
	if err == nil {
		err = openUp(dir)
	}
	if err != nil {
		return nil, diag.Join(err, locked.Unlock())
	}
	return &outputs{dir: dir, st: st, key: p.Root, lock: locked}, nil
}

// ownDir makes a directory of the root. A link there would lead our writes,
// and the build's, out of the root.
func (p *Project) ownDir(name string) (string, error) {
	dir := p.file(name)
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", diag.New(diag.ExitPolicy, "`%s` is not a directory but a link or a file", name).
			In(dir, 0, 0).
			WithHelp("remove it: what cargo-hermetic writes there has to stay inside the root")
	}
	return dir, nil
}

// openUp gives the owner back what a build may have taken from the directory
// that it was lent.
func openUp(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil || info.Mode().Perm()&0o700 == 0o700 {
		return err
	}
	return os.Chmod(dir, info.Mode().Perm()|0o700)
}

// begin forgets the proof: whatever happens from here on, only finish renews
// it.
func (o *outputs) begin() (err error) {
	if o.before, err = store.State(o.dir); err != nil {
		return err
	}
	return o.forget()
}

// forget removes the proof.
func (o *outputs) forget() error { return o.st.Forget(outputKind, o.key) }

// touched reports whether a build wrote anything.
func (o *outputs) touched() (bool, error) {
	now, err := store.State(o.dir)
	return now != o.before, err
}

// finish remembers what the build left behind, made from sources that were
// `before` when it began and `after` when it ended.
func (o *outputs) finish(base digest.Digest, before, after store.Tree, started int64) error {
	state, err := store.State(o.dir)
	if err != nil {
		return err
	}
	was, is := identities(before), identities(after)
	r := outputRecord{Base: base, State: state, Files: is, Started: started}
	for path := range is {
		if was[path] != is[path] {
			is[path] = "" // which of the two was compiled is not known
		}
	}
	for path := range was {
		if _, there := is[path]; !there {
			is[path] = ""
		}
	}
	return o.st.Jot(outputKind, o.key, r)
}

func (o *outputs) close() error { return o.lock.Unlock() }
