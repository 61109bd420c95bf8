package build

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/crates"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// vendored returns the files of the root that lie in directory sources of its own
// configuration, after it has seen to it that none was changed by hand.
//
// cargo takes the packages there for immutable: it compiles none again because a
// file changed. So they count as what a target directory was made from.
func (p *prepared) vendored() ([]string, error) {
	dirs, err := p.project.directorySources()
	if err != nil || len(dirs) == 0 {
		return nil, err
	}
	sums := map[string]string{}
	var files []string
	for _, e := range p.tree.Entries {
		inside := slices.ContainsFunc(dirs, func(dir string) bool { return dir == "." || strings.HasPrefix(e.Path, dir+"/") })
		if !inside {
			continue
		}
		files = append(files, e.Path)
		if e.Kind == digest.File {
			sums[e.Path] = e.Content.Hex()
		}
	}
	for _, dir := range dirs {
		if err := crates.CheckVendored(dir, sums, p.project.read); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// directorySources are the directories of the root that stand in for a registry or
// a repository, relative to it.
func (p *Project) directorySources() ([]string, error) {
	merged := p.Contents.Configuration.Merged
	var dirs []string
	for name := range cargo.SourcesOf(merged).Sources {
		value := merged.Get("source", name, "directory")
		if value.Text() == "" {
			continue
		}
		dir, err := filepath.EvalSymlinks(value.Path(p.Root))
		if errors.Is(err, fs.ErrNotExist) {
			continue // cargo says so if it wants it
		}
		if err != nil {
			return nil, err
		}
		rel, err := p.relative(dir)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, filepath.ToSlash(rel))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), nil
}
