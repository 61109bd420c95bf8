package crates

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// checksumFile is what cargo vendor writes into each package.
const checksumFile = ".cargo-checksum.json"

// verify checks a vendored tree against the lock file, package by package:
// nothing but locked packages is there; a registry package holds only files
// that are byte for byte in an archive whose SHA-256 is the one in Cargo.lock;
// a git package (whose commit git has checked) holds what its list says.
func verify(tree string, packed contents, lock *cargo.Lockfile) error {
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
		if err := verifyPackage(filepath.Join(tree, dir), packed, p); err != nil {
			return diag.Wrap(err, "verifying `%s` against Cargo.lock", p.ID())
		}
	}
	for name := range there {
		return diag.New(diag.ExitLock, "cargo vendor delivered %q, which Cargo.lock does not name", name)
	}
	return nil
}

func verifyPackage(dir string, packed contents, p cargo.LockedPackage) error {
	files, err := hashFiles(dir)
	if err != nil {
		return err
	}
	list, err := readChecksums(dir)
	if err != nil {
		return err
	}
	delete(files, checksumFile)
	want := list.Files
	if !p.Git() {
		if list.Package == nil || *list.Package != p.Checksum {
			return mismatch(p, "", "the registry's archive has another checksum")
		}
		var ok bool
		if want, ok = packed[p]; !ok {
			return mismatch(p, "", "its archive was not looked at")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch sum, ok := want[name]; {
		case !ok:
			return mismatch(p, "", "the file %q is not in the package", name)
		case sum != files[name]:
			return mismatch(p, "", "the file %q was changed", name)
		}
	}
	return nil
}

// checksums are what a package's checksumFile says.
type checksums struct {
	Files   map[string]string `json:"files"`
	Package *string           `json:"package"` // of its archive; null for a git package
}

func readChecksums(dir string) (c checksums, err error) {
	data, err := os.ReadFile(filepath.Join(dir, checksumFile))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, diag.Wrap(err, "reading `%s`", checksumFile)
	}
	return c, nil
}

// forgetFiles takes the files out of the lists of a tree that was verified: cargo
// would open and hash each of them in every build, before it compiles anything. What
// a crate holds is in the layer's digest, which is checked before the build and
// after it; cargo does not hash again what it has unpacked from a registry either.
func forgetFiles(tree string) error {
	entries, err := os.ReadDir(tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		dir := filepath.Join(tree, e.Name())
		c, err := readChecksums(dir)
		if err != nil {
			return err
		}
		c.Files = map[string]string{}
		data, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, checksumFile), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mismatch says that a package is not what Cargo.lock names. What is there instead
// is named if its digest is known.
func mismatch(p cargo.LockedPackage, got, format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.ExitLock, format, args...).Note("Cargo.lock says %s for `%s`", p.Checksum, p.ID())
	if got != "" {
		d = d.Note("here it is      %s", got)
	}
	return d.WithHelp("if a mirror is configured, see whether it serves the original archives")
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
