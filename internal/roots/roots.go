// Package roots decides which directories cargo's upward searches may look at,
// and what they find there: configuration, first manifest, workspace, toolchain
// file and version control.
//
// It follows the semantics of rust-lang/cargo#15620 as DESIGN section 4 mends
// them. Roots come from `--root`, `CARGO_ROOTS` and the nearest `.cargo/root`;
// the deepest root that contains a start bounds the search from there, and is
// itself looked at. Paths are compared as they are written. Nothing above a
// root is looked at in any way, and no link is followed out of it.
//
// What bounds a search that starts in no root is told by Default: for a
// hermetic build the workspace, for `--isolation roots` the draft's rules.
//
// It is pure over a few file operations. It finds; what a found file may name
// is package inspect's business.
package roots

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Marker is the file that makes the directory above `.cargo` a root.
const Marker = ".cargo/root"

// Source is what made a directory a root, or the end of a search.
type Source string

// Sources.
const (
	FromFlag      Source = "--root"
	FromVariable  Source = "CARGO_ROOTS"
	FromMarker    Source = Marker
	FromHome      Source = "home"           // only while CARGO_ROOTS is not set, and for Draft
	FromWorkspace Source = "workspace"      // only for Hermetic
	FromCheckout  Source = "checkout"       // until a workspace is found, for Hermetic
	FromManifest  Source = "first manifest" // of a start outside every root; for Hermetic as FromCheckout
	FromStart     Source = "start"          // outside every root: nothing but the start
)

// Root is a directory that bounds searches.
type Root struct {
	Dir    string `json:"dir"`
	Source Source `json:"source"`
}

// Route is where an upward search looks: Start, and its ancestors up to Bound
// inclusive. Without a bound it goes to the top of the file system.
type Route struct {
	Start  string `json:"start"`
	Bound  string `json:"bound,omitempty"`
	Source Source `json:"source,omitempty"` // of the bound
}

// Dirs are the directories of the route in the order of the search.
func (r Route) Dirs() []string {
	var dirs []string
	for dir := r.Start; ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if dir == r.Bound || dir == filepath.Dir(dir) {
			return dirs
		}
	}
}

// Default says what bounds a search whose start is in no explicit root.
type Default int

const (
	// Hermetic: the root is the workspace. The search for it does not leave the
	// version-control checkout that holds the package, and without a checkout
	// not the package.
	Hermetic Default = iota
	// Draft: as rust-lang/cargo#15620 has it. While CARGO_ROOTS is not set the
	// home is a root. Outside every root only the start is searched, but for the
	// first manifest, which may be anywhere above and whose directory then bounds
	// the other searches.
	Draft
)

// Request is where a search starts and what bounds it. Paths are absolute and
// clean, except Roots and Variable, which may be relative to Cwd.
type Request struct {
	Cwd      string
	Manifest string   // of --manifest-path, or empty
	Roots    []string // of --root
	Variable []string // of CARGO_ROOTS, split; nil if it is not set
	Default  Default
	Home     string   // of the user; may be empty
	Cargo    string   // CARGO_HOME, where a workspace search ends; may be empty
	Covered  []string // names at the top of the root that are no part of it
}

// explicit collects the roots that somebody named, and the markers above the
// starts.
func (f *finder) explicit(req Request, starts []string) ([]Root, error) {
	var list []Root
	add := func(dirs []string, source Source) error {
		for _, dir := range dirs {
			if dir == "" {
				continue // as in every path list
			}
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(req.Cwd, dir)
			}
			dir = filepath.Clean(dir)
			if err := f.isRoot(dir); err != nil {
				return diag.New(diag.ExitUsage, "the root `%s`, given by %s, cannot be used", dir, source).
					Because(err).
					WithHelp("name a directory that exists, or leave it out")
			}
			list = append(list, Root{dir, source})
		}
		return nil
	}
	if err := add(req.Roots, FromFlag); err != nil {
		return nil, err
	}
	if err := add(req.Variable, FromVariable); err != nil {
		return nil, err
	}
	named := len(list) > 0
	if req.Default == Draft && req.Variable == nil && req.Home != "" {
		list = append(list, Root{filepath.Clean(req.Home), FromHome}) // it need not exist
	}
	for _, start := range starts {
		route := Route{Start: start}
		if above, ok := deepest(list, start); ok {
			route.Bound = above.Dir
		} else if named {
			route.Bound = start // whoever named roots wants nothing looked at above them
		}
		s, ok := f.firstMarker(route)
		if marked := (Root{s.Steps[len(s.Steps)-1].Dir, FromMarker}); ok && !slices.Contains(list, marked) {
			list = append(list, marked)
		}
		f.markers = append(f.markers, s)
	}
	return list, nil
}

// isRoot returns why a directory that somebody named cannot be a root. What is
// above it is not looked at, so where a link leads only listing it can tell.
func (f *finder) isRoot(dir string) error {
	info, err := f.files.Lstat(dir)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if _, err = f.files.ReadDir(dir); errors.Is(err, fs.ErrPermission) {
			return nil // it is there
		}
		return err
	}
	if err == nil && !info.IsDir() {
		return errors.New("not a directory")
	}
	return err
}

// deepest returns the root that bounds a search from start. Of two names for one
// directory the first counts.
func deepest(list []Root, start string) (Root, bool) {
	var found Root
	for _, r := range list {
		if Within(r.Dir, start) && (found.Dir == "" || len(r.Dir) > len(found.Dir)) {
			found = r
		}
	}
	return found, found.Dir != ""
}

// Within reports whether path is dir or below it, lexically.
func Within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
