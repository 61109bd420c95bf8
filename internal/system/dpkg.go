package system

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// dpkgDir is dpkg's administrative directory, below the root.
const dpkgDir = "var/lib/dpkg/"

// dpkg is the database of Debian and its relatives: the status file, indexed,
// and what lies beside it.
type dpkg struct {
	tree       *tree
	status     witness
	arch       string // the host's own architecture
	multiarch  string // its directory name below /usr/lib
	packages   []*installed
	records    map[*Package]*installed
	byName     map[string][]*installed // usable ones
	providers  map[string][]*installed // usable ones, by a name in Provides
	replacers  map[string][]*installed // usable ones, by a name in Replaces
	diversions diversions
	overrides  overrides
}

// openDpkg reads the status file, the diversions and the overrides.
func openDpkg(t *tree) (*dpkg, error) {
	const name = dpkgDir + "status"
	status, err := watch(t, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, absent(t, dpkgManager, name)
	}
	if err != nil {
		return nil, diag.Wrap(err, "looking for the dpkg database")
	}
	data, err := t.readFile(name)
	if err != nil {
		return nil, diag.Wrap(err, "reading the dpkg database")
	}
	if err := checkSettled(t); err != nil {
		return nil, err
	}
	packages, err := parseStatus(t.host(name), string(data))
	if err != nil {
		return nil, err
	}
	db := &dpkg{tree: t, status: status, packages: packages}
	if err := db.index(); err != nil {
		return nil, err
	}
	if db.diversions, err = readDiversions(t); err != nil {
		return nil, err
	}
	db.overrides, err = readOverrides(t)
	return db, err
}

// checkSettled refuses a database with a journal: dpkg notes each step in
// files of digits below updates/ and merges them into the status file at its
// end, so until then the status file is not what is installed.
func checkSettled(t *tree) error {
	names, err := t.readDir(dpkgDir + "updates")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diag.Wrap(err, "looking for unfinished work of dpkg")
	}
	for _, name := range names {
		if strings.Trim(name, "0123456789") == "" {
			return diag.New(diag.ExitFailed, "dpkg is at work, or was interrupted").
				In(t.host(dpkgDir+"updates/"+name), 0, 0).
				WithHelp("dpkg --configure -a")
		}
	}
	return nil
}

// index builds the maps and finds the native architecture: the first line of
// the arch file (there only when foreign ones were added), else that of the
// package `dpkg` itself.
func (db *dpkg) index() error {
	file := db.tree.host(dpkgDir + "status")
	db.records, db.byName = map[*Package]*installed{}, map[string][]*installed{}
	db.providers, db.replacers = map[string][]*installed{}, map[string][]*installed{}
	for _, p := range db.packages {
		if !p.usable() {
			continue
		}
		same := func(q *installed) bool { return q.Architecture == p.Architecture }
		if slices.ContainsFunc(db.byName[p.Name], same) {
			return damaged(file, 0, "the package `%s:%s` is there twice", p.Name, p.Architecture)
		}
		db.records[&p.Package] = p
		db.byName[p.Name] = append(db.byName[p.Name], p)
		for _, r := range p.provides {
			db.providers[r.name] = append(db.providers[r.name], p)
		}
		for _, r := range p.replaces {
			db.replacers[r.name] = append(db.replacers[r.name], p)
		}
	}
	data, err := db.tree.readFile(dpkgDir + "arch")
	switch {
	case err == nil:
		first, _, _ := strings.Cut(string(data), "\n")
		db.arch = strings.TrimSpace(first)
	case !errors.Is(err, fs.ErrNotExist):
		return diag.Wrap(err, "reading the architectures of the host")
	case len(db.byName["dpkg"]) == 1:
		db.arch = db.byName["dpkg"][0].Architecture
	default:
		return damaged(file, 0, "the dpkg database does not tell the host's architecture").
			Note("neither a file `arch` nor an installed package `dpkg` is there")
	}
	db.multiarch, err = multiarchOf(db.arch)
	return err
}

func (db *dpkg) manager() *Manager { return dpkgManager }
func (db *dpkg) native() string    { return db.arch }

func (db *dpkg) installed() []*Package {
	return packagesOf(slices.DeleteFunc(slices.Clone(db.packages), func(p *installed) bool { return !p.usable() }))
}

// packagesOf returns the part of the records that all managers have.
func packagesOf(records []*installed) []*Package {
	var all []*Package
	for _, p := range records {
		all = append(all, &p.Package)
	}
	return all
}

func (db *dpkg) find(name string) ([]*Package, error) {
	r, err := parseRelation(name)
	if err != nil || r.String() != name {
		return nil, errNotName
	}
	return packagesOf(db.satisfying(r, db.arch)), nil
}

// explain lists the other states that dpkg knows the package in.
func (db *dpkg) explain(name string) []string {
	name, _, _ = strings.Cut(name, ":")
	var notes []string
	for _, p := range db.packages {
		if p.Name == name && !strings.HasSuffix(p.state, " not-installed") {
			notes = append(notes, "dpkg has `"+p.Name+":"+p.Architecture+"` in the state `"+p.state+"`")
		}
	}
	return notes
}

// requires follows Pre-Depends and Depends, and where its files went. Of the
// alternatives of a dependency it takes the first that is installed.
func (db *dpkg) requires(p *Package) (found []*Package, missing string, err error) {
	record := db.records[p]
	for _, alternatives := range record.depends {
		satisfied := false
		for _, r := range alternatives {
			if next := db.satisfying(r, db.archOf(record)); len(next) > 0 {
				found, satisfied = append(found, packagesOf(next)...), true
				break
			}
		}
		if !satisfied {
			return nil, alternatives.String(), nil
		}
	}
	takers, err := db.takenOver(record)
	return append(found, takers...), "", err
}

// essential returns all packages that others may use without a dependency
// (Debian policy 3.8).
func (db *dpkg) essential() []*Package {
	var all []*Package
	for _, p := range db.packages {
		if p.usable() && p.essential {
			all = append(all, &p.Package)
		}
	}
	return all
}

func (db *dpkg) links() ([]alternative, error) {
	return readAlternatives(db.tree, dpkgDir+"alternatives/", dpkgManager)
}

func (db *dpkg) libraryDirectories() []string { return libraryDirectories(db.multiarch) }

func (db *dpkg) loaderDirectories() []string {
	return []string{"lib/" + db.multiarch, "usr/lib/" + db.multiarch, "lib", "usr/lib"}
}

func (db *dpkg) developmentDirectories() []string {
	return []string{"usr/lib/" + db.multiarch, "usr/lib"}
}

// unchanged relies on dpkg replacing the status file at every step.
func (db *dpkg) unchanged() error {
	if err := db.status.check(db.tree, dpkgManager); err != nil {
		return err
	}
	return checkSettled(db.tree)
}

// damaged is the diagnostic for a file of dpkg's.
func damaged(file string, line int, format string, args ...any) *diag.Diagnostic {
	return dpkgManager.damaged(file, line, format, args...)
}
