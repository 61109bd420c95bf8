package system

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// plan is what a layer will hold, by canonical name. Names are canonical on
// one real file system, so two packages that list one name mean one file.
type plan struct {
	tree    *tree
	manager *Manager
	entries map[string]entry
	dirs    map[string]bool // directories that hold an entry; complete after close
	missing []lost

	loaderDirs []string          // where ldconfig searches besides the configured directories
	remade     map[string][]byte // files that scripts of packages make, made again; complete after remake
}

// entry is a file or a link of the layer.
type entry struct {
	pkg    string // the package that lists it, empty for links that the host made
	target string // of a link; empty for a regular file
}

// lost is a file that a package lists and the host has not.
type lost struct{ name, pkg string }

func newPlan(t *tree, m *Manager) *plan {
	return &plan{tree: t, manager: m, entries: map[string]entry{}}
}

// addListed takes one line of a package's list. Directories are not taken:
// they follow from the files in them.
func (p *plan) addListed(e listed, pkg string) error {
	if leftOut(e.name) {
		return nil
	}
	at, err := p.tree.walk(e.name, false)
	inEtc := below(at.name, "etc")
	switch {
	case err == nil && leftOut(at.name):
		return nil
	case err == nil && e.closed && !inEtc && !at.node.mode.IsDir():
		return diag.New(diag.ExitFailed, "the file `%s` of package `%s` was closed to other users by the administrator", p.tree.host(at.name), pkg).
			Note("a build would miss it without a word").
			WithHelp("dpkg-statoverride --remove /%s && %s", e.name, fmt.Sprintf(p.manager.reinstall, pkg))
	case at.private:
		// A secret has no place in a layer, and what the layer holds must not
		// depend on who captures it. Outside of etc this is what packages close
		// themselves: programs that run as another user, which no world lets.
		return nil
	case errors.Is(err, fs.ErrNotExist):
		// The administrator may remove configuration files. An absent
		// directory shows in the files that are listed below it.
		if !inEtc && !e.holder && !e.optional {
			p.missing = append(p.missing, lost{e.name, pkg})
		}
		return nil
	case err != nil:
		return diag.Wrap(err, "looking at `%s` of package `%s`", e.name, pkg)
	}
	switch mode := at.node.mode; {
	case mode.IsDir():
		return nil
	case mode.IsRegular(), mode&fs.ModeSymlink != 0:
		p.entries[at.name] = entry{pkg, at.node.target}
		p.addHops(at.hops)
		return nil
	default:
		return diag.New(diag.ExitFailed, "`%s` of package `%s` is a special file (%s)", p.tree.host(at.name), pkg, mode.Type()).
			Note("a layer holds regular files, directories and symbolic links").
			WithHelp(p.manager.reinstall, pkg)
	}
}

// complete reports the files that packages list and the host has not.
func (p *plan) complete() error {
	if len(p.missing) == 0 {
		return nil
	}
	const shown = 10
	first := p.missing[0]
	d := diag.New(diag.ExitFailed, "the file `%s` of package `%s` is missing on this host", p.tree.host(first.name), first.pkg)
	for i, m := range p.missing[1:] {
		if i == shown {
			d.Note("and %d more", len(p.missing)-1-shown)
			break
		}
		d.Note("missing too: `%s` of package `%s`", p.tree.host(m.name), m.pkg)
	}
	return d.WithHelp(p.manager.reinstall, first.pkg)
}

// close computes the directories of the entries so far.
func (p *plan) close() {
	p.dirs = map[string]bool{}
	for name := range p.entries {
		for dir := parent(name); dir != "" && !p.dirs[dir]; dir = parent(dir) {
			p.dirs[dir] = true
		}
	}
}

// holds reports whether a walk ended in a regular file of the plan or in a
// directory that the layer will have.
func (p *plan) holds(at place) bool {
	e, ok := p.entries[at.name]
	return ok && e.target == "" || p.dirs[at.name]
}
