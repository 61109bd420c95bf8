package verify

import (
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// step is a program that cargo started, with all that it started: rustc for one unit,
// or the run of a build script.
type step struct {
	unit   Unit
	wrote  map[string]bool // paths below the target directory, relative to it
	read   map[string]bool // the same
	macros []string        // procedural macros that it ran, by the paths of their libraries
}

// Unit is what a step is for.
type Unit struct {
	Package string `json:"package"`
	Version string `json:"version,omitempty"`
	Crate   string `json:"crate,omitempty"` // of rustc: the crate that it compiles
	Kind    string `json:"kind"`            // "build script", "compiling the build script", or "rustc"
}

func (u Unit) String() string {
	text := strings.TrimSpace(u.Package + " " + u.Version)
	switch {
	case u.Kind != rustc:
		return text + " (" + u.Kind + ")"
	case u.Crate != "" && u.Crate != strings.ReplaceAll(u.Package, "-", "_"):
		return text + " (" + u.Crate + ")"
	}
	return text
}

// Kinds of steps.
const (
	rustc       = "rustc"
	script      = "build script"
	scriptBuild = "compiling the build script"
)

// history is how the files of a target directory came about.
type history struct{ steps []*step }

// historyOf reads it from a record. target is the place of the target directory in
// the world.
func historyOf(record *observation.Record, target string) *history {
	h := &history{}
	stepOf := make([]*step, len(record.Processes))
	for i := range record.Processes {
		p := &record.Processes[i]
		switch {
		case p.Role == observation.Cargo:
		case p.Parent > 0 && stepOf[p.Parent-1] != nil:
			stepOf[i] = stepOf[p.Parent-1]
		default:
			s := &step{unit: unitOf(p), wrote: map[string]bool{}, read: map[string]bool{}}
			stepOf[i] = s
			h.steps = append(h.steps, s)
			if name, inside := strings.CutPrefix(p.Exe, target+"/"); inside {
				s.read[name] = true // that it began is cargo's access
			}
		}
	}
	var printed []string // what cargo wrote of what build scripts printed
	for _, a := range record.Accesses {
		s := stepOf[a.Process-1]
		name, inside := strings.CutPrefix(a.Path, target+"/")
		if !inside || a.Outcome == observation.Refused {
			continue
		}
		switch {
		case s == nil:
			if a.Op == observation.Write && path.Base(name) == "output" && path.Dir(name) == scriptDir(name) {
				printed = append(printed, name)
			}
		case a.Op == observation.Write:
			s.wrote[name] = true
		case a.Outcome != observation.Found:
		case a.Op == observation.Load:
			if !s.wrote[name] { // rustc looks at the library that it has just made
				s.macros = append(s.macros, name)
			}
			fallthrough
		case a.Op == observation.Open, a.Op == observation.Execute:
			s.read[name] = true
		}
	}
	for _, name := range printed {
		h.printedBy(name)
	}
	h.join()
	return h
}

// printedBy gives what a build script printed to its step: the one that wrote beside
// it, or those of the package that its directory is named after.
func (h *history) printedBy(name string) {
	var beside, named []*step
	dir := path.Dir(name)
	pkg := path.Base(dir)
	if i := strings.LastIndexByte(pkg, '-'); i >= 0 {
		pkg = pkg[:i]
	}
	for _, s := range h.steps {
		if s.unit.Kind != script {
			continue
		}
		if s.unit.Package == pkg {
			named = append(named, s)
		}
		for wrote := range s.wrote {
			if scriptDir(wrote) == dir {
				beside = append(beside, s)
				break
			}
		}
	}
	if len(beside) == 0 {
		beside = named
	}
	for _, s := range beside {
		s.wrote[name] = true
	}
}

func unitOf(p *observation.Process) Unit {
	u := Unit{Package: p.Unit.Package, Version: p.Unit.Version, Kind: rustc}
	switch p.Role {
	case observation.BuildScript:
		u.Kind = script
	default:
		u.Crate = p.Unit.Crate
		if strings.HasPrefix(u.Crate, "build_script_") {
			u.Kind, u.Crate = scriptBuild, ""
		}
	}
	return u
}

// join adds what no program of a step does itself: cargo writes what a build script
// printed into a file, and gives it on: to rustc for the same package, and, as
// variables, to the build scripts of packages that use it.
func (h *history) join() {
	printed := map[[2]string][]string{} // by package and version
	for _, s := range h.steps {
		if s.unit.Kind != script {
			continue
		}
		for name := range s.wrote {
			if path.Base(name) == "output" && path.Dir(name) == scriptDir(name) {
				key := [2]string{s.unit.Package, s.unit.Version}
				printed[key] = append(printed[key], name)
			}
		}
	}
	uses := map[[2]string]map[[2]string]bool{} // package to packages of which it reads libraries
	maker := h.makers()
	for _, s := range h.steps {
		key := [2]string{s.unit.Package, s.unit.Version}
		if s.unit.Kind == rustc { // the script itself is compiled before it prints
			for _, name := range printed[key] {
				s.read[name] = true
			}
		}
		for name := range s.read {
			if m := maker[name]; m != nil && m != s {
				if uses[key] == nil {
					uses[key] = map[[2]string]bool{}
				}
				uses[key][[2]string{m.unit.Package, m.unit.Version}] = true
			}
		}
	}
	for _, s := range h.steps {
		if s.unit.Kind != script {
			continue
		}
		key := [2]string{s.unit.Package, s.unit.Version}
		for used := range uses[key] {
			if used == key {
				continue
			}
			for _, name := range printed[used] {
				s.read[name] = true
			}
		}
	}
}

// scriptDir is the directory that cargo gives a run of a build script, if a name lies
// in it: PROFILE/build/PACKAGE-HASH, below a target's name if there is one.
func scriptDir(name string) string {
	parts := strings.Split(name, "/")
	for i := 1; i+1 < len(parts) && i <= 2; i++ {
		if parts[i] == "build" && len(parts) > i+2 { // the directory's own name is not in it
			return path.Join(parts[:i+2]...)
		}
	}
	return ""
}

// makers says which step wrote a file; the last one, if there are several.
func (h *history) makers() map[string]*step {
	m := map[string]*step{}
	for _, s := range h.steps {
		for name := range s.wrote {
			m[name] = s
		}
	}
	return m
}
