package system

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// apkDatabases are the places of the file: that of apk 3 on a host with merged
// /usr, and the one of all others.
var apkDatabases = []string{"usr/lib/apk/db/installed", "lib/apk/db/installed"}

// apk is the database of Alpine and its relatives.
type apk struct {
	index
	database witness
	contents map[*Package][]listed
}

func openApk(t *tree) (*apk, error) {
	for _, name := range apkDatabases {
		w, err := watch(t, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, diag.Wrap(err, "looking for the apk database")
		}
		return readApk(t, w)
	}
	return nil, absent(t, apkManager, apkDatabases[1])
}

func readApk(t *tree, w witness) (*apk, error) {
	db := &apk{index: index{tree: t, words: apkManager}, database: w, contents: map[*Package][]listed{}}
	if err := db.settled(); err != nil {
		return nil, err
	}
	data, err := t.readFile(w.name)
	if err != nil {
		return nil, diag.Wrap(err, "reading the apk database")
	}
	packages, err := parseApk(t.host(w.name), string(data))
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		db.add(&p.record)
		db.contents[&p.Package] = p.files
	}
	db.named = db.filesNamed
	return db, db.nativeOf("apk-tools", "musl")
}

// settled refuses a database beside which apk writes the next one.
func (db *apk) settled() error {
	name := db.database.name + ".new"
	_, err := db.tree.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diag.Wrap(err, "looking for unfinished work of apk")
	}
	return diag.New(diag.ExitFailed, "apk is at work, or was interrupted").In(db.tree.host(name), 0, 0).
		WithHelp("wait until apk has finished, or: %s", apkManager.repair)
}

func (db *apk) files(p *Package) ([]listed, error) { return db.contents[p], nil }

func (db *apk) filesNamed(p *Package, base string) ([]listed, error) {
	return named(db.contents[p], base), nil
}

// named returns the entries with this last component.
func named(entries []listed, base string) []listed {
	return slices.DeleteFunc(slices.Clone(entries), func(e listed) bool { return path.Base(e.name) != base })
}

// links returns the names of programs that are links to busybox: a script of
// the package makes them, for each program that nobody else provides, and no
// list has them.
func (db *apk) links() ([]alternative, error) {
	var all []alternative
	for _, dir := range []string{"bin", "sbin", "usr/bin", "usr/sbin"} {
		names, err := db.tree.readDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, diag.Wrap(err, "looking for the programs of busybox")
		}
		for _, name := range names {
			at, err := db.tree.walk(dir+"/"+name, false)
			if err != nil {
				return nil, diag.Wrap(err, "looking for the programs of busybox")
			}
			if at.node.mode&fs.ModeSymlink != 0 && path.Base(at.node.target) == "busybox" {
				all = append(all, alternative{link: dir + "/" + name})
			}
		}
	}
	return all, nil
}

// libraryDirectories is musl's path without a file of its own in /etc.
func (db *apk) libraryDirectories() []string     { return []string{"lib", "usr/lib"} }
func (db *apk) loaderDirectories() []string      { return nil } // musl's has no cache
func (db *apk) developmentDirectories() []string { return []string{"usr/lib"} }

func (db *apk) unchanged() error {
	if err := db.database.check(db.tree, apkManager); err != nil {
		return err
	}
	return db.settled()
}
