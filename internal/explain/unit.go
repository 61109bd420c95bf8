package explain

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// unit is one thing that cargo ran and that failed: a rustc, a build script, a
// test, with all that it started.
type unit struct {
	record *observation.Record
	top    *observation.Process
	failed map[int]bool // its programs, and whether each ended in failure
}

// failedUnits returns the units that failed, in the order in which they ended.
// Where none did, cargo itself is the unit: it could not start something.
func failedUnits(r *observation.Record) []unit {
	if r == nil || len(r.Processes) == 0 {
		return nil
	}
	tops := make([]int, len(r.Processes)+1) // of each program
	for _, p := range r.Processes {
		switch {
		case p.Parent != 0 && tops[p.Parent] != 0:
			tops[p.ID] = tops[p.Parent]
		case p.Unit != observation.Unit{}:
			tops[p.ID] = p.ID
		}
	}
	failures := map[int]bool{}
	var order []int
	for _, e := range r.Exits {
		if e.Code == 0 && e.Signal == 0 {
			continue
		}
		// A process has one end, whatever programs it became on the way.
		for p := range r.Ancestors(e.Process) {
			if p.PID != r.Process(e.Process).PID {
				break
			}
			failures[p.ID] = true
			if tops[p.ID] == p.ID && !slices.Contains(order, p.ID) {
				order = append(order, p.ID)
			}
		}
	}
	if len(order) == 0 && failures[1] {
		order = []int{0} // programs without a top
	}
	var units []unit
	for _, id := range order {
		u := unit{record: r, top: r.Process(max(id, 1)), failed: map[int]bool{}}
		for _, p := range r.Processes {
			if tops[p.ID] == id {
				u.failed[p.ID] = failures[p.ID]
			}
		}
		units = append(units, u)
	}
	return units
}

// itself reports whether the unit is cargo.
func (u unit) itself() bool { return u.top.Unit == observation.Unit{} }

// name is the package of the unit.
func (u unit) name() string {
	if u.itself() {
		return "cargo"
	}
	return plain(u.top.Unit.Package)
}

// who says for which package, and in which role, a program of the unit ran.
func (u unit) who(p *observation.Process) string {
	if u.itself() {
		return u.name()
	}
	role := roles[p.Role]
	switch {
	case p.Role == observation.Rustc:
		if macros := u.macros(p); len(macros) > 0 {
			role = "rustc, or a macro in it: " + strings.Join(macros, ", ")
		}
	case p.Role == observation.CCompiler, p.Role == observation.Linker:
		if u.top.Role == observation.BuildScript {
			role += " of its build script"
		}
	case p != u.top:
		role = quoted(path.Base(p.Exe)) + ", started by its " + roles[u.top.Role]
	}
	return u.name() + " (" + role + ")"
}

// roles are the words for people.
var roles = map[observation.Role]string{
	observation.Cargo:       "cargo",
	observation.Rustc:       "rustc",
	observation.Rustdoc:     "rustdoc",
	observation.BuildScript: "build script",
	observation.CCompiler:   "C compiler",
	observation.Linker:      "linker",
	observation.Test:        "test",
	observation.Program:     "program",
}

// maxMacros is how many macros a note names.
const maxMacros = 4

// macros returns the procedural macros that a rustc loaded, by crate:
// libserde_derive-0123456789abcdef.so is serde_derive.
func (u unit) macros(p *observation.Process) []string {
	names := map[string]bool{}
	for _, a := range u.record.Accesses {
		if a.Process == p.ID && a.Op == observation.Load && a.Outcome == observation.Found {
			name, _, _ := strings.Cut(strings.TrimPrefix(path.Base(a.Path), "lib"), "-")
			names[plain(strings.TrimSuffix(name, ".so"))] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(names))
	if len(sorted) > maxMacros {
		sorted = append(sorted[:maxMacros], "...")
	}
	return sorted
}
