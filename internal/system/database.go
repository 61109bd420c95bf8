package system

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// database is what a package manager recorded about one host. The rest of this
// package works on it and knows no manager. Packages are told apart by their
// pointers: every method that takes one wants a pointer that the same database
// returned.
type database interface {
	// manager has the words for messages.
	manager() *Manager
	// native is the architecture of the host, as the manager names it.
	native() string
	// installed lists the packages whose files are all there, in the order of
	// the database.
	installed() []*Package
	// find returns the packages that a name of the policy means; none where it
	// is not installed. A name that cannot be one is errNotName.
	find(name string) ([]*Package, error)
	// explain has a note for each thing under this name that does not count.
	explain(name string) []string
	// requires returns what p cannot work without. Where something of it is
	// not installed, missing says what.
	requires(p *Package) (found []*Package, missing string, err error)
	// essential returns what packages use without saying so.
	essential() []*Package
	// files returns what p has, where the host has it.
	files(p *Package) ([]listed, error)
	// filesNamed is files for a caller that looks for one with this last
	// component: it may leave out others, and often is faster.
	filesNamed(p *Package, base string) ([]listed, error)
	// links returns the names that the manager, or a script of a package, made
	// links of, and that no package lists.
	links() ([]alternative, error)
	// libraryDirectories lists where the loader looks without a cache, in its
	// order.
	libraryDirectories() []string
	// loaderDirectories are those that ldconfig searches besides the configured
	// ones, in its order; none where the loader has no cache.
	loaderDirectories() []string
	// developmentDirectories are those below usr in which a compiler of this
	// host looks for libraries to link with.
	developmentDirectories() []string
	// unchanged fails when the database was written since it was opened, or is
	// being written: its versions would not be those of the captured files.
	unchanged() error
}

// errNotName is returned for text that cannot be a package's name.
var errNotName = errors.New("not the name of a package")

// listed is one file that a package has.
type listed struct {
	name     string // the place on the host, below the root
	holder   bool   // other files are below it, so the package has it as a directory
	closed   bool   // the administrator took it from users other than its owner
	optional bool   // a host may be without it: a configuration file, or one that was left out on purpose
}

// open opens the database of the host below t. Which one it is follows from
// the distribution that os-release names. A host of an unknown distribution
// must have one of them only: to guess would be to pin the wrong packages.
func open(t *tree) (database, osRelease, error) {
	release, err := readRelease(t)
	if err != nil {
		return nil, osRelease{}, err
	}
	m, err := choose(t, release)
	if err != nil {
		return nil, osRelease{}, err
	}
	var db database
	switch m.Name {
	case "dpkg":
		db, err = openDpkg(t)
	case "rpm":
		db, err = openRPM(t, m)
	case "apk":
		db, err = openApk(t)
	default:
		db, err = openPacman(t)
	}
	if err != nil {
		return nil, osRelease{}, err
	}
	return db, release, nil
}

// Detect returns the manager of the host at root. It reads os-release, and not
// the database.
func Detect(root string) (*Manager, error) {
	t := newTree(root)
	release, err := readRelease(t)
	if err != nil {
		return nil, err
	}
	return choose(t, release)
}

// choose finds the manager by the distribution, or by what is there.
func choose(t *tree, release osRelease) (*Manager, error) {
	for _, name := range append([]string{release.id}, release.like...) {
		for _, m := range managers {
			for _, d := range m.distributions {
				// openSUSE's products have names of their own behind a hyphen.
				if name == d || strings.HasPrefix(name, d+"-") {
					return m, nil
				}
			}
		}
	}
	var found []*Manager
	for _, m := range managers {
		there, err := hasDatabase(t, m)
		if err != nil {
			return nil, err
		}
		// Two families share rpm; which of them it is only changes commands.
		if there && (len(found) == 0 || found[len(found)-1].Name != m.Name) {
			found = append(found, m)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	d := diag.New(diag.ExitFailed, "the distribution `%s` is not known, and its package manager cannot be told", release.id).
		In(release.file, 0, 0)
	for _, m := range found {
		d.Note("there is a database of %s", m.Name)
	}
	if len(found) == 0 {
		d.Note("there is no database of dpkg, rpm, apk or pacman")
	}
	return nil, d.WithHelp("build on Debian, Fedora, openSUSE, Alpine, Arch or a relative of one, or in a container of one")
}

// hasDatabase reports whether a manager's database is there.
func hasDatabase(t *tree, m *Manager) (bool, error) {
	var names []string
	switch m.Name {
	case "dpkg":
		names = []string{dpkgDir + "status"}
	case "rpm":
		names = rpmDatabases()
	case "apk":
		names = apkDatabases
	default:
		names = []string{pacmanDir + "local"}
	}
	for _, name := range names {
		_, err := t.stat(name)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, diag.Wrap(err, "looking for the database of %s", m.Name)
		}
	}
	return false, nil
}

// absent is the diagnostic for a host without the database that its
// distribution should have.
func absent(t *tree, m *Manager, name string) *diag.Diagnostic {
	return diag.New(diag.ExitFailed, "this host has no %s database", m.Name).In(t.host(name), 0, 0).
		Note("its distribution is one of %s's, by `os-release`", m.Name).
		WithHelp("build on a host with %s, or in a container of one", m.Name)
}

// damaged is the diagnostic for a file of the package database, or of the host
// beside it, that does not have the form that its documentation promises.
func (m *Manager) damaged(file string, line int, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ExitFailed, format, args...).In(file, line, 0).WithHelp("%s", m.audit)
}

// witness remembers a file, to notice that it was replaced or written.
type witness struct {
	name string
	info fs.FileInfo
}

func watch(t *tree, name string) (witness, error) {
	info, err := t.stat(name)
	return witness{name, info}, err
}

// check fails when the file is another one now.
func (w witness) check(t *tree, m *Manager) error {
	info, err := t.stat(w.name)
	if err != nil {
		return diag.Wrap(err, "looking at the %s database again", m.Name)
	}
	if os.SameFile(info, w.info) && info.Size() == w.info.Size() && info.ModTime().Equal(w.info.ModTime()) {
		return nil
	}
	return diag.New(diag.ExitFailed, "packages were installed or removed during the capture").
		In(t.host(w.name), 0, 0).
		WithHelp("wait until %s has finished, then repeat the command", m.busy)
}
