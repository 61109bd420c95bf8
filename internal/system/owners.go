package system

import (
	"io/fs"
	"path"
	"slices"
)

// Owners returns the installed packages that have the files at the given
// absolute paths of the host at root, by path, as Request.Packages names them. A
// link that no package lists, such as one of dpkg's alternatives, belongs to the
// owner of what it leads to. A directory belongs to a package if no other has
// it. What belongs to none, is not there or cannot be looked up is not in the
// map: the paths may be any text.
func Owners(root string, paths []string) (map[string]string, error) {
	t := newTree(root)
	db, _, err := open(t)
	if err != nil {
		return nil, err
	}
	w := wantedFiles{tree: t, bases: map[string]bool{}, names: map[string][]string{}}
	chains := map[string][]string{}
	for _, p := range paths {
		chains[p] = t.chain(p)
		for _, name := range chains[p] {
			w.names[name] = nil
			w.bases[path.Base(name)] = true
		}
	}
	for _, p := range db.installed() {
		if err := w.collect(db, p); err != nil {
			return nil, err
		}
	}
	owners := map[string]string{}
	for p, chain := range chains {
		for _, name := range chain {
			if found := w.names[name]; len(found) == 1 || len(found) > 1 && !t.seen[name].mode.IsDir() {
				owners[p] = found[0]
				break
			}
		}
	}
	return owners, nil
}

// wantedFiles are canonical names, with the packages that list them.
type wantedFiles struct {
	tree  *tree
	bases map[string]bool // last components: most lines of a list need no look at the disk
	names map[string][]string
}

// collect takes what package p has of the names.
func (w *wantedFiles) collect(db database, p *Package) error {
	entries, err := db.files(p)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !w.bases[path.Base(e.name)] {
			continue
		}
		// /lib is a link on a host with a merged /usr, and old lists name it.
		at, err := w.tree.walk(e.name, false)
		if err != nil {
			continue // listed and not there: then it is not what was asked for
		}
		found, wanted := w.names[at.name]
		if !wanted {
			continue
		}
		name, err := policyName(db, p)
		if err != nil {
			return err
		}
		if !slices.Contains(found, name) {
			w.names[at.name] = append(found, name)
		}
	}
	return nil
}

// chain returns the canonical name of a path and, while that is a link, of what
// it leads to.
func (t *tree) chain(name string) []string {
	var names []string
	for len(names) <= maxLinks {
		at, err := t.walk(name, false)
		if err != nil || at.name == "" {
			break
		}
		names = append(names, at.name)
		if at.node.mode&fs.ModeSymlink == 0 {
			break
		}
		if name = at.node.target; !path.IsAbs(name) {
			name = parent(at.name) + "/" + name
		}
	}
	return names
}

// policyName is how a policy names a package: with its architecture where the
// name alone means another one.
func policyName(db database, p *Package) (string, error) {
	found, err := db.find(p.Name)
	if err != nil || slices.Contains(found, p) {
		return p.Name, err
	}
	return p.Name + ":" + p.Architecture, nil
}
