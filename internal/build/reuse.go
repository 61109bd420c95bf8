package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// reuse says how much of a target directory may be used again.
type reuse int

const (
	nothing reuse = iota // it is emptied
	// dependencies: the packages of the root are compiled again. A macro or a
	// build script may have read what cargo does not watch.
	dependencies
	everything // cargo decides
)

// reuseBase names what outputs depend on beside the sources: the world without
// its command, and of the command and the root what configures cargo, which
// cargo does not always watch (`[env]`, NUM_JOBS).
// Included are further files of the root that count as such: what its configuration
// includes, and vendored sources.
func reuseBase(w world.World, tree store.Tree, included []string) digest.Digest {
	parts := []string{w.Base().String()}
	for _, arg := range w.Argv {
		configures := strings.HasPrefix(arg, "--config") || strings.HasPrefix(arg, "-Z") || strings.HasPrefix(arg, "--jobs")
		if configures && !strings.Contains(arg, world.Runner) {
			parts = append(parts, arg)
		}
	}
	counts := make(map[string]bool, len(included))
	for _, name := range included {
		counts[name] = true
	}
	for _, e := range tree.Entries {
		dir, name := path.Split(e.Path)
		configures := path.Base(dir) == ".cargo" && slices.Contains(config.Files, name)
		if configures || counts[e.Path] {
			parts = append(parts, e.Path+" "+identity(e))
			if configures && dir != ".cargo/" {
				parts = append(parts, w.Dir) // a deeper one counts by where cargo starts
			}
		}
	}
	return digest.Of([]byte(strings.Join(parts, "\n")))
}

// prepare removes from the target directory what may not be used again.
func (o *outputs) prepare(h *Host, base digest.Digest, tree store.Tree, locked *cargo.Lockfile) error {
	entries, err := os.ReadDir(o.dir)
	if err != nil || len(entries) == 0 {
		return err
	}
	usable, reason, err := o.usable(base, tree)
	if err != nil {
		return err
	}
	if usable == dependencies {
		done, err := forgetUnits(o.dir, locked.Members)
		if err != nil {
			return diag.Wrap(err, "removing units from `%s`", o.dir)
		}
		if done {
			h.Shell.Detail("Forgetting", "the packages of the root: %s", reason)
			return nil
		}
		usable = nothing
	}
	if usable == everything {
		return nil
	}
	h.Shell.Detail("Emptying", "target/hermetic: %s", reason)
	for _, e := range entries {
		if err := fsx.RemoveTree(filepath.Join(o.dir, e.Name())); err != nil {
			return diag.Wrap(err, "emptying `%s`", o.dir)
		}
	}
	return nil
}

// usable says how much may be used again, and why not more.
func (o *outputs) usable(base digest.Digest, tree store.Tree) (reuse, string, error) {
	var r outputRecord
	ok, err := o.st.Recall(outputKind, o.key, &r)
	if err != nil {
		return nothing, "", err
	}
	if !ok {
		return nothing, "it was not left by a finished build", nil
	}
	if r.Base != base {
		return nothing, "it was made in another world", nil
	}
	state, err := store.State(o.dir)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENAMETOOLONG) {
		return nothing, "not all of it can be read", nil
	}
	if err != nil {
		return nothing, "", err
	}
	if state != r.State {
		return nothing, "it was changed since", nil
	}
	usable, reason := noticed(r, tree.Entries)
	return usable, reason, nil
}

// noticed says how much survives the changes of the root since the last build.
// cargo compares modification times, and only of the files that it knows. A
// changed Rust source with a newer time it will notice, and that is enough
// where no build script keeps what it made of the old one. It may miss
// everything else: a change that brings an old time with it, a link that leads
// elsewhere, what was added or removed in a directory that a build script or a
// macro lists, a file that a macro reads.
func noticed(r outputRecord, now []store.TreeEntry) (reuse, string) {
	usable, why := everything, ""
	missed := func(name, what string) {
		if path.Base(name) == "build.rs" {
			// What it wrote beside its own outputs last time is not known.
			usable, why = nothing, "`"+name+"` "+what
		} else if usable == everything {
			usable, why = dependencies, "`"+name+"` "+what
		}
	}
	there := make(map[string]bool, len(now))
	scripts, source := false, "" // whether there are build scripts, a changed source
	for _, e := range now {
		there[e.Path] = true
		scripts = scripts || path.Base(e.Path) == "build.rs"
		was, known := r.Files[e.Path]
		switch {
		case was == identity(e):
		case !known:
			missed(e.Path, "is new")
		case e.Kind == digest.File && path.Ext(e.Path) == ".rs" && path.Base(e.Path) != "build.rs" && e.MtimeNs > r.Started:
			source = e.Path
		default:
			missed(e.Path, "changed")
		}
	}
	for name := range r.Files {
		if !there[name] {
			missed(name, "was removed")
		}
	}
	if scripts && source != "" {
		// cargo may run a script again for it, in the OUT_DIR of the last time.
		missed(source, "changed, and there are build scripts")
	}
	return usable, why
}

// forgetUnits makes cargo compile the named packages, and with them what
// depends on them, again: it removes their fingerprints, and the OUT_DIR of
// their build scripts, which cargo never empties. It reports false where the
// target directory has another layout than that of cargo before 1.100.
func forgetUnits(target string, names []string) (bool, error) {
	var found []string
	known := false
	above, err := directories(target)
	if err != nil {
		return false, err
	}
	for _, dir := range above { // a profile's, or a target triple's with profiles below
		below, err := directories(dir)
		if err != nil {
			return false, err
		}
		for _, dir := range slices.Clone(below) {
			deeper, err := directories(dir)
			if err != nil {
				return false, err
			}
			below = append(below, deeper...)
		}
		for _, dir := range below {
			known = known || filepath.Base(dir) == ".fingerprint"
			if name := filepath.Base(dir); name == ".fingerprint" || name == "build" {
				found = append(found, dir)
			}
		}
	}
	if !known {
		return false, nil
	}
	unit := regexp.MustCompile(`^(.+)-[0-9a-f]{16}$`)
	for _, dir := range found {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			m := unit.FindStringSubmatch(e.Name())
			if m == nil {
				return false, nil
			}
			if slices.Contains(names, m[1]) {
				if err := fsx.RemoveTree(filepath.Join(dir, e.Name())); err != nil {
					return false, err
				}
			}
		}
	}
	return true, nil
}

// directories lists those in dir. A link to one is none: a build may have left
// it, and what it leads to is not ours to remove. What is no directory is not
// opened either, since a FIFO would make us wait for a writer.
func directories(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, nil
}

// identities maps each path of a root to what is there.
func identities(tree store.Tree) map[string]string {
	files := make(map[string]string, len(tree.Entries))
	for _, e := range tree.Entries {
		files[e.Path] = identity(e)
	}
	return files
}

// identity is what a file of the root is, as far as a build can tell.
func identity(e store.TreeEntry) string {
	return fmt.Sprintf("%d %t %s%s", e.Kind, e.Executable, e.Content, e.Target)
}
