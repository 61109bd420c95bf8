package system

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// addLibraries finds each soname as the loader would, takes the package that
// owns its file into the closure, and returns where the sonames were found.
// Those names may be links that ldconfig made and that no package lists, so
// the capture has to take them by themselves.
func addLibraries(t *tree, db database, c *closure, sonames []string) ([]string, error) {
	if len(sonames) == 0 {
		return nil, nil
	}
	var found, missing, notes []string
	for _, soname := range slices.Compact(slices.Sorted(slices.Values(sonames))) {
		if soname == "" || !onlyWith(soname, "-+._") {
			return nil, diag.New(diag.ExitFailed, "%q is not the name of a shared library", soname).
				Note("the Rust toolchain needs a library that no search in the system directories can find").
				WithHelp("reinstall the toolchain: `rustup toolchain install --force TOOLCHAIN`")
		}
		name, file, err := findLibrary(t, db.libraryDirectories(), soname)
		if err != nil {
			return nil, err
		}
		var owner *Package
		if file != "" {
			if owner, err = ownerOf(t, db, file, append(c.sorted(), db.installed()...)); err != nil {
				return nil, err
			}
		}
		if owner == nil {
			missing = append(missing, soname)
			if file != "" {
				notes = append(notes, "no installed package owns `"+t.host(file)+"`")
			}
			continue
		}
		found = append(found, name)
		if err := c.add(owner); err != nil {
			return nil, err
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	d := diag.New(diag.ExitFailed, "no installed package has %s that the Rust toolchain loads: `%s`",
		plural(len(missing), "a library", "libraries"), strings.Join(missing, "`, `"))
	d.Notes = notes
	m := db.manager()
	return nil, d.Note("find the package with the command below, then `%s` it", strings.TrimSuffix(m.install, " %s")).
		WithHelp("%s", m.search(missing))
}

// findLibrary returns the first place in the loader's directories that has the
// soname, and the canonical name of the file there; both empty where none has.
func findLibrary(t *tree, directories []string, soname string) (name, file string, err error) {
	for _, dir := range directories {
		at, err := t.walk(dir+"/"+soname, true)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return "", "", diag.Wrap(err, "looking for the library `%s`", soname)
		case at.node.mode.IsRegular():
			return dir + "/" + soname, at.name, nil
		}
	}
	return "", "", nil
}

// ownerOf returns the first of packages that has the file with this canonical
// name, or nil. Lists may name the file through a link (/lib for /usr/lib), so
// names are compared after resolving them.
func ownerOf(t *tree, db fileLister, file string, packages []*Package) (*Package, error) {
	base := path.Base(file)
	for _, p := range packages {
		entries, err := db.filesNamed(p, base)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if path.Base(e.name) != base {
				continue
			}
			at, err := t.walk(e.name, false)
			if err == nil && at.name == file {
				return p, nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, diag.Wrap(err, "looking at `%s` of package `%s`", e.name, p.Name)
			}
		}
	}
	return nil, nil
}

// fileLister is the part of a database that ownerOf asks.
type fileLister interface {
	filesNamed(p *Package, base string) ([]listed, error)
}
