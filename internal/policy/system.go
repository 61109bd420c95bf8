package policy

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// System is the part about the system layer: packages of the host, or an image
// in their place, and what links and compiles there.
type System struct {
	Packages  []string // names of the host's packages, `name` or `name:architecture`
	Image     string   // `NAME@sha256:DIGEST`, or a path that begins with `./` or `/`; empty for none
	Toolchain string   // one of Toolchains; empty means the first
	Linker    string   // one of Linkers; empty means the first
	CCompiler string   // one of CCompilers; empty means the first
}

// What the keys of `[system]` with few values may be; the first is what holds
// without the key.
var (
	// Toolchains: a toolchain of rust-toolchain.toml, or the distribution's own
	// packages of rustc and cargo.
	Toolchains = []string{"pinned", "packages"}
	// Linkers: the C compiler, as rustc does by itself, or the toolchain's own.
	Linkers = []string{"system", "rust-lld"}
	// CCompilers: that of the system layer, or none at all.
	CCompilers = []string{"system", "none"}
)

// Packaged reports whether rustc and cargo are packages of the system layer.
func (s System) Packaged() bool { return s.Toolchain == Toolchains[1] }

// OwnLinker reports whether programs for the host are linked by rust-lld.
func (s System) OwnLinker() bool { return s.Linker == Linkers[1] }

// NoCompiler reports whether the world has no C compiler.
func (s System) NoCompiler() bool { return s.CCompiler == CCompilers[1] }

// choices is the part of SystemDigest about these keys. A key with its default
// value is as one that is not there, so old locks stay good.
func (s System) choices() string {
	text := ""
	for _, c := range []struct{ key, value, usual string }{
		{"toolchain", s.Toolchain, Toolchains[0]},
		{"linker", s.Linker, Linkers[0]},
		{"c-compiler", s.CCompiler, CCompilers[0]},
	} {
		if c.value != "" && c.value != c.usual {
			text += c.key + " " + c.value + "\n" // no package has a space in its name
		}
	}
	return text
}

// systemChoices reads the keys with few values into s.
func systemChoices(doc *toml.Document, d *document, s *System) []toml.Problem {
	var problems []toml.Problem
	choose := chooser(doc, "system", "%.100q", &problems)
	choose("toolchain", d.System.Toolchain, Toolchains, &s.Toolchain)
	choose("linker", d.System.Linker, Linkers, &s.Linker)
	choose("c-compiler", d.System.CCompiler, CCompilers, &s.CCompiler)
	if d.System.Image == nil {
		return problems
	}
	if s.NoCompiler() {
		problems = append(problems, toml.Problem{
			At:      doc.At("system", "c-compiler"),
			Message: "`system.c-compiler` and `system.image` exclude one another: an image is taken whole, and has the compilers that it has",
			Help:    "remove one of them, or leave the packages to the host",
		})
	}
	if s.Packaged() {
		problems = append(problems, toml.Problem{
			At:      doc.At("system", "toolchain"),
			Message: "`system.toolchain = \"packages\"` and `system.image` exclude one another: the packages would be those of this host",
			Help:    "remove one of them; an image goes with a toolchain of rust-toolchain.toml",
		})
	}
	return problems
}
