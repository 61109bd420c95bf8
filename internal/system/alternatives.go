package system

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// alternative is a name that update-alternatives(1) administers: the public
// link points to etc/alternatives/NAME, and that one to the present choice.
type alternative struct {
	name    string // empty: the public link leads to its choice by itself
	link    string // the public link, below the root
	master  string // whose choice decides; its own name where it is one
	choices []choice
}

// choice is one that the administrator, or the priority, can choose.
type choice struct {
	file     string // what the link leads to, below the root; empty where a slave has none
	of       string // the same of the master
	priority int
}

// readAlternatives reads all masters and slaves of the host from the directory
// of update-alternatives, in the order of their masters' names. A host without
// the directory has none.
func readAlternatives(t *tree, dir string, m *Manager) ([]alternative, error) {
	names, err := t.readDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diag.Wrap(err, "reading the alternatives of the host")
	}
	var all []alternative
	for _, name := range names {
		if strings.HasSuffix(name, ".dpkg-tmp") {
			continue // left by an update that did not come to its end; the old file is there
		}
		data, err := t.readFile(dir + name)
		if err != nil {
			return nil, diag.Wrap(err, "reading the alternative `%s`", name)
		}
		group, err := parseAlternative(t.host(dir+name), name, string(data))
		if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
			return nil, d.WithHelp("%s", m.audit)
		}
		all = append(all, group...)
	}
	return all, nil
}

// parseAlternative reads the file of one master: `auto` or `manual`, the
// master's link, pairs of lines with name and link of a slave, an empty line;
// then for each choice its path, its priority and one line for each slave
// (empty where the choice has none), and an empty line at the end. That of
// Fedora's chkconfig differs in the last line, which is not there, and in the
// priority, which has `@FAMILY@` before it or a service behind it. The choices
// are for hosts whose present one is in a package outside of the layer: otherwise
// the links on disk say which one is in force.
func parseAlternative(file, master, text string) ([]alternative, error) {
	lines := strings.Split(text, "\n")
	number := 0
	next := func() (string, bool) {
		if number == len(lines) {
			return "", false
		}
		number++
		return lines[number-1], true
	}
	fail := func(what string) ([]alternative, error) {
		return nil, damaged(file, min(number, len(lines)), "%s in the alternative `%s`", what, master)
	}
	if mode, _ := next(); mode != "auto" && mode != "manual" {
		return fail("the first line is neither `auto` nor `manual`")
	}
	link, _ := next()
	if !validPath(link) {
		return fail("the master's link is not an absolute and clean path")
	}
	group := []alternative{{name: master, link: link[1:], master: master}}
	for {
		name, ok := next()
		if !ok {
			return fail("the slaves have no end")
		}
		if name == "" {
			break
		}
		link, _ := next()
		if !validPath("/"+name) || strings.ContainsAny(name, "/ \t") || !validPath(link) {
			return fail("a slave is not a name and an absolute and clean path")
		}
		group = append(group, alternative{name: name, link: link[1:], master: master})
	}
	for {
		chosen, ok := next()
		if !ok {
			return fail("the choices have no end")
		}
		if chosen == "" {
			return group, nil
		}
		if !validPath(chosen) {
			return fail("a choice is not an absolute and clean path")
		}
		text, _ := next()
		priority, err := parsePriority(text)
		if err != nil {
			return fail("a priority is not a number")
		}
		file := chosen
		for i := range group {
			if i > 0 {
				if file, ok = next(); !ok || file != "" && !validPath(file) {
					return fail("a slave of a choice is not an absolute and clean path")
				}
			}
			group[i].choices = append(group[i].choices, choice{strings.TrimPrefix(file, "/"), chosen[1:], priority})
		}
	}
}

func parsePriority(text string) (int, error) {
	if rest, ok := strings.CutPrefix(text, "@"); ok {
		_, text, _ = strings.Cut(rest, "@")
	}
	text, _, _ = strings.Cut(text, " ")
	return strconv.Atoi(text)
}
