package roots

import (
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
)

// workspace looks for the workspace of a manifest: its own, the one that its
// `package.workspace` names, or the nearest one above it that does not exclude
// it. The result is the directory of the workspace's manifest, and ok is false
// if the package stands alone. A pointer out of the bound is not followed: then
// the package stands alone for us, and package inspect refuses it.
//
// The search ends below `target/package`, where `cargo package` unpacks what it
// verifies, and above CARGO_HOME, where sources of others lie.
func (f *finder) workspace(manifest, bound string) (s Search, dir string, ok bool, err error) {
	start := filepath.Dir(manifest)
	s.Route = Route{Start: start, Bound: bound}
	s.step(start)
	own, err := f.parse(manifest, bound)
	if err != nil {
		s.saw(manifest, Fatal, err.Error())
		return s, "", false, err
	}
	switch {
	case own.IsWorkspace && !excludes(own, start, manifest):
		s.saw(manifest, Used, "a workspace of its own")
		s.Ended = "found"
		return s, start, true, nil
	case own.Pointer != nil && !own.IsWorkspace:
		dir, ok = s.pointed(manifest, own.Pointer.Path, bound)
		return s, dir, ok, nil
	}
	s.saw(manifest, Ignored, "a package, not a workspace")
	if start == bound {
		return s, "", false, nil
	}
	last := ""
	for _, dir := range (Route{Start: filepath.Dir(start), Bound: bound}).Dirs() {
		if dir == start {
			break // the start is the top of the file system
		}
		switch {
		case endsWithTargetPackage(dir):
			s.Ended = "at `target/package`"
		case last != "" && last == f.cargoHome:
			s.Ended = "above CARGO_HOME"
		}
		if s.Ended != "" {
			break
		}
		last = dir
		s.step(dir)
		path := filepath.Join(dir, "Cargo.toml")
		if !f.exists(path, bound) {
			continue
		}
		m, err := f.parse(path, bound)
		switch {
		case err != nil:
			s.saw(path, Fatal, err.Error())
			return s, "", false, err
		case m.IsWorkspace && !excludes(m, dir, manifest):
			s.saw(path, Used, "")
			s.Ended = "found"
			return s, dir, true, nil
		case m.IsWorkspace:
			s.saw(path, Ignored, "it excludes the package")
		case m.Pointer != nil:
			target, ok := s.pointed(path, m.Pointer.Path, bound)
			return s, target, ok, nil
		default:
			s.saw(path, Ignored, "a package, not a workspace")
		}
	}
	return s, "", false, nil
}

// excludes reports whether the workspace in dir leaves out a manifest.
func excludes(m *cargo.Manifest, dir, manifest string) bool {
	return len(m.Exclude) > 0 && Within(dir, manifest) && m.Excludes(filepath.ToSlash(strings.TrimPrefix(manifest[len(dir):], string(filepath.Separator))))
}

// pointed follows `package.workspace` of a manifest.
func (s *Search) pointed(manifest, pointer, bound string) (dir string, ok bool) {
	dir = join(filepath.Dir(manifest), pointer)
	s.Ended = "`package.workspace`"
	if bound != "" && !Within(bound, dir) {
		s.saw(manifest, Ignored, "its `package.workspace` leads out of the root, to `"+dir+"`")
		return "", false
	}
	s.saw(manifest, Used, "its `package.workspace` names `"+dir+"`")
	return dir, true
}

// join is where a path of a manifest leads, lexically, as cargo joins paths.
func join(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func endsWithTargetPackage(dir string) bool {
	return filepath.Base(dir) == "package" && filepath.Base(filepath.Dir(dir)) == "target"
}

// checkout looks for the version-control checkout that holds a directory. As
// version control does it takes the nearest; what it is, a repository or the
// file of a worktree, does not matter.
func (f *finder) checkout(route Route) (Search, string, bool) {
	s, ok := f.firstOf(route, ".git")
	if !ok {
		return s, "", false
	}
	return s, s.Steps[len(s.Steps)-1].Dir, true
}
