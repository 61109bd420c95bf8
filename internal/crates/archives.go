package crates

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// archives are the places that may hold the .crate file of a package. None is
// trusted: what counts is the SHA-256 in Cargo.lock.
type archives struct {
	cache string   // cargo's directory of downloads, with one directory a registry
	local []string // local registries of the configuration
}

// find returns the archive of a package that has the right checksum. Without one,
// the error says what there is instead.
func (a archives) find(p cargo.LockedPackage) (string, error) {
	candidates, err := a.of(p)
	if err != nil {
		return "", err
	}
	var others []string
	for _, c := range candidates {
		got, err := sumFile(c)
		if err != nil {
			return "", err
		}
		if got == p.Checksum {
			return c, nil
		}
		others = append(others, got)
	}
	if len(others) > 0 {
		return "", mismatch(p, others[0], "the archive has another checksum")
	}
	return "", diag.New(diag.ExitLock, "there is no archive to check it against").
		Note("a `directory` source of the user's configuration delivers no archive").
		WithHelp("use a registry mirror, or vendor inside the root: cargo vendor")
}

// of returns the archives of a package, of whatever content.
func (a archives) of(p cargo.LockedPackage) ([]string, error) {
	found, err := downloaded(a.cache, p)
	if err != nil {
		return nil, err
	}
	for _, dir := range a.local {
		name := filepath.Join(dir, p.Name+"-"+p.Version+".crate")
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular(): // opening it may never end
			return nil, diag.New(diag.ExitPolicy, "`%s` is no file", name)
		}
		found = append(found, name)
	}
	return found, nil
}

// downloaded returns the archives of a package in cargo's directory of downloads,
// one for each registry at most.
func downloaded(cache string, p cargo.LockedPackage) ([]string, error) {
	// Not Glob: the path of the store may hold what that takes for a pattern.
	found, err := fs.Glob(os.DirFS(cache), "*/"+p.Name+"-"+p.Version+".crate")
	for i := range found {
		found[i] = filepath.Join(cache, filepath.FromSlash(found[i]))
	}
	return found, err
}

func sumFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return sum(f)
}

// contents are the SHA-256 of each file of each registry package.
type contents map[cargo.LockedPackage]map[string]string

// read looks through the archives of a lock file, every entry of them, and unpacks
// nothing.
func (a archives) read(lock *cargo.Lockfile) (contents, error) {
	all := contents{}
	for _, p := range lock.External {
		if p.Git() {
			continue
		}
		archive, err := a.find(p)
		if err == nil {
			all[p], err = archiveFiles(archive, p)
		}
		if err != nil {
			return nil, diag.Wrap(err, "verifying `%s` against Cargo.lock", p.ID())
		}
	}
	return all, nil
}
