package roots

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Files are the file operations of a search. All paths are absolute and clean.
type Files interface {
	// Lstat reports the type of what is at path, without following a link there.
	Lstat(path string) (fs.FileInfo, error)
	// Readlink returns the target of a link, as written.
	Readlink(path string) (string, error)
	// ReadFile reads a regular file, and must not wait for anything else.
	ReadFile(path string) ([]byte, error)
	// ReadDir lists a directory, sorted by name.
	ReadDir(path string) ([]fs.DirEntry, error)
}

// finder runs searches. It remembers what it parsed, so that one is made for
// one command.
type finder struct {
	files     Files
	cargoHome string
	manifests map[string]parsed
	plain     map[string]bool // files and directories with no link in their path, below the bound
	absent    map[string]bool // where nothing is
	markers   []Search        // for `.cargo/root`, one for each start
}

type parsed struct {
	manifest *cargo.Manifest
	err      error
}

func newFinder(files Files, cargoHome string) *finder {
	return &finder{files: files, cargoHome: cargoHome, manifests: map[string]parsed{}, plain: map[string]bool{}, absent: map[string]bool{}}
}

// errLeaves says that a path goes through a link that leads out of the bound.
var errLeaves = errors.New("a link leads out of the root")

// maxLinks is how many links may stand in one path; the kernel's number.
const maxLinks = 40

// follow returns where a path below bound leads, link by link, so that nothing
// outside is touched on the way: errLeaves if it would be, or begins there.
// Without a bound the path is as good as any.
func (f *finder) follow(path, bound string) (string, error) {
	if bound == "" || path == bound {
		return path, nil
	}
	if !Within(bound, path) {
		return "", errLeaves
	}
	if f.plain[path] {
		return path, nil
	}
	if f.absent[path] {
		return "", &fs.PathError{Op: "lstat", Path: path, Err: fs.ErrNotExist}
	}
	return f.walk(bound, path, bound, new(int))
}

// walk follows path, which is below from.
func (f *finder) walk(from, path, bound string, links *int) (string, error) {
	rest := strings.Split(strings.TrimPrefix(strings.TrimPrefix(path, from), string(filepath.Separator)), string(filepath.Separator))
	at := from
	for _, part := range rest {
		next := filepath.Join(at, part)
		if f.plain[next] {
			at = next
			continue
		}
		if f.absent[next] {
			return "", &fs.PathError{Op: "lstat", Path: next, Err: fs.ErrNotExist}
		}
		info, err := f.files.Lstat(next)
		if err != nil {
			f.absent[next] = errors.Is(err, fs.ErrNotExist)
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			f.plain[next] = true
			at = next
			continue
		}
		if *links++; *links > maxLinks {
			return "", &fs.PathError{Op: "open", Path: path, Err: errors.New("too many levels of symbolic links")}
		}
		target, err := f.files.Readlink(next)
		if err != nil {
			return "", err
		}
		if at, err = f.target(at, filepath.FromSlash(target), bound, links); err != nil {
			return "", err
		}
	}
	return at, nil
}

// target follows the target of a link in dir, part by part as the kernel does:
// `..` is the parent of what is behind a link, not of the link.
func (f *finder) target(dir, target, bound string, links *int) (string, error) {
	at := dir
	if filepath.IsAbs(target) {
		below, ok := cutBound(target, bound)
		if !ok {
			return "", errLeaves
		}
		at, target = bound, below
	}
	for i, part := range strings.Split(target, string(filepath.Separator)) {
		if i > 0 && at != bound && !f.isDirAt(at, bound) {
			return "", &fs.PathError{Op: "open", Path: at, Err: errors.New("not a directory")}
		}
		switch part {
		case "", ".":
			continue
		case "..":
			if at == bound {
				return "", errLeaves
			}
			at = filepath.Dir(at)
			continue
		}
		var err error
		if at, err = f.walk(at, filepath.Join(at, part), bound, links); err != nil {
			return "", err
		}
	}
	return at, nil
}

// cutBound takes bound off the front of an absolute path that need not be clean.
// A path that reaches bound by way of another place leaves it.
func cutBound(path, bound string) (below string, ok bool) {
	parts := strings.Split(path, string(filepath.Separator))
	for part := range strings.SplitSeq(bound, string(filepath.Separator)) {
		for len(parts) > 0 && part != "" && (parts[0] == "" || parts[0] == ".") {
			parts = parts[1:]
		}
		switch {
		case part == "":
		case len(parts) == 0 || parts[0] != part:
			return "", false
		default:
			parts = parts[1:]
		}
	}
	return strings.Join(parts, string(filepath.Separator)), true
}

// exists reports whether there is anything at path, as cargo asks: a link that
// leads nowhere is nothing. What cannot be looked at counts as absent: no search
// may fail because of somebody else's directory. A link that leaves the bound is
// there, and reading it is an error.
func (f *finder) exists(path, bound string) bool {
	if bound == "" || !Within(bound, path) { // the cargo home
		bound = topOf(path)
		if info, err := f.files.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return err == nil
		}
	}
	_, err := f.follow(path, bound)
	return err == nil || errors.Is(err, errLeaves)
}

// isDirAt reports whether there is a directory at path, or behind a link there.
func (f *finder) isDirAt(path, bound string) bool {
	if bound == "" {
		bound = topOf(path)
	}
	real, err := f.follow(path, bound)
	if err != nil {
		return false
	}
	info, err := f.files.Lstat(real)
	return err == nil && info.IsDir()
}

// topOf is the top of the file system that holds a path.
func topOf(path string) string { return filepath.VolumeName(path) + string(filepath.Separator) }

// read reads a file below bound.
func (f *finder) read(path, bound string) ([]byte, error) {
	real, err := f.follow(path, bound)
	if errors.Is(err, errLeaves) {
		return nil, diag.New(diag.ExitPolicy, "`%s` is, or lies behind, a link that leads out of the root `%s`", path, bound).
			In(path, 0, 0).
			WithHelp("replace the link by what it leads to: what lies outside is no part of the root")
	}
	if err != nil {
		return nil, err
	}
	return f.files.ReadFile(real)
}

// parse reads a manifest once.
func (f *finder) parse(path, bound string) (*cargo.Manifest, error) {
	if p, ok := f.manifests[path]; ok {
		return p.manifest, p.err
	}
	var p parsed
	data, err := f.read(path, bound)
	if err != nil {
		p.err = diag.Wrap(err, "failed to read `%s`", path)
	} else {
		p.manifest, p.err = cargo.ParseManifest(path, data)
	}
	f.manifests[path] = p
	return p.manifest, p.err
}
