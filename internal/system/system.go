// Package system makes the system layer: the C toolchain and the libraries that
// a Rust build needs from its host, as the closure of installed packages by the
// host's own package database. Only dpkg is read today.
//
// What it guarantees. The layer is a function of the package database and of
// the files that the packages of the closure list: Resolve names every package
// with its version, Capture hands their files to a Sink in the order of their
// paths. Nothing else of the host enters, with four exceptions that a host
// makes of its packages and that a build needs: the links of dpkg's
// alternatives (cc), the links that merge /bin into /usr, the soname links of
// the libraries that were asked for, and the content that an administrator gave
// to a configuration file in /etc. Files that only the host's owner may read
// stay out. The files that say who and where we are (etc/passwd, etc/hosts) are
// constant and ours. A listed file that is missing stops the capture.
//
// The closure follows Depends and Pre-Depends of installed packages, never
// Recommends or Suggests. Debian policy 3.8 lets a package use any Essential
// package without a dependency. So the closure of all Essential packages joins
// when Request.Packages is not empty (configure scripts and make run sh, sed,
// grep and awk) and does not join when it is empty (a compiler runs no shell).
//
// What it does not do. It does not compare files with dpkg's md5sums: the
// layer's digest names what the host really has. It does not take what
// maintainer scripts generate (caches, byte code, certificate bundles). It does
// not take etc/ld.so.cache: the loader finds libraries in its built-in
// directories (/lib and /usr/lib, with and without the multiarch name), so a
// package that keeps its libraries elsewhere and registers that place in
// etc/ld.so.conf.d (fakeroot, some BLAS and GPU stacks) is captured but its
// libraries are found only through an rpath or LD_LIBRARY_PATH.
//
// Everything is read below a root directory; links are resolved inside it.
package system

import (
	"io/fs"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Base names the packages that every system layer holds: a C compiler driver,
// which rustc calls as its linker, and the C library's headers and start files.
var Base = []string{"gcc", "libc6-dev"}

// Request says what the layer must hold beyond Base.
type Request struct {
	Packages  []string // package names from the policy, `name` or `name:architecture`
	Libraries []string // sonames that the Rust toolchain loads, see NeededLibraries
}

// Package is one installed package as dpkg names it.
type Package struct {
	Name, Version, Architecture string
}

// Snapshot is a resolved system layer whose files are not yet read.
type Snapshot struct {
	Source       string    // distribution and release, as in `debian 12`
	Architecture string    // the host's own, as dpkg names it
	Packages     []Package // the closure, sorted by name, then by architecture

	tree      *tree
	db        *database
	closure   []*installed // parallel to Packages
	libraries []string     // where the requested sonames were found, below the root
	status    fs.FileInfo  // of the status file that was read, to notice a change
}

// Resolve computes the closure of Base and req on the host whose file system is
// at root. It reads the package database and, for req.Libraries, directories of
// libraries, but no package's files.
//
// Expected errors are diagnostics with diag.ExitFailed: no dpkg database, a
// damaged or half-written one, packages that are not installed (all at once),
// sonames that no package owns (all at once).
func Resolve(root string, req Request) (*Snapshot, error) {
	t := newTree(root)
	db, status, err := loadDatabase(t)
	if err != nil {
		return nil, err
	}
	source, err := readSource(t)
	if err != nil {
		return nil, err
	}
	closure := newClosure(db)
	if err := closure.addNames(slices.Concat(Base, req.Packages)); err != nil {
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
	s := &Snapshot{Source: source, Architecture: db.native, tree: t, db: db, closure: closure.sorted(), libraries: libraries, status: status}
	for _, p := range s.closure {
		s.Packages = append(s.Packages, p.Package)
	}
	return s, nil
}

// damaged is the diagnostic for a file of the package database, or of the host
// beside it, that does not have the form that its documentation promises.
func damaged(file string, line int, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ExitFailed, format, args...).In(file, line, 0).
		WithHelp("dpkg --audit")
}
