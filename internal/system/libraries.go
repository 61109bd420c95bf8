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
func addLibraries(t *tree, db *database, c *closure, sonames []string) ([]string, error) {
	if len(sonames) == 0 {
		return nil, nil
	}
	divs, err := readDiversions(t)
	if err != nil {
		return nil, err
	}
	o := &owners{t: t, divs: divs, lists: map[*installed]string{}}
	var found, missing, notes []string
	for _, soname := range slices.Compact(slices.Sorted(slices.Values(sonames))) {
		if soname == "" || !onlyWith(soname, "-+._") {
			return nil, diag.New(diag.ExitFailed, "%q is not the name of a shared library", soname).
				Note("the Rust toolchain needs a library that no search in the system directories can find").
				WithHelp("reinstall the toolchain: `rustup toolchain install --force TOOLCHAIN`")
		}
		name, file, err := findLibrary(t, db.multiarch, soname)
		if err != nil {
			return nil, err
		}
		var owner *installed
		if file != "" {
			if owner, err = o.find(file, append(c.sorted(), db.packages...)); err != nil {
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
	return nil, d.Note("find the package with the command below, then `apt install` it").
		WithHelp("apt-file search --regexp '/(%s)$'",
			strings.NewReplacer(".", `\.`, "+", `\+`).Replace(strings.Join(missing, "|")))
}

// findLibrary returns the first place in the loader's directories that has the
// soname, and the canonical name of the file there; both empty where none has.
func findLibrary(t *tree, multiarch, soname string) (name, file string, err error) {
	for _, dir := range libraryDirectories(multiarch) {
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

// owners searches the lists of packages for a file.
type owners struct {
	t     *tree
	divs  diversions
	lists map[*installed]string // texts read so far
}

// find returns the first of packages that has the file with this canonical
// name, or nil. Lists may name the file through a link (/lib for /usr/lib) and
// diversions may move it, so names are compared after both.
func (o *owners) find(file string, packages []*installed) (*installed, error) {
	wanted := []string{"/" + path.Base(file) + "\n"}
	for from, v := range o.divs {
		if path.Base(v.to) == path.Base(file) {
			wanted = append(wanted, "/"+path.Base(from)+"\n")
		}
	}
	for _, p := range packages {
		if !p.usable() {
			continue
		}
		text, ok := o.lists[p]
		if !ok {
			var err error
			if text, _, err = readList(o.t, p); err != nil {
				return nil, err
			}
			o.lists[p] = text
		}
		// Most lists do not hold the name at all; parsing them would take
		// most of the time of Resolve.
		if !slices.ContainsFunc(wanted, func(w string) bool { return strings.Contains(text, w) }) {
			continue
		}
		entries, err := filesOf(o.t, p, o.divs)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if path.Base(e.name) != path.Base(file) {
				continue
			}
			at, err := o.t.walk(e.name, false)
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
