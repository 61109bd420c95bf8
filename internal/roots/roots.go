// Package roots decides which directory bounds a build, and which manifest and
// workspace inside it are meant.
//
// It follows the semantics of rust-lang/cargo#15620 as DESIGN section 4 mends
// them: roots come from `--root`, `CARGO_ROOTS` and the nearest `.cargo/root`
// marker; the deepest root that contains the start wins; paths are compared
// lexically. With no explicit root the root is the workspace that a bounded
// search finds, and that search does not leave the version-control checkout
// that holds the package; without a checkout it does not leave the package.
//
// It is pure over the two file operations it needs, and never looks above an
// explicit root. Not here yet: the explanation of every step (`cargo hermetic
// roots`), and refusals of references that leave the root, which today end as
// cargo's own error inside the world.
package roots

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Marker is the file that makes the directory above `.cargo` a root.
const Marker = ".cargo/root"

// Files are the file operations of a search.
type Files interface {
	// Lstat reports the type of what is at path, without following a link.
	Lstat(path string) (fs.FileInfo, error)
	ReadFile(path string) ([]byte, error)
}

// Request is where a search starts and what bounds it. All paths are absolute
// and clean, except Roots and Variable, which may be relative to Cwd.
type Request struct {
	Cwd      string
	Manifest string   // of --manifest-path, or empty
	Roots    []string // of --root
	Variable []string // of CARGO_ROOTS, split
}

// Found is what a search found. Root contains Workspace and Manifest; Workspace
// contains the directory of Manifest, or is what a `package.workspace` names.
type Found struct {
	Root      string // the directory that bounds the build
	Why       string // which source made it the root, for people
	Manifest  string // the package's or workspace's Cargo.toml where cargo begins
	Workspace string // directory of the workspace root, where Cargo.lock is
}

// Find runs the searches.
func Find(files Files, req Request) (Found, error) {
	s := search{files}
	start := req.Cwd
	if req.Manifest != "" {
		start = filepath.Dir(req.Manifest)
	}
	bound, why, err := s.explicit(req, start)
	if err != nil {
		return Found{}, err
	}
	f := Found{Root: bound, Why: why, Manifest: req.Manifest}
	if f.Manifest == "" {
		dir, ok, err := s.upward(start, bound, "Cargo.toml")
		if err != nil {
			return Found{}, err
		}
		if !ok {
			return Found{}, noManifest(start, bound)
		}
		f.Manifest = filepath.Join(dir, "Cargo.toml")
	} else if !s.exists(f.Manifest) {
		return Found{}, diag.New(diag.ExitFailed, "manifest path `%s` does not exist", f.Manifest)
	}
	if bound == "" {
		bound, err = s.checkout(filepath.Dir(f.Manifest))
		if err != nil {
			return Found{}, err
		}
	}
	f.Workspace, err = s.workspace(f.Manifest, bound)
	if err != nil {
		return Found{}, err
	}
	// Only `package.workspace` can lead to one of these two. It is a word of the
	// project, and only the caller may say what a build can see.
	if !within(bound, f.Workspace) {
		what := "root"
		if f.Root == "" {
			what = "checkout or package"
		}
		return Found{}, outside(f.Manifest, "the workspace `%s` is outside the %s `%s`", f.Workspace, what, bound)
	}
	if f.Root == "" {
		f.Root, f.Why = f.Workspace, "workspace"
	}
	if !within(f.Root, f.Manifest) {
		return Found{}, outside(f.Manifest, "the workspace `%s` does not hold the package that points to it", f.Workspace)
	}
	return f, nil
}

func outside(manifest, format string, args ...any) error {
	return diag.New(diag.ExitPolicy, format, args...).
		In(manifest, 0, 0).
		WithHelp("name a root that holds both: --root DIR")
}

type search struct{ files Files }

// explicit returns the deepest explicit root that contains start, or "".
func (s search) explicit(req Request, start string) (root, why string, err error) {
	consider := func(list []string, source string) error {
		for _, r := range list {
			if r == "" {
				continue // as in every path list
			}
			if !filepath.IsAbs(r) {
				r = filepath.Join(req.Cwd, r)
			}
			r = filepath.Clean(r)
			info, err := s.files.Lstat(r)
			if err == nil && info.Mode()&fs.ModeSymlink == 0 && !info.IsDir() {
				err = errors.New("not a directory")
			}
			if err != nil {
				return diag.New(diag.ExitUsage, "the root `%s`, given by %s, cannot be used", r, source).Because(err)
			}
			if within(r, start) && len(r) > len(root) {
				root, why = r, source
			}
		}
		return nil
	}
	if err := consider(req.Roots, "--root"); err != nil {
		return "", "", err
	}
	if len(req.Roots) > 0 && root == "" {
		return "", "", diag.New(diag.ExitUsage, "no `--root` contains `%s`", start).
			WithHelp("name a directory above the package, or the package itself")
	}
	if err := consider(req.Variable, "CARGO_ROOTS"); err != nil {
		return "", "", err
	}
	dir, ok, err := s.upward(start, root, filepath.FromSlash(Marker))
	if err != nil {
		return "", "", err
	}
	if ok && len(dir) > len(root) {
		return dir, Marker, nil
	}
	return root, why, nil
}

// upward looks for name in start and its ancestors, up to and including bound;
// an empty bound means up to the top.
func (s search) upward(start, bound, name string) (dir string, ok bool, err error) {
	for dir := start; ; dir = filepath.Dir(dir) {
		if s.exists(filepath.Join(dir, name)) {
			return dir, true, nil
		}
		if dir == bound || dir == filepath.Dir(dir) {
			return "", false, nil
		}
	}
}

// exists reports whether there is anything at path. What cannot be looked at
// counts as absent: no search may fail because of somebody else's directory.
func (s search) exists(path string) bool {
	_, err := s.files.Lstat(path)
	return err == nil
}

// checkout returns the version-control checkout that holds dir, or dir.
func (s search) checkout(dir string) (string, error) {
	top, ok, err := s.upward(dir, "", ".git")
	if !ok || err != nil {
		return dir, err
	}
	return top, nil
}

// workspace returns the directory of the workspace that a manifest belongs to:
// its own, the one its `package.workspace` names, or the nearest one above it
// inside bound that does not exclude it. Otherwise the package stands alone.
func (s search) workspace(manifest, bound string) (string, error) {
	own, err := s.parse(manifest)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(manifest)
	if own.IsWorkspace {
		return dir, nil
	}
	if own.Pointer != "" {
		return pointed(dir, own.Pointer), nil
	}
	for up := dir; up != bound && up != filepath.Dir(up); {
		up = filepath.Dir(up)
		path := filepath.Join(up, "Cargo.toml")
		if !s.exists(path) {
			continue
		}
		m, err := s.parse(path)
		if err != nil {
			return "", err
		}
		rel, err := filepath.Rel(up, dir)
		if err != nil {
			return "", err
		}
		if m.IsWorkspace && !m.Excludes(filepath.ToSlash(rel)) {
			return up, nil
		}
		if m.Pointer != "" {
			return pointed(up, m.Pointer), nil
		}
	}
	return dir, nil
}

// pointed returns the directory that `package.workspace` of a manifest in dir
// names.
func pointed(dir, pointer string) string {
	pointer = filepath.FromSlash(pointer)
	if filepath.IsAbs(pointer) {
		return filepath.Clean(pointer)
	}
	return filepath.Join(dir, pointer)
}

func (s search) parse(path string) (*cargo.Manifest, error) {
	data, err := s.files.ReadFile(path)
	if err != nil {
		return nil, diag.Wrap(err, "failed to read `%s`", path)
	}
	return cargo.ParseManifest(path, data)
}

// within reports whether path is dir or below it, lexically.
func within(dir, path string) bool {
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+string(filepath.Separator))
}

func noManifest(start, bound string) error {
	d := diag.New(diag.ExitFailed, "could not find `Cargo.toml` in `%s` or any parent directory", start)
	if bound != "" {
		d = d.Note("the search ended at the root `%s`", bound)
	}
	return d.WithHelp("run this in a cargo project, or make one: cargo init")
}
