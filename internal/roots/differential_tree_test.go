//go:build !windows

package roots_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// entry is what stands at one path of a tree: a file, a link if link is set, or
// an empty directory.
type entry struct {
	content string
	link    string
	dir     bool
}

// tree is a directory tree that a search is run in. Its paths are relative to
// the top and slash separated; the top itself is the empty path.
type tree struct {
	name    string // seed and number, or that it is fuzzed
	entries map[string]entry
	root    string // given by Request.Roots
	cwd     string
	home    string // CARGO_HOME
	// manifest is that of --manifest-path, or empty.
	manifest string
	// outside says that cwd is not below root, so that the first manifest's
	// directory, or without one the start itself, is the bound.
	outside bool
}

// topMark stands in a file or link for the absolute path of the copy.
const topMark = "@TOP@"

// put adds an entry, unless its path is taken, lies below a file or a link, or
// has something below it already.
func (t *tree) put(at string, e entry) bool {
	if _, taken := t.entries[at]; taken || t.hasBelow(at) {
		return false
	}
	for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
		if above, ok := t.entries[dir]; ok && !above.dir {
			return false
		}
	}
	t.entries[at] = e
	return true
}

func (t *tree) hasBelow(at string) bool {
	for other := range t.entries {
		if strings.HasPrefix(other, at+"/") {
			return true
		}
	}
	return false
}

func (t *tree) hasLinkIn(dir string) bool {
	for at, e := range t.entries {
		if isIn(dir, at) && e.link != "" {
			return true
		}
	}
	return false
}

// exists reports whether there is anything at a path, through links: the answer
// of the generator, which the code under test has no part in.
func (t *tree) exists(at string) bool {
	at, ok := t.resolve(at, new(int))
	if _, isEntry := t.entries[at]; !ok || isEntry {
		return ok
	}
	return at == "" || t.hasBelow(at)
}

// resolve follows the links in a path.
func (t *tree) resolve(at string, links *int) (string, bool) {
	real := ""
	for part := range strings.SplitSeq(at, "/") {
		real = path.Join(real, part)
		e := t.entries[real]
		if e.link == "" {
			continue
		}
		target, absolute := strings.CutPrefix(e.link, topMark+"/")
		if !absolute {
			target = path.Join(path.Dir(real), e.link)
		}
		if *links++; *links > 10 || target == ".." || strings.HasPrefix(target, "../") {
			return "", false
		}
		var ok bool
		if real, ok = t.resolve(target, links); !ok {
			return "", false
		}
	}
	if real == "." {
		real = ""
	}
	return real, true
}

// bound is the directory where searches from a start end: the deepest of the
// root that was given and the nearest marker, and for a start outside the root
// the directory of the nearest manifest.
func (t *tree) bound(start string, forManifest bool) string {
	if isIn(t.root, start) {
		for dir := start; ; dir = above(dir) {
			if t.exists(path.Join(dir, ".cargo/root")) || dir == t.root {
				return dir
			}
		}
	}
	if t.exists(path.Join(start, ".cargo/root")) {
		return start
	}
	first, ok := t.firstManifest(start)
	if t.manifest != "" {
		first, ok = path.Dir(t.manifest), true
	}
	if ok && isIn(first, start) || ok && forManifest {
		return first
	}
	return start
}

func (t *tree) firstManifest(start string) (dir string, ok bool) {
	for dir := start; ; dir = above(dir) {
		if t.exists(path.Join(dir, "Cargo.toml")) {
			return dir, true
		}
		if dir == "" {
			return "", false
		}
	}
}

// above is the directory above, for which the top is the empty path.
func above(dir string) string {
	if dir = path.Dir(dir); dir == "." {
		return ""
	}
	return dir
}

func isIn(dir, at string) bool {
	return dir == "" || at == dir || strings.HasPrefix(at, dir+"/")
}

// write makes a copy of the tree at top: of what is below keep, of CARGO_HOME
// but for what upward searches look for, and of nothing else but the empty
// directories above them. An empty keep is the whole tree.
func (t *tree) write(top, keep string) error {
	home, ok := t.resolve(t.home, new(int))
	if !ok {
		home = t.home
	}
	linked := map[string]bool{} // what the files of CARGO_HOME are, if they are links
	for at := range t.entries {
		if real, ok := t.resolve(at, new(int)); ok && isIn(home, at) {
			linked[real] = true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(t.entries)) {
		name, _, _ := strings.Cut(strings.TrimPrefix(at, home+"/"), "/")
		ofHome := at == t.home || (isIn(home, at) || linked[at]) && !slices.Contains(discovered, name)
		if !isIn(keep, at) && !ofHome {
			continue
		}
		if err := t.entries[at].write(top, filepath.Join(top, at)); err != nil {
			return err
		}
	}
	for _, dir := range []string{t.cwd, t.root, keep, t.home} {
		real, ok := t.resolve(dir, new(int))
		if !ok {
			continue // a link in a circle
		}
		if err := os.MkdirAll(filepath.Join(top, real), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (e entry) write(top, at string) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	switch {
	case e.link != "":
		return os.Symlink(strings.ReplaceAll(e.link, topMark, top), at)
	case e.dir:
		return os.MkdirAll(at, 0o755)
	}
	return os.WriteFile(at, []byte(strings.ReplaceAll(e.content, topMark, top)), 0o644)
}

// withoutConfiguration empties the configuration files in a copy: where cargo
// cannot read them it says nothing of workspaces.
func (t *tree) withoutConfiguration(top string) error {
	for at := range t.entries {
		if name := path.Base(at); name != "config" && name != "config.toml" {
			continue
		}
		at := filepath.Join(top, at)
		if _, err := os.Lstat(at); os.IsNotExist(err) {
			continue // not in this copy
		}
		if err := os.RemoveAll(at); err != nil {
			return err
		}
		if err := os.WriteFile(at, nil, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// String prints the tree so that a person can make it again.
func (t *tree) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: root %q, cwd %q, CARGO_HOME %q, manifest path %q, outside %v\n", t.name, t.root, t.cwd, t.home, t.manifest, t.outside)
	for _, at := range slices.Sorted(maps.Keys(t.entries)) {
		switch e := t.entries[at]; {
		case e.link != "":
			fmt.Fprintf(&b, "-- %s -> %s\n", at, e.link)
		case e.dir:
			fmt.Fprintf(&b, "-- %s/\n", at)
		default:
			fmt.Fprintf(&b, "-- %s --\n%s", at, e.content)
		}
	}
	return b.String()
}
