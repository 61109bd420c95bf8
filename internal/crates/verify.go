package crates

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// maxUnpacked bounds what one archive may unpack to, so that a bomb ends as an
// error. The largest crates of the registry unpack to a few hundred MB.
const maxUnpacked = 2 << 30 // bytes

// checksumFile is what cargo vendor writes into each package.
const checksumFile = ".cargo-checksum.json"

// verify checks a vendored tree against the lock file, package by package:
// nothing but locked packages is there; a registry package holds only files
// that are byte for byte in an archive whose SHA-256 is the one in Cargo.lock;
// a git package (whose commit git has checked) holds what its list says.
// archives is cargo's directory of downloaded .crate files.
func verify(tree, archives string, lock *cargo.Lockfile) error {
	entries, err := os.ReadDir(tree)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, e := range entries {
		if !e.IsDir() { // what lies behind a link would be verified, and the link delivered
			return diag.New(diag.ExitLock, "cargo vendor delivered %q, which is no directory", e.Name())
		}
		there[e.Name()] = true
	}
	for _, p := range lock.External {
		dir := p.Name + "-" + p.Version
		if !there[dir] {
			return diag.New(diag.ExitLock, "cargo vendor did not deliver `%s`", p.ID())
		}
		delete(there, dir)
		if err := verifyPackage(filepath.Join(tree, dir), archives, p); err != nil {
			return diag.Wrap(err, "verifying `%s` against Cargo.lock", p.ID())
		}
	}
	for name := range there {
		return diag.New(diag.ExitLock, "cargo vendor delivered %q, which Cargo.lock does not name", name)
	}
	return nil
}

func verifyPackage(dir, archives string, p cargo.LockedPackage) error {
	files, err := hashFiles(dir)
	if err != nil {
		return err
	}
	var list struct {
		Files   map[string]string `json:"files"`
		Package *string           `json:"package"`
	}
	data, err := os.ReadFile(filepath.Join(dir, checksumFile))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return diag.Wrap(err, "reading `%s`", checksumFile)
	}
	delete(files, checksumFile)
	want := list.Files
	if !p.Git() {
		if list.Package == nil || *list.Package != p.Checksum {
			return mismatch(p, "the registry's archive has another checksum")
		}
		archive, err := findArchive(archives, p)
		if err != nil {
			return err
		}
		if want, err = archiveFiles(archive, p); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch sum, ok := want[name]; {
		case !ok:
			return mismatch(p, "the file %q is not in the package", name)
		case sum != files[name]:
			return mismatch(p, "the file %q was changed", name)
		}
	}
	return nil
}

func mismatch(p cargo.LockedPackage, format string, args ...any) error {
	return diag.New(diag.ExitLock, format, args...).
		Note("Cargo.lock says %s for `%s`", p.Checksum, p.ID()).
		WithHelp("if a mirror is configured, see whether it serves the original archives")
}

// hashFiles returns the SHA-256 of every file below dir. Links and special
// files are refused: an archive could aim them at another crate
// (CVE-2026-5223).
func hashFiles(dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return diag.New(diag.ExitPolicy, "%q is a link or a special file, which a crate may not hold", name)
		}
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		sums[name], err = sum(f)
		return err
	})
	return sums, err
}

func sum(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

// findArchive returns the downloaded .crate file of a package with the right
// checksum. cargo keeps one directory a registry.
func findArchive(archives string, p cargo.LockedPackage) (string, error) {
	candidates, err := downloaded(archives, p)
	if err != nil {
		return "", err
	}
	for _, c := range candidates {
		got, err := sumFile(c)
		if err != nil {
			return "", err
		}
		if got == p.Checksum {
			return c, nil
		}
	}
	if len(candidates) > 0 {
		return "", mismatch(p, "the downloaded archive has another checksum")
	}
	return "", diag.New(diag.ExitLock, "there is no archive to check it against").
		Note("a `directory` or `local-registry` source of the user's configuration delivers no archive").
		WithHelp("use a registry mirror, or vendor inside the root: cargo vendor")
}

// downloaded returns the archives of a package, of whatever content, one for
// each registry at most.
func downloaded(archives string, p cargo.LockedPackage) ([]string, error) {
	// Not Glob: the path of the store may hold what that takes for a pattern.
	found, err := fs.Glob(os.DirFS(archives), "*/"+p.Name+"-"+p.Version+".crate")
	for i := range found {
		found[i] = filepath.Join(archives, filepath.FromSlash(found[i]))
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

// archiveFiles returns the SHA-256 of each file of a .crate archive, by its
// path below the archive's one directory.
func archiveFiles(archive string, p cargo.LockedPackage) (map[string]string, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readArchive(f, p.Name+"-"+p.Version, maxUnpacked)
}

// readArchive is archiveFiles of an archive that unpacks to less than limit
// bytes, with everything below the directory top.
func readArchive(r io.Reader, top string, limit int64) (map[string]string, error) {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, diag.Wrap(err, "unpacking the archive")
	}
	bounded := &io.LimitedReader{R: unzipped, N: limit}
	sums := map[string]string{}
	for tr := tar.NewReader(bounded); ; {
		h, err := tr.Next()
		if bounded.N == 0 { // before all else: the bound looks like the end
			return nil, bomb(limit)
		}
		if errors.Is(err, io.EOF) {
			return sums, nil
		}
		if err != nil {
			return nil, diag.Wrap(err, "unpacking the archive")
		}
		name, ok := strings.CutPrefix(path.Clean(h.Name), top+"/")
		switch {
		case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
			continue
		case h.Typeflag != tar.TypeReg:
			return nil, diag.New(diag.ExitPolicy, "the archive holds a link or a special file, %q", h.Name)
		case !ok || !filepath.IsLocal(name):
			return nil, diag.New(diag.ExitPolicy, "the archive holds %q, outside its directory", h.Name)
		}
		sums[name], err = sum(tr)
		if bounded.N == 0 {
			return nil, bomb(limit)
		}
		if err != nil {
			return nil, diag.Wrap(err, "unpacking the archive")
		}
	}
}

func bomb(limit int64) error {
	return diag.New(diag.ExitPolicy, "the archive unpacks to %d bytes or more", limit)
}
