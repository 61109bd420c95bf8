package system

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// view is a layer as a process in it will see it: names are resolved by the
// links of the layer, not by those of the host.
type view struct {
	plan     *plan
	children map[string][]string // by directory, sorted
}

func newView(p *plan) *view {
	v := &view{plan: p, children: map[string][]string{"": nil}}
	for _, name := range slices.Sorted(maps.Keys(p.entries)) {
		for name != "" {
			dir := parent(name)
			_, known := v.children[dir]
			v.children[dir] = append(v.children[dir], path.Base(name))
			if known && dir != "" {
				break // its own name is there already
			}
			name = dir
		}
	}
	for dir, names := range v.children {
		slices.Sort(names)
		v.children[dir] = slices.Compact(names)
	}
	return v
}

// resolve returns the canonical name of a file or directory of the layer; ok is
// false where there is none.
func (v *view) resolve(name string) (at string, ok bool) {
	rest := strings.TrimLeft(name, "/")
	for hops := 0; rest != ""; {
		first, after, _ := strings.Cut(rest, "/")
		rest = strings.TrimLeft(after, "/")
		switch first {
		case ".":
			continue
		case "..":
			at = parent(at)
			continue
		}
		next := path.Join(at, first)
		e, there := v.plan.entries[next]
		if there && e.target != "" {
			if hops++; hops > maxLinks {
				return "", false
			}
			if path.IsAbs(e.target) {
				at = ""
			}
			rest = strings.TrimLeft(e.target+"/"+rest, "/")
			continue
		}
		if !there && !v.isDir(next) || there && rest != "" {
			return "", false
		}
		at = next
	}
	return at, true
}

func (v *view) isDir(canonical string) bool {
	_, there := v.children[canonical]
	return there
}

// isLink reports whether the last component of a path is a link.
func (v *view) isLink(dir, name string) bool {
	return v.plan.entries[path.Join(dir, name)].target != ""
}

// file returns the canonical name of a regular file.
func (v *view) file(name string) (string, bool) {
	at, ok := v.resolve(name)
	return at, ok && !v.isDir(at)
}

// dir returns the canonical name of a directory.
func (v *view) dir(name string) (string, bool) {
	at, ok := v.resolve(name)
	return at, ok && v.isDir(at)
}

// glob returns the names that match an absolute pattern, in the order of their
// bytes, as glob(3) does in the C locale: a leading dot matches itself only.
func (v *view) glob(pattern string) []string {
	found := []string{""}
	for part := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, base := range found {
			dir, ok := v.dir(base)
			if !ok {
				continue
			}
			for _, name := range v.children[dir] {
				if matches(part, name) {
					next = append(next, base+"/"+name)
				}
			}
		}
		found = next
	}
	slices.Sort(found)
	return found
}

// matches reports whether a component matches. A pattern that is none stands
// for itself.
func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	if err != nil {
		return pattern == name
	}
	return ok && (name[0] != '.' || pattern[0] == '.')
}
