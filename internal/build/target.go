package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

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
// made in the same world, from sources whose changes cargo will notice.
// Otherwise it is emptied. The proof lies in the store, where no build can
// write.
type outputs struct {
	dir   string // <root>/target/hermetic
	st    *store.Store
	key   string
	lock  *fsx.Locked
	tree  store.Tree
	base  digest.Digest
	prior *outputRecord // of the last build, if it can be built upon
}

// outputRecord is what the store remembers about a target directory.
type outputRecord struct {
	Base  digest.Digest     // of the world
	State digest.Digest     // every entry by name, size, times and inode
	Root  digest.Digest     // contents of the root
	Files map[string]string // of the root: path to digest
	Ended int64             // ns since 1970
}

const outputKind = "outputs" // of records in the store

// openOutputs makes `target/hermetic`, waits for other builds in the same root,
// and decides whether what lies there may be used.
func (h *Host) openOutputs(ctx context.Context, st *store.Store, p *Project, tree store.Tree, base digest.Digest) (*outputs, error) {
	target, err := p.ownDir("target")
	if err != nil {
		return nil, err
	}
	locked, err := fsx.Lock(ctx, filepath.Join(target, ".hermetic.lock"), func() {
		h.Shell.Status("Blocking", "waiting for file lock on build directory")
	})
	if err != nil {
		return nil, err
	}
	o := &outputs{st: st, key: p.Root, lock: locked, tree: tree, base: base}
	if o.dir, err = p.ownDir(filepath.Join("target", "hermetic")); err != nil {
		return nil, errors.Join(err, o.close())
	}
	if err := o.prepare(h); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
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

// prepare empties the directory unless it may be used again.
func (o *outputs) prepare(h *Host) error {
	entries, err := os.ReadDir(o.dir)
	if err != nil || len(entries) == 0 {
		return err
	}
	reason, err := o.unusable()
	if err != nil || reason == "" {
		return err
	}
	h.Shell.Detail("Emptying", "target/hermetic: %s", reason)
	for _, e := range entries {
		if err := fsx.RemoveTree(filepath.Join(o.dir, e.Name())); err != nil {
			return diag.Wrap(err, "emptying `%s`", o.dir)
		}
	}
	return nil
}

// unusable says why the directory cannot be used again, or nothing.
func (o *outputs) unusable() (reason string, err error) {
	var r outputRecord
	ok, err := o.st.Recall(outputKind, o.key, &r)
	if err != nil {
		return "", err
	}
	if !ok {
		return "it was not left by a finished build", nil
	}
	if r.Base != o.base {
		return "it was made in another world", nil
	}
	state, err := store.State(o.dir)
	if err != nil {
		return "", err
	}
	if state != r.State {
		return "it was changed since", nil
	}
	if r.Root != o.tree.Digest {
		if reason := unnoticed(r, o.tree.Entries); reason != "" {
			return reason, nil
		}
	}
	o.prior = &r
	return "", nil
}

// unnoticed names a change since the last build that cargo may miss, or nothing.
// cargo compares modification times, and of the files that are there now. So it
// misses a change that brings an old time with it; that a link leads to another
// file, since it looks at the time of that file; and that a file is gone, which
// acts on a build script that lists a directory.
func unnoticed(r outputRecord, now []store.TreeEntry) string {
	there := make(map[string]bool, len(now))
	for _, e := range now {
		there[e.Path] = true
		switch {
		case r.Files[e.Path] == identity(e):
		case e.Kind == digest.Symlink:
			return "the link `" + e.Path + "` changed"
		case e.MtimeNs <= r.Ended:
			return "`" + e.Path + "` changed and has an old modification time"
		}
	}
	for _, path := range slices.Sorted(maps.Keys(r.Files)) {
		if !there[path] {
			return "`" + path + "` was removed"
		}
	}
	return ""
}

// begin forgets the proof: whatever happens from here on, only finish renews
// it.
func (o *outputs) begin() error { return o.st.Forget(outputKind, o.key) }

// finish remembers what the build left behind.
func (o *outputs) finish(h *Host) error {
	state, err := store.State(o.dir)
	if err != nil {
		return err
	}
	r := outputRecord{Base: o.base, State: state, Root: o.tree.Digest, Ended: h.Now().UnixNano()}
	if o.prior != nil && o.prior.Root == r.Root {
		r.Files = o.prior.Files
	} else {
		r.Files = make(map[string]string, len(o.tree.Entries))
		for _, e := range o.tree.Entries {
			r.Files[e.Path] = identity(e)
		}
	}
	return o.st.Jot(outputKind, o.key, r)
}

// identity is what a file of the root is, as far as a build can tell.
func identity(e store.TreeEntry) string {
	return fmt.Sprintf("%d %t %s%s", e.Kind, e.Executable, e.Content, e.Target)
}

func (o *outputs) close() error { return o.lock.Unlock() }
