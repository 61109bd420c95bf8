package explain

import (
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// search is what a unit found, so that what it looked for in one directory and
// found in the next is not missing.
type search struct {
	b        Build
	unit     unit
	programs map[string]bool         // names found in a directory of programs
	found    map[int]map[string]bool // last components of what each program found
	paths    map[int][]string        // what each program found
	sought   map[string]*finding
	order    []string
	left     int // findings that were left out, for there were too many
}

// maxFindings bounds what a unit may have looked for; the oldest goes first. Each
// is searched for in what cargo printed.
const maxFindings = 2000

// examine goes through all that a unit did. It returns what was found, and how
// much was left out.
func (b Build) examine(u unit) ([]finding, int) {
	s := search{b: b, unit: u, programs: map[string]bool{}, found: map[int]map[string]bool{}, paths: map[int][]string{}, sought: map[string]*finding{}}
	for _, a := range u.record.Accesses {
		if _, ours := u.failed[a.Process]; ours && a.Outcome == observation.Found && a.Op != observation.Write {
			s.note(a)
		}
	}
	for i, a := range u.record.Accesses {
		if _, ours := u.failed[a.Process]; ours {
			s.at(i, a)
		}
	}
	s.modules()
	found := make([]finding, 0, len(s.order))
	for _, key := range s.order {
		found = append(found, *s.sought[key])
	}
	return found, s.left
}

// note remembers something that is there.
func (s *search) note(a observation.Access) {
	base := path.Base(a.Path)
	if slices.Contains(programDirs, path.Dir(a.Path)) {
		s.programs[base] = true
	}
	if a.Asked != "" && slices.Contains(programDirs, path.Dir(a.Asked)) {
		s.programs[path.Base(a.Asked)] = true // a link, to a program of another name
	}
	if s.found[a.Process] == nil {
		s.found[a.Process] = map[string]bool{}
	}
	s.found[a.Process][base] = true
	s.paths[a.Process] = append(s.paths[a.Process], a.Path)
}

// had reports whether a program found a file with this relative name somewhere.
func (s *search) had(process int, name string) bool {
	if !s.found[process][path.Base(name)] {
		return false
	}
	return slices.ContainsFunc(s.paths[process], func(p string) bool { return strings.HasSuffix(p, "/"+name) })
}

// add takes a finding. What has been found before under the same key and code is
// the same, seen again.
func (s *search) add(i int, p *observation.Process, f finding, key string) {
	key = string(f.Code) + " " + key
	if before, ok := s.sought[key]; ok {
		before.at = i
		before.paths = append(before.paths, f.paths...)
		if before.weak && !f.weak {
			before.weak, before.process = false, p
		}
		return
	}
	if len(s.order) == maxFindings {
		delete(s.sought, s.order[0])
		s.order = s.order[1:]
		s.left++
	}
	f.at, f.process = i, p
	s.sought[key] = &f
	s.order = append(s.order, key)
}

// at looks at one access.
func (s *search) at(i int, a observation.Access) {
	p := s.unit.record.Process(a.Process)
	if p.Role == observation.Cargo && !(s.unit.itself() && a.Op == observation.Execute) {
		return // what cargo wants is in every world
	}
	switch a.Op {
	case observation.Connect, observation.Socket:
		s.network(i, p, a)
		return
	case observation.Trace:
		s.add(i, p, traced(a), "")
		return
	case observation.Write:
		s.written(i, p, a)
		return
	case observation.Execute:
		if a.Outcome == observation.Found {
			s.interpreter(i, p, a)
			return
		}
	}
	if a.Path == nameServers && a.Op == observation.Open {
		s.lookup(i, p)
		return
	}
	if a.Outcome != observation.Absent || isBenign(a.Path) {
		return
	}
	if slices.Contains(programDirs, path.Dir(a.Path)) {
		s.program(i, p, a)
		return
	}
	switch placeOf(a.Path) {
	case ofSystem:
		s.systemFile(i, p, a)
	case toolchain:
		s.component(i, p, a)
	case project:
		if a.Op == observation.Execute {
			s.program(i, p, a)
		}
	case above, elsewhere, home, hiddenRoot:
		s.userFile(i, p, a)
	}
}
