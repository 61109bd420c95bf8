package system

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system/rpmdb"
)

// rpmPlaces are the directories that distributions give the database, newest
// habit first, and rpmFormats its files there by format.
var (
	rpmPlaces  = []string{"usr/lib/sysimage/rpm/", "var/lib/rpm/"}
	rpmFormats = []struct{ file, backend string }{{"rpmdb.sqlite", rpmdb.SQLite}, {"Packages.db", rpmdb.NDB}}
)

// rpmBerkeley is the database of RHEL 8 and before.
const rpmBerkeley = "var/lib/rpm/Packages"

// rpmDatabases lists all places of a database.
func rpmDatabases() []string {
	var all []string
	for _, f := range rpmFormats {
		for _, dir := range rpmPlaces {
			all = append(all, dir+f.file)
		}
	}
	return append(all, rpmBerkeley)
}

// rpm is the database of Fedora, RHEL, openSUSE and their relatives.
type rpm struct {
	index
	database witness
	contents map[*Package]*rpmdb.Package
}

func openRPM(t *tree, m *Manager) (*rpm, error) {
	for _, format := range rpmFormats {
		for _, dir := range rpmPlaces {
			w, err := watch(t, dir+format.file)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, diag.Wrap(err, "looking for the rpm database")
			}
			return readRPM(t, m, w, format.backend)
		}
	}
	if _, err := t.stat(rpmBerkeley); err == nil {
		return nil, diag.New(diag.ExitFailed, "the rpm database has the old format of Berkeley DB").In(t.host(rpmBerkeley), 0, 0).
			Note("rpm 4.16 and later write SQLite or ndb").
			WithHelp("build on a newer release of the distribution, or in a container of one")
	}
	return nil, absent(t, m, rpmDatabases()[0])
}

func readRPM(t *tree, m *Manager, w witness, backend string) (*rpm, error) {
	db := &rpm{index: index{tree: t, words: m}, database: w, contents: map[*Package]*rpmdb.Package{}}
	if err := db.settled(); err != nil {
		return nil, err
	}
	data, err := t.readFile(w.name)
	if err != nil {
		return nil, diag.Wrap(err, "reading the rpm database")
	}
	packages, err := rpmdb.Parse(backend, string(data))
	if err != nil {
		return nil, m.damaged(t.host(w.name), 0, "the rpm database cannot be read").Because(err)
	}
	for _, p := range packages {
		if p.Architecture == "" {
			continue // a key that somebody trusts: it has no files
		}
		r := &record{Package: Package{Name: p.Name, Version: p.Version, Architecture: p.Architecture}, provides: p.Provides}
		if r.Architecture == "noarch" {
			r.Architecture = allArchitectures
		}
		// Names and versions go into commands to paste and into lock files.
		if !validName(r.Name) || !validRPMVersion(r.Version) || !validName(r.Architecture) {
			return nil, m.damaged(t.host(w.name), 0, "the package %q of version %q for %q has no name, version or architecture that rpm allows", r.Name, r.Version, p.Architecture)
		}
		for _, text := range p.Requires {
			need, err := parseRPMRequirement(text)
			if err != nil {
				return nil, m.damaged(t.host(w.name), 0, "what the package `%s` requires cannot be read", r.Name).Because(err)
			}
			r.requires = append(r.requires, need)
		}
		db.add(r)
		db.contents[&r.Package] = p
	}
	db.named = func(p *Package, base string) ([]listed, error) { return db.list(p, base, true) }
	return db, db.nativeOf("rpm", "glibc")
}

// settled refuses a database whose last transaction is still in SQLite's
// journal beside it: rpm empties that file at its end, so until then the
// database is not what is installed.
func (db *rpm) settled() error {
	name := db.database.name + "-wal"
	if !strings.HasSuffix(db.database.name, ".sqlite") {
		return nil
	}
	info, err := db.tree.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diag.Wrap(err, "looking for unfinished work of rpm")
	}
	if info.Size() == 0 {
		return nil
	}
	return diag.New(diag.ExitFailed, "rpm is at work, or was interrupted").In(db.tree.host(name), 0, 0).
		WithHelp("wait until %s has finished, or: rpm --rebuilddb", db.words.busy)
}

func (db *rpm) files(p *Package) ([]listed, error) { return db.list(p, "", false) }

func (db *rpm) filesNamed(p *Package, base string) ([]listed, error) { return db.list(p, base, false) }

// trust is where ca-certificates of Fedora lists, as ghosts, the bundles that
// it makes of its own certificates and of those that the administrator added.
const trust = "etc/pki/ca-trust/extracted"

// list returns files of a package. Ghosts are names whose files something makes
// on the host: caches, state, and the links of alternatives. They answer what
// packages require, and are no part of a layer, except for the trusted
// certificates, without which a program that reads them at its start fails.
func (db *rpm) list(p *Package, base string, ghosts bool) ([]listed, error) {
	var all []listed
	for _, f := range db.contents[p].FilesNamed(base) {
		if !validPath(f.Name) {
			if f.Name == "/" {
				continue
			}
			return nil, db.words.damaged(db.tree.host(db.database.name), 0, "the package `%s` has the file %q", p.Name, f.Name)
		}
		name := f.Name[1:]
		const left = rpmdb.Doc | rpmdb.License | rpmdb.Readme
		ghost := f.Flags&rpmdb.Ghost != 0
		if !ghosts && (f.Flags&left != 0 || ghost && !below(name, trust)) {
			continue
		}
		all = append(all, listed{name: name, holder: f.Dir, optional: ghost || f.Flags&(rpmdb.Config|rpmdb.MissingOK) != 0})
	}
	return all, nil
}

// links reads the alternatives of Fedora's chkconfig and of openSUSE's
// update-alternatives, which write the same format.
func (db *rpm) links() ([]alternative, error) {
	var all []alternative
	for _, dir := range []string{"var/lib/alternatives/", "var/lib/rpm/alternatives/"} {
		found, err := readAlternatives(db.tree, dir, db.words)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// libraryDirectories follows rpm's macro _lib: 64-bit architectures keep their
// own libraries in lib64, and the loader of some of them in lib.
func (db *rpm) libraryDirectories() []string {
	if db.wide() {
		return []string{"lib64", "usr/lib64", "lib", "usr/lib"}
	}
	return []string{"lib", "usr/lib"}
}

// loaderDirectories are those of a glibc that was configured for lib64.
func (db *rpm) loaderDirectories() []string {
	if db.wide() {
		return []string{"lib", "lib64", "usr/lib", "usr/lib64"}
	}
	return []string{"lib", "usr/lib"}
}

func (db *rpm) developmentDirectories() []string {
	if db.wide() {
		return []string{"usr/lib64", "usr/lib"}
	}
	return []string{"usr/lib"}
}

func (db *rpm) wide() bool { return strings.Contains(db.arch, "64") || db.arch == "s390x" }

func (db *rpm) unchanged() error {
	if err := db.database.check(db.tree, db.words); err != nil {
		return err
	}
	return db.settled()
}

// validRPMVersion holds for `epoch:version-release` in the alphabet of rpm.
func validRPMVersion(s string) bool { return s != "" && onlyWith(s, ".+-~:_^") }
