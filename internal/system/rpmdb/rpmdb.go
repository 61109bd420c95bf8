// Package rpmdb reads the database of rpm: which packages are installed, what
// they need and provide, and their files.
//
// It reads the two formats that rpm writes today, SQLite (Fedora, RHEL 9 and
// later) and ndb (openSUSE), and of each only what a reader of all packages
// needs: the blobs with the packages' headers. rpm's indexes beside them hold
// nothing that the headers do not. It does not ask the program rpm, which
// would answer by the configuration and plug-ins of the host and could not be
// tested without such a host; and it does not bring a whole SQLite, of which
// only the walk over one table is needed.
//
// What it guarantees. A database that was changed by an unfinished transaction
// is refused, never read in part; so are structures that do not have the
// documented form. No input makes it panic, loop, or allocate more than a small
// multiple of the input's size.
//
// What it does not do. It does not check signatures and digests of headers: who
// can write the database can write every file of the host. It does not read the
// Berkeley DB of RHEL 8 and before.
package rpmdb

import (
	"errors"
	"fmt"
	"slices"
)

// Backends, by the names of rpm's `_db_backend`.
const (
	SQLite = "sqlite" // rpmdb.sqlite
	NDB    = "ndb"    // Packages.db
)

// errDamaged is below every error about the form of a database.
var errDamaged = errors.New("the rpm database is damaged")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errDamaged, fmt.Sprintf(format, args...))
}

// Parse reads all packages of a database, in the order in which they were
// installed. Strings in the result share the memory of data.
func Parse(backend, data string) ([]*Package, error) {
	var blobs []blob
	var err error
	switch backend {
	case SQLite:
		blobs, err = sqliteBlobs(data)
	case NDB:
		blobs, err = ndbBlobs(data)
	default:
		return nil, fmt.Errorf("`%s` is not a format of rpm databases that can be read", backend)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(blobs, func(a, b blob) int {
		if a.number < b.number {
			return -1
		}
		return 1
	})
	packages := make([]*Package, 0, len(blobs))
	for i, b := range blobs {
		if i > 0 && blobs[i-1].number == b.number {
			return nil, damaged("package number %d is there twice", b.number)
		}
		p, err := parsePackage(b.data)
		if err != nil {
			return nil, fmt.Errorf("package number %d: %w", b.number, err)
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// blob is the header of one package, and its number in the database, which
// grows with each installation.
type blob struct {
	number uint64
	data   string
}
