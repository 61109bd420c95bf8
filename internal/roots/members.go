package roots

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// memberPaths expands `members` of a workspace to manifests, in cargo's order:
// entry by entry, each sorted. A pattern that matches nothing stands for itself.
// What is outside the bound is passed over.
func (w *workspaceReader) memberPaths(m *cargo.Manifest) ([]string, error) {
	top := filepath.Dir(w.root)
	var paths []string
	for _, member := range m.Members {
		dir := join(top, member.Path)
		if !Within(w.bound, dir) {
			continue
		}
		if w.exists(dir, w.bound) && !w.isDir(dir) {
			continue // as cargo does with what a pattern matches by accident
		}
		dirs := []string{dir}
		if strings.ContainsAny(member.Path, "*?[") {
			rel, err := filepath.Rel(w.bound, dir)
			if err != nil {
				return nil, err
			}
			w.globbed = map[globbed]bool{}
			matched, err := w.glob(w.bound, strings.Split(filepath.ToSlash(rel), "/"))
			if err != nil {
				at := m.At(member)
				return nil, diag.New(diag.ExitFailed, "could not parse pattern `%s`", member.Path).
					Because(err).
					In(at.File, at.Line, at.Column).
					WithHelp("a `[` must be closed, and `**` must stand alone between slashes")
			}
			if len(matched) > 0 {
				dirs = slices.DeleteFunc(matched, func(dir string) bool { return !w.isDir(dir) })
			}
		}
		for _, dir := range dirs {
			paths = append(paths, filepath.Join(dir, "Cargo.toml"))
		}
	}
	return paths, nil
}

// isDir is isDirAt, and knows what a listing said.
func (w *workspaceReader) isDir(dir string) bool {
	if w.isDirectory[dir] {
		return true
	}
	return w.isDirAt(dir, w.bound)
}

// globbed is a directory that `**` was tried in, by its physical path, and how
// much of the pattern was left. Each is tried once: links that lead in a circle,
// or several `**`, would otherwise make more ways than anyone can go.
type globbed struct {
	dir  string
	left int
}

// glob returns what below dir matches a pattern, part by part, sorted. It is the
// pattern language of cargo's library: `*`, `?`, `[a-z]`, `[!a]`, and `**` for
// any number of directories. Hidden names match like any other.
func (w *workspaceReader) glob(dir string, pattern []string) ([]string, error) {
	if len(pattern) == 0 {
		return []string{dir}, nil
	}
	part, rest := pattern[0], pattern[1:]
	if !strings.ContainsAny(part, "*?[") {
		next := filepath.Join(dir, part)
		if !w.exists(next, w.bound) {
			return nil, nil
		}
		return w.glob(next, rest)
	}
	match := translated(part)
	if _, err := path.Match(match, ""); err != nil {
		return nil, err
	}
	if strings.Contains(part, "**") && part != "**" {
		return nil, path.ErrBadPattern
	}
	if !w.isDir(dir) {
		return nil, nil
	}
	real, err := w.follow(dir, w.bound)
	if err != nil {
		return nil, err
	}
	var found []string
	if part == "**" {
		if w.globbed[globbed{real, len(pattern)}] {
			return nil, nil
		}
		w.globbed[globbed{real, len(pattern)}] = true
		here, err := w.glob(dir, rest)
		if err != nil {
			return nil, err
		}
		if len(rest) > 0 {
			found = append(found, here...)
		}
	}
	entries, err := w.files.ReadDir(real)
	if err != nil {
		return nil, diag.Wrap(err, "listing `%s`", dir)
	}
	for _, e := range entries {
		next := filepath.Join(dir, e.Name())
		if real == dir && e.IsDir() { // the listing says so: no need to ask again
			w.plain[next], w.isDirectory[next] = true, true
		}
		below := rest
		if part == "**" {
			if !w.isDir(next) {
				continue
			}
			if len(rest) == 0 {
				found = append(found, next)
			}
			below = pattern
		} else if ok, err := path.Match(match, e.Name()); err != nil || !ok {
			continue
		}
		matched, err := w.glob(next, below)
		if err != nil {
			return nil, err
		}
		found = append(found, matched...)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// translated writes a pattern for path.Match, in which a backslash escapes and
// `^` negates.
func translated(pattern string) string {
	return strings.NewReplacer(`\`, `\\`, "[!", "[^").Replace(pattern)
}

// readers is how many manifests are read at a time.
const readers = 4

// prefetch parses manifests side by side. It changes nothing but the time: what
// is not plainly a file in a directory without links is left to the search.
func (w *workspaceReader) prefetch(paths []string) {
	if len(paths) < 2*readers {
		return
	}
	results := make([]parsed, len(paths))
	var wait sync.WaitGroup
	for reader := range readers {
		wait.Go(func() {
			for i := reader; i < len(paths); i += readers {
				if !w.plain[filepath.Dir(paths[i])] {
					continue
				}
				if info, err := w.files.Lstat(paths[i]); err != nil || !info.Mode().IsRegular() {
					continue
				}
				if data, err := w.files.ReadFile(paths[i]); err == nil {
					results[i].manifest, results[i].err = cargo.ParseManifest(paths[i], data)
				}
			}
		})
	}
	wait.Wait()
	for i, r := range results {
		if _, known := w.manifests[paths[i]]; r.manifest != nil && !known {
			w.manifests[paths[i]] = r
			w.plain[paths[i]] = true
		}
	}
}
