package landlock

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// access says what may be done below a path.
type access uint8

const (
	list    access = 1 << iota // list directories
	read                       // read files
	execute                    // run programs
	write                      // everything else but device nodes
)

// rule allows access to a path of the host and, if it is a directory, to all
// that lies below.
type rule struct {
	Path   string
	Access access
	Is     *identity `json:",omitempty"` // which file Path is, once that is known
	// Listed: nobody asked for it, it was in a directory of which something is hidden.
	// Where others work too, as in /tmp, it may go away: then it has no rule.
	Listed bool `json:",omitempty"`
}

// identity is which file a path was, so that one that is exchanged before the
// rule is made is noticed (E09).
type identity struct {
	Dev, Ino uint64
}

// pair is a place of the Spec and where on the host it is.
type pair struct{ place, host string }

// layout is a Spec with the places of the host.
type layout struct {
	pairs     []pair // longest place first
	allowed   []rule
	hidden    []string
	links     []spec.Link // that the host must have
	dirs      []string    // to be made in Scratch
	newLinks  []spec.Link // to be made in Scratch
	files     []spec.File // to be written in Scratch
	redirects []spec.File // answered by the supervisor: nothing can be put there
	proc      bool
}

// relocate decides where on the host each place of s is. A mount whose source
// is its target stays. Of all others the place is replaced by the source
// wherever it is written: in argv, environment, directory and files. What has
// no source (small files, empty directories) is made in s.Scratch.
//
// It is pure. Nested mounts are refused, since their places would have two.
func relocate(s *spec.Spec) (*layout, error) {
	l := &layout{}
	scratch := func(place string) string { return filepath.Join(s.Scratch, place) }
	tops := map[string]bool{} // top-level directories that are not the host's
	for _, m := range s.Mounts {
		if m.Kind != spec.Cover && m.Kind != spec.Proc && (m.Kind == spec.Tmpfs || m.Source != m.Target) {
			tops[top(m.Target)] = true
		}
	}
	for _, m := range s.Mounts {
		if m.Source == m.Target || m.Kind == spec.Bind && m.Target == top(m.Target) {
			delete(tops, top(m.Target)) // the host's, or a place of its own
		}
	}
	for name := range tops {
		l.pairs = append(l.pairs, pair{name, scratch(name)})
	}
	for _, m := range s.Mounts {
		rights := list | read | execute
		if m.NoExec {
			rights &^= execute
		}
		if m.Writable || m.Kind == spec.Tmpfs {
			rights |= write
		}
		switch {
		case m.Kind == spec.Proc:
			l.proc = true
		case m.Kind == spec.Cover: // when all pairs are known
		case m.Kind == spec.Device && m.Source == m.Target:
			l.allowed = append(l.allowed, rule{Path: m.Source, Access: read | write})
		case m.Kind == spec.Bind && m.Source == m.Target:
			l.allowed = append(l.allowed, rule{Path: m.Source, Access: rights})
		case m.Kind == spec.Bind && m.File:
			l.newLinks = append(l.newLinks, spec.Link{Path: scratch(m.Target), Target: m.Source})
			l.allowed = append(l.allowed, rule{Path: m.Source, Access: rights})
		case m.Kind == spec.Bind:
			l.pairs = append(l.pairs, pair{m.Target, m.Source})
			l.allowed = append(l.allowed, rule{Path: m.Source, Access: rights})
		case m.Kind == spec.Tmpfs:
			l.pairs = append(l.pairs, pair{m.Target, scratch(m.Target)})
			l.dirs = append(l.dirs, scratch(m.Target))
			l.allowed = append(l.allowed, rule{Path: scratch(m.Target), Access: rights})
		default:
			return nil, fmt.Errorf("a mount of kind `%s` at `%s` cannot be had without mounting", m.Kind, m.Target)
		}
	}
	if err := l.order(); err != nil {
		return nil, err
	}
	for _, m := range s.Mounts {
		if m.Kind == spec.Cover {
			l.hidden = append(l.hidden, l.place(m.Target))
		}
	}
	for _, d := range s.Dirs {
		if p := l.place(d.Path); p != d.Path {
			l.dirs = append(l.dirs, p)
		}
	}
	for _, f := range s.Files {
		if p := l.place(f.Path); p != f.Path {
			l.files = append(l.files, spec.File{Path: p, Data: l.text(f.Data)})
		} else {
			l.redirects = append(l.redirects, f)
		}
	}
	for _, k := range s.Links {
		if p := l.place(k.Path); p != k.Path {
			l.newLinks = append(l.newLinks, spec.Link{Path: p, Target: l.text(k.Target)})
		} else {
			l.links = append(l.links, k)
		}
	}
	if len(tops) > 0 {
		l.allowed = append(l.allowed, rule{Path: s.Scratch, Access: list | read})
	}
	return l, nil
}

// order sorts the pairs so that the longest place is tried first.
func (l *layout) order() error {
	slices.SortFunc(l.pairs, func(a, b pair) int { return len(b.place) - len(a.place) })
	for i, inner := range l.pairs {
		for _, outer := range l.pairs[i+1:] {
			// Top-level directories of the scratch are made to hold others.
			if within(outer.place, inner.place) && !strings.HasSuffix(outer.host, outer.place) {
				return fmt.Errorf("`%s` lies in `%s`, and nothing can be mounted there", inner.place, outer.place)
			}
		}
	}
	return nil
}

// place returns where on the host a place is.
func (l *layout) place(p string) string {
	for _, pair := range l.pairs {
		if within(pair.place, p) {
			return pair.host + p[len(pair.place):]
		}
	}
	return p
}

// text replaces every place that stands in a text by where it is on the host.
func (l *layout) text(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		p, ok := l.at(s, i)
		if !ok {
			b.WriteByte(s[i])
			i++
			continue
		}
		b.WriteString(p.host)
		i += len(p.place)
	}
	return b.String()
}

// at returns the pair whose place begins at s[i]. A place ends where its last
// name ends, and begins where a path can begin.
func (l *layout) at(s string, i int) (pair, bool) {
	const before, after = "=:,;\"' \t\n([@", "/:,;\"' \t\n)]"
	// After `file://` comes the path, where a URL names no host (RFC 8089).
	if i > 0 && !strings.ContainsRune(before, rune(s[i-1])) && !strings.HasSuffix(s[:i], "file://") {
		return pair{}, false
	}
	for _, p := range l.pairs {
		rest, ok := strings.CutPrefix(s[i:], p.place)
		if ok && (rest == "" || strings.ContainsRune(after, rune(rest[0]))) {
			return p, true
		}
	}
	return pair{}, false
}

// texts is text for a list.
func (l *layout) texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = l.text(s)
	}
	return out
}

// top returns the top-level directory of a place.
func top(place string) string {
	place = path.Clean(place)
	if i := strings.IndexByte(place[1:], '/'); i >= 0 {
		return place[:i+1]
	}
	return place
}

// within reports whether p is dir or lies below it. Both are clean.
func within(dir, p string) bool {
	return dir == "/" || p == dir || strings.HasPrefix(p, dir+"/")
}
