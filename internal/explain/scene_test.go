package explain

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// scene is a record in the making: what strace shows of the same builds outside
// a world, with the world's paths.
type scene struct{ observation.Record }

func newScene() *scene {
	s := &scene{}
	s.Processes = []observation.Process{{ID: 1, PID: 1, Role: observation.Cargo, Exe: "/hermetic/rust/bin/cargo", Dir: "/hermetic/root", Argv: []string{"cargo", "build"}}}
	return s
}

// run adds a program; without a package it has its parent's.
func (s *scene) run(parent int, role observation.Role, pkg string, argv ...string) int {
	p := observation.Process{ID: len(s.Processes) + 1, PID: len(s.Processes) + 1, Parent: parent, Role: role, Exe: argv[0], Dir: "/hermetic/root", Argv: argv}
	if p.Unit = s.Process(parent).Unit; pkg != "" {
		p.Unit = observation.Unit{Package: pkg, Version: "1.0.0", Dir: "/hermetic/crates/" + pkg}
		p.Dir = p.Unit.Dir
	}
	s.Processes = append(s.Processes, p)
	return p.ID
}

// script adds the build script of a package.
func (s *scene) script(pkg string) int {
	return s.run(1, observation.BuildScript, pkg, "/hermetic/target/debug/build/"+pkg+"-0/build-script-build")
}

func (s *scene) rustc(pkg string) int {
	return s.run(1, observation.Rustc, pkg, "/hermetic/rust/bin/rustc", "--crate-name", pkg)
}

func (s *scene) access(process int, op observation.Op, outcome observation.Outcome, paths ...string) {
	for _, p := range paths {
		a := observation.Access{Process: process, Op: op, Path: p, Outcome: outcome}
		if !path.IsAbs(p) && op != observation.Connect && op != observation.Socket {
			a.Asked, a.Path = p, path.Join(s.Process(process).Dir, p)
		}
		s.Accesses = append(s.Accesses, a)
	}
}

func (s *scene) misses(process int, op observation.Op, paths ...string) {
	s.access(process, op, observation.Absent, paths...)
}

// exec is a search in PATH that finds nothing.
func (s *scene) exec(process int, name string) {
	s.misses(process, observation.Execute, "/hermetic/rust/bin/"+name, "/usr/bin/"+name)
}

// header is a search of gcc for a header.
func (s *scene) header(process int, name string) {
	for _, dir := range []string{"/usr/lib/gcc/x86_64-linux-gnu/12/include/", "/usr/local/include/", "/usr/include/x86_64-linux-gnu/", "/usr/include/"} {
		s.misses(process, observation.Look, dir+name+".gch")
		s.misses(process, observation.Open, dir+name)
	}
}

// library is a search of ld for a library.
func (s *scene) library(process int, name string) {
	for _, dir := range []string{"/usr/lib/gcc/x86_64-linux-gnu/12/", "/usr/lib/x86_64-linux-gnu/", "/usr/lib/"} {
		for _, end := range []string{".so", ".a"} {
			s.misses(process, observation.Look, dir+"lib"+name+end)
			s.misses(process, observation.Open, dir+"lib"+name+end)
		}
	}
}

// fail ends programs with a code, the first one first, and then cargo.
func (s *scene) fail(ids ...int) {
	for _, id := range append(ids, 1) {
		s.Exits = append(s.Exits, observation.Exit{Process: id, Code: 101})
	}
}

func (s *scene) end(id, code int) {
	s.Exits = append(s.Exits, observation.Exit{Process: id, Code: code})
}

// fakeHost is one that has exactly these files: by path the package that owns
// it, empty if none does. A path that ends in `/` is a directory.
type fakeHost struct {
	files        map[string]string
	variables    []string
	path         map[string]string // programs in the caller's PATH
	inside       []string
	interpreters map[string]string
	err          error // of the package database
}

func (m fakeHost) Exists(p string) (there, dir bool) {
	if _, dir := m.files[p+"/"]; dir {
		return true, true
	}
	_, there = m.files[p]
	return there, false
}

func (m fakeHost) Program(name string) string           { return m.path[name] }
func (m fakeHost) Variable(name string) bool            { return slices.Contains(m.variables, name) }
func (m fakeHost) Inside(p string) bool                 { return slices.Contains(m.inside, p) }
func (m fakeHost) Interpreter(p string) string          { return m.interpreters[p] }
func (m fakeHost) Install(name string) (string, string) { return name, "apt install " + name }

// Missing is what owns none of the files.
func (m fakeHost) Missing(packages []string) ([]string, error) {
	installed := slices.Collect(maps.Values(m.files))
	return slices.DeleteFunc(slices.Clone(packages), func(name string) bool { return slices.Contains(installed, name) }), m.err
}

func (m fakeHost) Owners(paths []string) (map[string]string, error) {
	owners := map[string]string{}
	for _, p := range paths {
		for _, name := range []string{m.files[p], m.files[p+"/"]} {
			if name != "" {
				owners[p] = name
			}
		}
	}
	return owners, m.err
}

// said makes what cargo printed.
func said(lines ...string) *Said {
	var s Said
	for _, text := range lines {
		for line := range strings.Lines(text) {
			s.Line(strings.TrimSuffix(line, "\n"))
		}
	}
	return &s
}
