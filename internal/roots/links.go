package roots

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Link is a symbolic link of a tree that no copy of the tree can follow.
type Link struct {
	Path   string
	Target string // as written
	Why    string // for people
}

// Astray lists the links below root that lead out of it, and those that name
// their target by an absolute path, which is another place on another machine.
// Of what is covered (names at the top of root) only a link in its place counts.
// No link is followed out of the root.
func Astray(files Files, root string, coveredNames []string) ([]Link, error) {
	f := newFinder(files, "")
	var found []Link
	var visit func(dir string) error
	visit = func(dir string) error {
		entries, err := files.ReadDir(dir)
		if errors.Is(err, syscall.ENAMETOOLONG) {
			return diag.New(diag.ExitPolicy, "the path `%s` is longer than the kernel takes, so nothing in it can be looked at", dir).
				WithHelp("remove it, or make it shorter than 4096 bytes")
		}
		if err != nil {
			return diag.Wrap(err, "looking for links in `%s`", dir)
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			switch {
			case e.Type()&fs.ModeSymlink != 0:
				why, target, err := f.astray(path, root)
				if err != nil {
					return err
				}
				if why != "" {
					found = append(found, Link{path, target, why})
				}
			case e.IsDir() && (dir != root || !slices.Contains(coveredNames, e.Name())):
				if err := visit(path); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return found, visit(root)
}

// astray says why a link leads where no build can follow, or nothing. A link to
// nothing, or in a circle, inside the root is the project's own affair.
func (f *finder) astray(path, root string) (why, target string, err error) {
	if target, err = f.files.Readlink(path); err != nil {
		return "", "", diag.Wrap(err, "looking at the link `%s`", path)
	}
	if filepath.IsAbs(filepath.FromSlash(target)) {
		return "by an absolute path, which is another place on another machine", target, nil
	}
	if _, err := f.follow(path, root); errors.Is(err, errLeaves) {
		return "out of the root", target, nil
	}
	return "", target, nil
}
