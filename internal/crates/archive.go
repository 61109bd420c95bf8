package crates

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// What one archive may unpack to, so that a bomb ends as an error: cargo's own
// bound (half a GiB, or twenty times the archive if that is more), and never more
// than maxUnpacked. Crates of the registry unpack to a few hundred MB at most.
const (
	cargoUnpacks = 512 << 20 // bytes
	cargoRatio   = 20
	maxUnpacked  = 2 << 30 // bytes
)

// archiveFiles returns the SHA-256 of each file of a .crate archive, by its
// path below the archive's one directory.
func archiveFiles(archive string, p cargo.LockedPackage) (map[string]string, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	limit := min(max(cargoUnpacks, cargoRatio*info.Size()), maxUnpacked)
	return readArchive(f, p.Name+"-"+p.Version, limit)
}

// readArchive is archiveFiles of an archive that unpacks to less than limit
// bytes, with everything below the directory top.
func readArchive(r io.Reader, top string, limit int64) (map[string]string, error) {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, diag.Wrap(err, "unpacking the archive")
	}
	bounded := &io.LimitedReader{R: unzipped, N: limit}
	sums, seen := map[string]string{}, names{}
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
		switch h.Typeflag {
		case tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg, tar.TypeDir:
		default:
			return nil, diag.New(diag.ExitPolicy, "the archive holds a link or a special file, %q", h.Name)
		}
		name, ok := below(top, h.Name)
		switch {
		case !ok || name == "" && h.Typeflag == tar.TypeReg:
			return nil, diag.New(diag.ExitPolicy, "the archive holds %q, outside its directory", h.Name)
		case name == "":
			continue
		}
		if err := seen.add(name, h.Typeflag == tar.TypeDir); err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		if h.Size > limit { // the reader would only say that the file is cut off
			return nil, bomb(limit)
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

// below returns a name of an archive without its top directory, and whether it
// is there; for that directory itself the name is empty. No `..` is resolved: what
// that leads to, programs decide differently.
func below(top, name string) (string, bool) {
	if slices.Contains(strings.Split(name, "/"), "..") {
		return "", false
	}
	if clean := path.Clean(name); clean != top {
		return strings.CutPrefix(clean, top+"/")
	}
	return "", true
}

func bomb(limit int64) error {
	return diag.New(diag.ExitPolicy, "the archive unpacks to %d bytes or more", limit)
}

// names are those of an archive's files and directories, by what a file system
// that does not tell case takes them for.
type names map[string]struct {
	name      string
	directory bool
}

// add refuses a name that unpacks to different trees with different programs or
// on different file systems: a file that is there twice, a file that is a
// directory as well, and two names that differ only in case.
func (n names) add(name string, directory bool) error {
	if dir := path.Dir(name); dir != "." {
		if err := n.add(dir, true); err != nil {
			return err
		}
	}
	folded := strings.ToLower(strings.ToUpper(name)) // letters with two lower forms, such as `ſ` and `s`
	old, ok := n[folded]
	switch {
	case !ok:
		old.name, old.directory = name, directory
		n[folded] = old
	case old.name != name:
		return diag.New(diag.ExitPolicy, "the archive holds %q and %q, whose names differ only in case", old.name, name)
	case !directory || !old.directory:
		return diag.New(diag.ExitPolicy, "the archive holds %q twice", name)
	}
	return nil
}
