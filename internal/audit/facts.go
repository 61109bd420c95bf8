package audit

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// Places are directories of the host, absolute and with links resolved, as the
// record has them. An empty one is not known.
type Places struct {
	Root   string   // of the project
	Target string   // where this build wrote
	Cargo  string   // CARGO_HOME
	Rustup string   // RUSTUP_HOME
	Home   string   // of the user
	Temp   []string // directories for temporary files
}

// within reports whether path is dir or below it. An unknown dir holds nothing.
func within(dir, path string) bool {
	if dir == "" {
		return false
	}
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// above reports whether dir is a proper ancestor of the root.
func (p Places) above(dir string) bool { return dir != p.Root && within(dir, p.Root) }

// leadsTo reports whether dir is an ancestor of a place that the build has to
// reach: looking at it on the way says nothing.
func (p Places) leadsTo(dir string) bool {
	places := append([]string{p.Root, p.Target, p.Cargo, p.Rustup, p.Home}, p.Temp...)
	return slices.ContainsFunc(places, func(place string) bool { return place != "" && within(dir, place) })
}

// temporary reports whether path is below a directory for temporary files, and
// not in one of the other places, if that lies in there.
func (p Places) temporary(path string) bool {
	return slices.ContainsFunc(p.Temp, func(dir string) bool {
		return within(dir, path) && path != dir && !slices.ContainsFunc([]string{p.Root, p.Cargo, p.Rustup, p.Home}, func(place string) bool {
			return within(dir, place) && within(place, path)
		})
	})
}

// Declared is a variable that a build script or the compiler said it read.
type Declared struct {
	Name string
	File string // where it says so, relative to the target directory
	// One of these tells whose file it is.
	OutDirHash string // of a build script's OUT_DIR, hashed as a record hashes values
	Unit       string // of the compiler: `<crate name>-<hash>`, as cargo names its outputs
}

// Bytes is a path of the host that was found in a file of the output.
type Bytes struct {
	File   string // relative to the target directory
	Unit   string // `<crate name>-<hash>`
	Place  string // which path, in words
	Path   string
	Offset int64 // of the first
	Count  int
}

// Package is an installed package of the host.
type Package struct{ Name, Version string }

func (p Package) String() string { return strings.TrimSpace(p.Name + " " + p.Version) }

// Facts are what an analysis needs besides the record.
type Facts struct {
	Version  string // of this tool
	Command  []string
	ExitCode int
	Places   Places
	Declared []Declared
	Bytes    []Bytes

	Owners      map[string]Package  // of paths on the host, see Outside
	Pinned      map[string]bool     // names of packages that a world has with this policy
	Needs       map[string][]string // what comes into a world with a package, by name
	Hashes      map[string]string   // SHA-256 of files, by path
	Directories map[string]bool     // of the paths, those that are directories
	Policy      *policy.Policy      // of the root

	sysroots []string // of the compilers that ran, outside /usr
}

// Outside returns the paths of a record that are neither the project's nor the
// build's own, without repetition and in order: those whose owner and content
// are worth looking up. One that was only looked for is not among them.
func Outside(r *observation.Record, p Places) []string {
	own := ownFiles(r, p)
	var paths []string
	for i, a := range r.Accesses {
		switch {
		case a.Outcome != observation.Found, !filepath.IsAbs(a.Path), a.Op == observation.Connect, a.Op == observation.Socket:
		case p.inside(a.Path), own.before(i, a.Path), a.Op == observation.Write:
		default:
			paths = append(paths, a.Path)
			if filepath.IsAbs(a.Asked) && !p.inside(a.Asked) {
				paths = append(paths, filepath.Clean(a.Asked))
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// inside reports whether path belongs to the project or to this build.
func (p Places) inside(path string) bool {
	return within(p.Target, path) || within(p.Root, path) && !within(p.Root+"/.git", path)
}

// made knows what the build itself made outside the target directory.
type made map[string]int // path to the index of the access that made it

// ownFiles finds what the build made: the first write of each path that was not
// there, and with a directory everything that is below it later.
func ownFiles(r *observation.Record, p Places) made {
	own := made{}
	for i, a := range r.Accesses {
		// What cargo downloads is of the network, whenever that was.
		if a.Op != observation.Write || p.inside(a.Path) || within(p.Cargo, a.Path) || within(p.Rustup, a.Path) {
			continue
		}
		if _, known := own[a.Path]; !known && (a.Outcome == observation.Absent || p.temporary(a.Path)) {
			own[a.Path] = i
		}
	}
	return own
}

// before reports whether an access, by its index, is to something that the build
// had made before.
func (m made) before(at int, path string) bool {
	for ; len(path) > 1; path = filepath.Dir(path) {
		if i, ok := m[path]; ok && i < at {
			return true
		}
	}
	return false
}

// sysrootsOf are the directories of the compilers that ran, whoever installed
// them. What a package of the host installed is the package's.
func sysrootsOf(r *observation.Record) []string {
	var dirs []string
	for _, p := range r.Processes {
		bin, name := filepath.Split(p.Exe)
		dir, last := filepath.Split(filepath.Clean(bin))
		if p.Role == observation.Rustc && name == "rustc" && last == "bin" && dir != "/" && !within("/usr", p.Exe) {
			dirs = append(dirs, filepath.Clean(dir))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
