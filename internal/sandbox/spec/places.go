package spec

import (
	"errors"
	"fmt"
	"path"
	"unicode/utf8"
)

// thing is what a Spec has at a place of the view.
type thing struct {
	what    string
	leaf    bool // nothing can lie below it: a file, a link, a device
	mount   bool
	implied bool // a directory on the way to something else
}

// tree is the view as a Spec describes it, place by place.
type tree map[string]thing

// validatePlaces checks how the parts of a view lie to each other. What would
// be there and not be seen, or seen otherwise than it was written, is an error:
// a view must be readable from its Spec.
func (s *Spec) validatePlaces() error {
	t := tree{}
	var errs []error
	add := func(p string, n thing) {
		err := place(p)
		if err == nil {
			err = t.add(p, n)
		}
		errs = append(errs, about(err, "%s at %q", n.what, p))
	}
	for _, d := range s.Dirs {
		if d.Mode > 0o1777 {
			errs = append(errs, fmt.Errorf("directory at %q: mode %#o is none of a directory", d.Path, d.Mode))
		}
		add(d.Path, thing{what: "directory"})
	}
	for _, f := range s.Files {
		if !utf8.ValidString(f.Data) {
			errs = append(errs, fmt.Errorf("file at %q: its content is not UTF-8", f.Path))
		}
		add(f.Path, thing{what: "file", leaf: true})
	}
	for _, l := range s.Links {
		err := text(l.Target)
		if l.Target == "" || len(l.Target) > maxPath {
			err = fmt.Errorf("a link leads to between 1 and %d bytes", maxPath)
		}
		errs = append(errs, about(err, "link at %q", l.Path))
		add(l.Path, thing{what: "link", leaf: true})
	}
	for _, m := range s.Mounts {
		if m.Kind == Cover {
			errs = append(errs, about(t.cover(m.Target), "cover at %q", m.Target))
			continue
		}
		add(m.Target, thing{what: "mount", mount: true, leaf: m.Kind == Device || m.Kind == Proc || m.File})
	}
	return errors.Join(errs...)
}

// add puts n at p, and directories above it.
func (t tree) add(p string, n thing) error {
	if p == "/" {
		return errors.New("the root is made by the isolation")
	}
	if err := t.reachable(p); err != nil {
		return err
	}
	if old, there := t[p]; there {
		switch {
		case n.mount && !old.implied && (old.mount || !old.leaf):
			// The later one is seen: an earlier mount, or the empty directory
			// that it is put on.
		case old.implied && !n.mount && !n.leaf:
			return errors.New("comes after what lies in it")
		case old.implied && n.mount:
			return errors.New("would hide what lies in it")
		default:
			return fmt.Errorf("a %s is there already", old.what)
		}
	}
	if n.mount && t.below(p) {
		return errors.New("would hide what lies in it")
	}
	for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
		if _, there := t[dir]; !there {
			t[dir] = thing{what: "directory", implied: true}
		}
	}
	t[p] = n
	return nil
}

// cover hides what is at p and below it. Whether there is something is for the
// host to say.
func (t tree) cover(p string) error {
	if err := place(p); err != nil {
		return err
	}
	if p == "/" {
		return errors.New("the root is made by the isolation")
	}
	if err := t.reachable(p); err != nil {
		return err
	}
	for q := range t {
		if inside(q, p) {
			delete(t, q)
		}
	}
	t[p] = thing{what: "cover", mount: true}
	return nil
}

// reachable reports what is in the way to p.
func (t tree) reachable(p string) error {
	for dir := path.Dir(p); dir != "/" && dir != "."; dir = path.Dir(dir) {
		if t[dir].leaf {
			return fmt.Errorf("lies below the %s at %q", t[dir].what, dir)
		}
	}
	return nil
}

// below reports whether anything lies inside p.
func (t tree) below(p string) bool {
	for q := range t {
		if q != p && inside(q, p) {
			return true
		}
	}
	return false
}

// inside reports whether p is dir or below it.
func inside(p, dir string) bool {
	return p == dir || len(p) > len(dir) && p[:len(dir)] == dir && p[len(dir)] == '/'
}
