package explain

import (
	"fmt"
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// programDirs are the directories of PATH in a world, and those in which
// packages have programs that some search there besides.
var programDirs = []string{world.Rust + "/bin", world.Cargo + "/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"}

// hostDirs are where this host may have a program. Of two, the one that is a
// package's is the answer.
var hostDirs = []string{"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/games", "/usr/local/bin", "/usr/local/sbin"}

// program is one that was looked for in every directory of PATH, so once for
// all of them by its name.
func (s *search) program(i int, p *observation.Process, a observation.Access) {
	name := path.Base(a.Path)
	if benignPrograms[name] || s.programs[name] || s.programs[otherNames[name]] || placeOf(a.Path) == project {
		return
	}
	key := name
	if other := otherNames[name]; s.sought[string(Program)+" "+other] != nil {
		key = other
	}
	f := finding{Note: Note{Code: Program}, name: name, packaged: true, usual: debianPrograms[name]}
	verb := "looked for"
	if a.Op == observation.Execute {
		verb = "tried to run"
	}
	f.What = fmt.Sprintf("%s the program %s", verb, quoted(name))
	if rustTools[name] {
		f.Code, f.packaged = Component, false
		f.Has = "it comes with Rust, and the locked toolchain has it not"
		f.Help = componentHelp(rustComponent(name))
		s.add(i, p, f, name)
		return
	}
	if fetchers[name] {
		f.Code, f.packaged, f.Help = Network, false, s.b.pinIt(p, "")
		s.add(i, p, f, name)
		return
	}
	if s.b.Policy.System.NoCompiler() && isCompiler(name) {
		s.add(i, p, withoutCompiler(f, p, s.b.Policy.System), string(p.Role))
		return
	}
	for _, dir := range hostDirs {
		f.paths = s.b.existing(f.paths, dir+"/"+name)
	}
	if at := s.b.Host.Program(name); at != "" {
		f.paths = append(f.paths, at)
	}
	f.weak = len(f.paths) == 0
	s.add(i, p, f, key)
}

// otherNames are of programs that are tried where the usual one is missing: one
// of the two is enough, and the note is about the usual one.
var otherNames = map[string]string{"pkgconf": "pkg-config", "gmake": "make", "glibtoolize": "libtoolize", "cmake3": "cmake"}

// existing adds a path if this host has a file there.
func (b Build) existing(paths []string, p string) []string {
	if there, dir := b.Host.Exists(p); there && !dir {
		return append(paths, p)
	}
	return paths
}

// interpreter is of a program that is there, and that the kernel starts through
// another one that is not.
func (s *search) interpreter(i int, p *observation.Process, a observation.Access) {
	by := s.b.Host.Interpreter(a.Path)
	if by == "" || s.b.Host.Inside(by) {
		return
	}
	f := finding{Note: Note{Code: Interpreter}, name: path.Base(by), packaged: true, usual: debianPrograms[path.Base(by)]}
	f.What = fmt.Sprintf("tried to run %s, which needs %s", s.b.shown(s.b.onHost(p, a)), quoted(by))
	f.paths = s.b.existing(nil, by)
	f.weak = len(f.paths) == 0
	s.add(i, p, f, by)
}

// rustTools are the programs of a Rust toolchain; of those that it always has
// nobody needs to be told.
var rustTools = map[string]bool{"rustfmt": true, "cargo-fmt": true, "cargo-clippy": true, "clippy-driver": true, "rust-analyzer": true, "miri": true, "cargo-miri": true, "rust-lld": true}

func rustComponent(tool string) string {
	switch tool {
	case "cargo-fmt":
		return "rustfmt"
	case "cargo-clippy", "clippy-driver":
		return "clippy"
	case "cargo-miri":
		return "miri"
	}
	return tool
}

func componentHelp(component string) string {
	return fmt.Sprintf("add %q to `components` in rust-toolchain.toml, have rustup install it, then run: cargo hermetic lock --update", component)
}

// component is a file of the toolchain that comes with a target or a component.
func (s *search) component(i int, p *observation.Process, a observation.Access) {
	rest, ok := strings.CutPrefix(a.Path, world.Rust+"/lib/rustlib/")
	if !ok || p.Role != observation.Rustc && p.Role != observation.Rustdoc && p.Role != observation.BuildScript {
		return
	}
	name, _, _ := strings.Cut(rest, "/")
	f := finding{Note: Note{Code: Component}, name: name}
	switch {
	case name == "src":
		if !s.b.Said.Mentions("rust-src") {
			return // rustc looks for it whenever it shows an error
		}
		f.name = "rust-src"
		f.What, f.Help = "looked for the source of Rust's own libraries", componentHelp("rust-src")
	// A triple has two or three `-`; other names are files and `etc`.
	case strings.Count(name, "-") < 2 || !isPlain(name):
		return
	default:
		if s.b.Host.Inside(world.Rust + "/lib/rustlib/" + name + "/lib") {
			return // the target is there; rustc tries more names than it has
		}
		f.What = fmt.Sprintf("looked for the libraries of the target `%s`", name)
		f.Help = fmt.Sprintf("add %q to `targets` in rust-toolchain.toml, have rustup install it, then run: cargo hermetic lock --update", name)
	}
	f.Has = "the locked toolchain has it not"
	f.weak = true // rustc asks for many, and says when it cannot do without
	s.add(i, p, f, name)
}
