package landlock

import (
	"path"
	"strconv"
	"strings"
)

// view is what the supervisor lets a command find: the directories that lead to
// what is allowed, and that. It is made once and then only read.
type view struct{ root *node }

// node is one name that the view knows.
type node struct {
	below map[string]*node
	state state
	link  string // target, of a declared link
	data  string // of a redirect
}

type state uint8

const (
	inherit  state = iota // as the directory it is in: a name on the way to others
	whole                 // with all that lies below
	hidden                // not there, except for what is declared below
	link                  // leads elsewhere in the view
	redirect              // its content is data
	process               // /proc/NUMBER of a process
)

// seen is what a look finds.
type seen struct {
	state   seenState
	data    string // of a redirected file
	process int    // the number in /proc/NUMBER
}

type seenState uint8

const (
	absent seenState = iota
	present
	redirected
	ofProcess // present if the process is one of ours
)

// newView makes the view of a layout.
func newView(l *layout) *view {
	v := &view{root: &node{}}
	for _, r := range l.allowed {
		v.at(r.Path).state = whole
	}
	for _, h := range l.hidden {
		v.at(h).state = hidden
	}
	for _, r := range l.redirects {
		n := v.at(r.Path)
		n.state, n.data = redirect, r.Data
	}
	for _, k := range l.links {
		n := v.at(k.Path)
		n.state, n.link = link, k.Target
	}
	if l.proc {
		v.at("/proc").state = process
		v.at("/proc/self").state = whole
		v.at("/proc/thread-self").state = whole
	}
	return v
}

// at returns the node of a path, made if need be.
func (v *view) at(p string) *node {
	n := v.root
	for name := range strings.SplitSeq(strings.Trim(path.Clean(p), "/"), "/") {
		if name == "" {
			continue
		}
		if n.below == nil {
			n.below = map[string]*node{}
		}
		if n.below[name] == nil {
			n.below[name] = &node{}
		}
		n = n.below[name]
	}
	return n
}

// maxLinks is how many links one look follows, as the kernel (MAXSYMLINKS).
const maxLinks = 40

// look finds an absolute path. Links that the view declares are followed, also
// at the end; other links lie where the kernel guards what they lead to.
func (v *view) look(p string) seen {
	var (
		n     = v.root
		stack []*node // the directories above n
		shown = false // whether a name without a node of its own is there
		left  = strings.Split(p, "/")
		count = 0
		depth = 0 // names below the last node
		shows []bool
	)
	for len(left) > 0 {
		name := left[0]
		left = left[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			switch {
			case depth > 0:
				depth--
			case len(stack) > 0:
				n, stack = stack[len(stack)-1], stack[:len(stack)-1]
				shown, shows = shows[len(shows)-1], shows[:len(shows)-1]
			}
			continue
		}
		next := n.below[name]
		if depth > 0 || next == nil {
			if n.state == process && depth == 0 {
				if number, err := strconv.Atoi(name); err == nil {
					return seen{state: ofProcess, process: number}
				}
			}
			if !shown {
				return seen{}
			}
			depth++
			continue
		}
		switch next.state {
		case link:
			if count++; count > maxLinks {
				return seen{}
			}
			left = append(strings.Split(next.link, "/"), left...)
			if strings.HasPrefix(next.link, "/") {
				n, stack, shows, shown = v.root, nil, nil, false
			}
			continue
		case redirect:
			return seen{state: redirected, data: next.data}
		}
		stack, shows = append(stack, n), append(shows, shown)
		n = next
		switch n.state {
		case whole:
			shown = true
		case hidden, process:
			shown = false
		}
	}
	if n.state == hidden && depth == 0 && len(n.below) == 0 {
		return seen{}
	}
	return seen{state: present}
}
