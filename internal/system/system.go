// Package system makes the system layer: the C toolchain and the libraries that
// a Rust build needs from its host, as the closure of installed packages by the
// host's own package database. dpkg, rpm, apk and pacman are read, each behind
// the interface database; os-release says which of them a host has.
//
// What it guarantees. The layer is a function of the package database and of
// the files that the packages of the closure list: Resolve names every package
// with its version, Capture hands their files to a Sink in the order of their
// paths. Nothing else of the host enters, with these exceptions that a host
// makes of its packages and that a build needs: the links of alternatives (cc,
// ld; to the best choice in the layer where the host's own is not), the links to
// busybox, the links that merge /bin into /usr, the soname links of libraries, and
// the content that an administrator gave to a configuration file in /etc. Files
// that only the host's owner may read stay out. The files that say who and where
// we are (etc/passwd, etc/hosts) are constant and ours. A listed file that is
// missing stops the capture, unless the database itself says that it may be:
// dpkg's and pacman's configuration files, and what rpm did not install.
//
// The closure follows what packages cannot work without (Depends, Pre-Depends;
// Requires with rpm's boolean expressions; D; %DEPENDS%), never what they
// recommend, and never what only a script of the installation needed. A package
// that took over files of another (Replaces) joins with it. Debian policy 3.8 lets
// a package use any Essential package without a dependency. So the closure of all
// Essential packages joins when Request.Packages is not empty (configure scripts
// and make run sh, sed, grep and awk) and does not join when it is empty (a
// compiler runs no shell); elsewhere, where there is no such mark, the packages of
// Manager's shell do.
//
// What it does not do. It does not compare files with the digests that the
// databases have: the layer's digest names what the host really has. It does not
// take what maintainer scripts generate (unlistedRules and derivedNames say what
// and why); what builds need of that is made again here, of the layer's files
// alone (remadeRules): the bundle of certificates, the cache of the loader, and the index
// of character sets. It does not read the Berkeley DB of RHEL 8 and before, which is refused by name.
//
// Everything is read below a root directory; links are resolved inside it. No
// program of the host is run.
package system

// Request says what the layer must hold beyond the C compiler.
type Request struct {
	Packages   []string // package names from the policy, `name` or `name:architecture`
	Libraries  []string // sonames that the Rust toolchain loads, see NeededLibraries
	NoCompiler bool     // no C compiler, neither by itself nor because a package depends on one
	Rust       bool     // the packages with rustc and cargo
}

// Package is one installed package as its manager names it.
type Package struct {
	Name, Version string
	Architecture  string // allArchitectures for a package that serves every one
}

// allArchitectures is dpkg's word; rpm and apk say noarch, pacman any.
const allArchitectures = "all"

// Snapshot is a resolved system layer whose files are not yet read.
type Snapshot struct {
	Source       string    // distribution and release, as in `debian 12`
	Architecture string    // the host's own, as the manager names it
	Manager      *Manager  // whose database it was
	Packages     []Package // the closure, sorted by name, then by architecture

	tree      *tree
	db        database
	closure   []*Package // parallel to Packages
	libraries []string   // where the requested sonames were found, below the root
}

// Resolve computes the closure of the manager's Base and req on the host whose
// file system is at root. It reads the package database and, for req.Libraries,
// directories of libraries, but no package's files.
//
// Expected errors are diagnostics with diag.ExitFailed: no package database, a
// damaged or half-written one, packages that are not installed (all at once),
// sonames that no package owns (all at once).
func Resolve(root string, req Request) (*Snapshot, error) {
	t := newTree(root)
	db, release, err := open(t)
	if err != nil {
		return nil, err
	}
	closure := newClosure(db)
	if err := closure.addBase(req); err != nil {
		return nil, err
	}
	if len(req.Packages) > 0 {
		if err := closure.addEssential(); err != nil {
			return nil, err
		}
	}
	libraries, err := addLibraries(t, db, closure, req.Libraries)
	if err != nil {
		return nil, err
	}
	if err := closure.checkOnce(); err != nil {
		return nil, err
	}
	s := &Snapshot{Source: release.source, Architecture: db.native(), Manager: db.manager(),
		tree: t, db: db, closure: closure.sorted(), libraries: libraries}
	for _, p := range s.closure {
		s.Packages = append(s.Packages, *p)
	}
	return s, nil
}
