package system

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// pacmanDir is pacman's directory, below the root.
const pacmanDir = "var/lib/pacman/"

// pacmanVersion is the content of ALPM_DB_VERSION that pacman 4.2 and later write.
const pacmanVersion = "9"

// pacman is the database of Arch and its relatives: a directory for each
// package, with its description and its list of files.
type pacman struct {
	index
	local    witness // pacman makes a directory in it for each new version
	contents map[*Package][]listed
}

func openPacman(t *tree) (*pacman, error) {
	const local = pacmanDir + "local"
	w, err := watch(t, local)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, absent(t, pacmanManager, local)
	}
	if err != nil {
		return nil, diag.Wrap(err, "looking for the pacman database")
	}
	db := &pacman{index: index{tree: t, words: pacmanManager}, local: w, contents: map[*Package][]listed{}}
	if err := db.settled(); err != nil {
		return nil, err
	}
	if err := db.read(local); err != nil {
		return nil, err
	}
	db.named = db.filesNamed
	return db, db.nativeOf("pacman", "glibc")
}

// read reads all packages.
func (db *pacman) read(local string) error {
	names, err := db.tree.readDir(local)
	if err != nil {
		return diag.Wrap(err, "reading the pacman database")
	}
	for _, name := range names {
		dir := local + "/" + name
		if name == "ALPM_DB_VERSION" {
			data, err := db.tree.readFile(dir)
			if err != nil {
				return diag.Wrap(err, "reading the version of the pacman database")
			}
			if version := strings.TrimSpace(string(data)); version != pacmanVersion {
				return pacmanManager.damaged(db.tree.host(dir), 1, "the pacman database has version `%.20s`, not %s", version, pacmanVersion).
					WithHelp("pacman-db-upgrade")
			}
			continue
		}
		desc, err := db.tree.readFile(dir + "/desc")
		if err != nil {
			return diag.Wrap(err, "reading the package `%s` of the pacman database", name)
		}
		files, err := db.tree.readFile(dir + "/files")
		if err != nil {
			return diag.Wrap(err, "reading the list of files of the package `%s`", name)
		}
		p, err := parsePacman(db.tree.host(dir+"/desc"), string(desc))
		if err != nil {
			return err
		}
		if p.Name+"-"+p.Version != name {
			return pacmanManager.damaged(db.tree.host(dir+"/desc"), 0, "the directory of another version holds the package `%s` %s", p.Name, p.Version)
		}
		list, err := parsePacmanFiles(db.tree.host(dir+"/files"), string(files))
		if err != nil {
			return err
		}
		db.add(p)
		db.contents[&p.Package] = list
	}
	return nil
}

// settled refuses a database that pacman has locked.
func (db *pacman) settled() error {
	const name = pacmanDir + "db.lck"
	_, err := db.tree.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diag.Wrap(err, "looking for unfinished work of pacman")
	}
	return diag.New(diag.ExitFailed, "pacman is at work, or was interrupted").In(db.tree.host(name), 0, 0).
		WithHelp("wait until pacman has finished; if none is running: rm %s", db.tree.host(name))
}

func (db *pacman) files(p *Package) ([]listed, error) { return db.contents[p], nil }

func (db *pacman) filesNamed(p *Package, base string) ([]listed, error) {
	return named(db.contents[p], base), nil
}

// links is empty: packages of Arch hold their links themselves.
func (db *pacman) links() ([]alternative, error) { return nil, nil }

// libraryDirectories starts with the place of everything; the others are links
// to it by which the loader is named.
func (db *pacman) libraryDirectories() []string {
	return []string{"usr/lib", "lib", "lib64", "usr/lib64"}
}

// loaderDirectories has that of the package lib32-glibc too.
func (db *pacman) loaderDirectories() []string { return []string{"usr/lib", "usr/lib32"} }

func (db *pacman) developmentDirectories() []string { return []string{"usr/lib"} }

func (db *pacman) unchanged() error {
	if err := db.local.check(db.tree, pacmanManager); err != nil {
		return err
	}
	return db.settled()
}
