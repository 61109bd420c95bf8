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

// database is the status file of one host, indexed.
type database struct {
	native    string // the host's own architecture
	multiarch string // its directory name below /usr/lib
	packages  []*installed
	byName    map[string][]*installed // usable ones
	providers map[string][]*installed // usable ones, by a name in Provides
}

// loadDatabase reads the status file. The returned FileInfo identifies what
// was read: dpkg replaces the file at every change.
func loadDatabase(t *tree) (*database, fs.FileInfo, error) {
	const name = dpkgDir + "status"
	info, err := t.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, diag.New(diag.ExitFailed, "this host has no dpkg database").In(t.host(name), 0, 0).
			Note("hosts served today: Debian, Ubuntu and their relatives with dpkg").
			WithHelp("build on such a host, or in a container of one")
	}
	if err != nil {
		return nil, nil, diag.Wrap(err, "looking for the dpkg database")
	}
	data, err := t.readFile(name)
	if err != nil {
		return nil, nil, diag.Wrap(err, "reading the dpkg database")
	}
	if err := checkSettled(t); err != nil {
		return nil, nil, err
	}
	packages, err := parseStatus(t.host(name), string(data))
	if err != nil {
		return nil, nil, err
	}
	db, err := index(t, packages)
	return db, info, err
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
func index(t *tree, packages []*installed) (*database, error) {
	file := t.host(dpkgDir + "status")
	db := &database{packages: packages, byName: map[string][]*installed{}, providers: map[string][]*installed{}}
	for _, p := range packages {
		if !p.usable() {
			continue
		}
		same := func(q *installed) bool { return q.Architecture == p.Architecture }
		if slices.ContainsFunc(db.byName[p.Name], same) {
			return nil, damaged(file, 0, "the package `%s:%s` is there twice", p.Name, p.Architecture)
		}
		db.byName[p.Name] = append(db.byName[p.Name], p)
		for _, r := range p.provides {
			db.providers[r.name] = append(db.providers[r.name], p)
		}
	}
	data, err := t.readFile(dpkgDir + "arch")
	switch {
	case err == nil:
		first, _, _ := strings.Cut(string(data), "\n")
		db.native = strings.TrimSpace(first)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, diag.Wrap(err, "reading the architectures of the host")
	case len(db.byName["dpkg"]) == 1:
		db.native = db.byName["dpkg"][0].Architecture
	default:
		return nil, damaged(file, 0, "the dpkg database does not tell the host's architecture").
			Note("neither a file `arch` nor an installed package `dpkg` is there")
	}
	db.multiarch, err = multiarchOf(db.native)
	return db, err
}

// archOf returns a package's architecture for dependencies, in which packages
// for all architectures count as native.
func (db *database) archOf(p *installed) string {
	if p.Architecture == "all" {
		return db.native
	}
	return p.Architecture
}

// satisfying returns the installed packages that satisfy r for a dependent of
// architecture from: the one real package of that name, or else all packages
// that provide it. All, because a choice among providers would be ours, not
// the host's: the link of an alternative (awk) may lead to any of them.
func (db *database) satisfying(r relation, from string) []*installed {
	// With several architectures of one package, the dependent's comes first,
	// then the native one, then the order of the status file.
	for _, arch := range []string{from, db.native, ""} {
		for _, p := range db.byName[r.name] {
			if (arch == "" || db.archOf(p) == arch) && db.archSatisfies(p, r.arch, from) {
				return []*installed{p}
			}
		}
	}
	var all []*installed
	for _, p := range db.providers[r.name] {
		if db.archSatisfies(p, r.arch, from) {
			all = append(all, p)
		}
	}
	return all
}

// archSatisfies applies the Multi-Arch rules (deb-control(5), "Multi-Arch") to
// a relation with a qualifier on behalf of architecture from.
func (db *database) archSatisfies(p *installed, qualifier, from string) bool {
	arch := db.archOf(p)
	switch qualifier {
	case "":
		return arch == from || p.multiArch == "foreign"
	case "any":
		return arch == from || p.multiArch == "foreign" || p.multiArch == "allowed"
	case "native":
		return arch == db.native
	}
	return arch == qualifier
}
