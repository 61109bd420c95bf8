package monitor

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// execute gives a process the program that it is about to begin.
func (m *Monitor) execute(p *process, e *tracer.Program) {
	before := p.program
	exe, err := os.Readlink("/proc/" + strconv.Itoa(e.PID) + "/exe")
	if err != nil {
		exe = "" // it was killed
	}
	// Read each time: the place of a program follows from it, and must not from what others do.
	dir, err := os.Readlink("/proc/" + strconv.Itoa(e.PID) + "/cwd")
	if err != nil {
		dir = ""
	}
	p.dir, p.renamed = supervisor.Existing(dir), m.renamed
	m.openRoot(e.PID)
	m.began(p, e, exe)
	env := e.Env
	if (e.Foreign || e.Opaque) && before.env != nil {
		env = before.env.entries // it cannot be read, and what starts others mostly passes on its own
	}
	n := &program{env: before.env.next(env), seen: map[uint64]struct{}{}}
	n.Process = observation.Process{Parent: before.ID, PID: e.PID, Exe: exe, Dir: dir, Argv: e.Argv}
	if m.options.Record != nil {
		m.programs++
		n.ID = m.programs
	}
	n.Role, n.Unit = roleOf(exe, before), unitOf(n.env.values, before)
	if before.ID != 0 && before.PID == e.PID { // one program after another in one process
		n.Parent = before.ID
	}
	if m.options.Hold != nil {
		n.exempt = slices.Contains(m.options.Hold.Exempt, exe)
		for _, pattern := range m.options.Hold.Flowing {
			if ok, err := path.Match(pattern, exe); ok && err == nil {
				p.flowing = true
			}
		}
	}
	p.program = n
	if m.options.Record != nil {
		n.Env, n.Unset = n.env.set, n.env.unset
		m.write(recorded{process: &n.Process})
	}
}

// began records that a program began another, which most do without being stopped for it
// (package syscallbuf). The process has its working directory still.
func (m *Monitor) began(p *process, e *tracer.Program, exe string) {
	asked := e.File()
	if e.Foreign || e.Opaque {
		asked = exe
	}
	name := asked
	switch descriptor, ok := strings.CutPrefix(asked, "/dev/fd/"); {
	case ok && strings.Contains(descriptor, "/"):
		return // execveat(2) of a name, which it was stopped for
	case ok:
		name = supervisor.Existing(exe) // by a descriptor, which may be closed by now
	case !strings.HasPrefix(asked, "/"):
		if p.dir == "" {
			return // it is in a directory that was removed
		}
		name = p.dir + "/" + asked
	}
	if asked != "" && name != "" {
		m.see(p, observation.Execute, name, asked)
	}
}

// compilers and linkers are programs of a C toolchain by the end of their names,
// in front of which a target may stand (x86_64-linux-gnu-gcc-12).
var (
	compilers = []string{"cc", "gcc", "g++", "c++", "clang", "clang++", "cc1", "cc1plus", "as", "cpp", "nasm", "yasm"}
	linkers   = []string{"ld", "ld.bfd", "ld.gold", "ld.lld", "rust-lld", "lld", "collect2", "mold", "wasm-ld", "lto-wrapper"}
)

// roleOf says what a program does, by its own path and by what started it.
func roleOf(exe string, parent *program) observation.Role {
	name := path.Base(exe)
	switch {
	case name == "cargo":
		return observation.Cargo
	case name == "rustc" || name == "clippy-driver":
		return observation.Rustc
	case name == "rustdoc":
		return observation.Rustdoc
	case parent.Role == observation.Cargo && strings.HasPrefix(name, "build-script-"),
		parent.Role == observation.Cargo && path.Base(path.Dir(path.Dir(exe))) == "build":
		return observation.BuildScript
	case parent.Role == observation.Cargo && isBuilt(exe), parent.Role == observation.Rustdoc && name == "rust_out":
		return observation.Test
	case isNamed(name, linkers):
		return observation.Linker
	case isNamed(name, compilers):
		if parent.Role == observation.Rustc || parent.Role == observation.Linker {
			return observation.Linker // rustc links by the C compiler
		}
		return observation.CCompiler
	}
	switch parent.Role {
	case "", observation.Cargo, observation.Rustc, observation.Rustdoc, observation.Linker, observation.CCompiler:
		return observation.Program
	}
	return parent.Role
}

// isBuilt reports whether a program was built by cargo to be tried.
func isBuilt(exe string) bool {
	dir := path.Base(path.Dir(exe))
	return dir == "deps" || dir == "examples"
}

func isNamed(name string, names []string) bool {
	if i := strings.LastIndexByte(name, '-'); i >= 0 && strings.Trim(name[i+1:], "0123456789.") == "" {
		name = name[:i] // a version
	}
	if i := strings.LastIndexByte(name, '-'); i >= 0 && !slices.Contains(names, name) {
		name = name[i+1:] // a target
	}
	return slices.Contains(names, name)
}

// unitOf reads what cargo tells a program about its unit. What starts others
// without these variables starts them for its own.
func unitOf(env map[string]string, parent *program) observation.Unit {
	if env["CARGO_PKG_NAME"] == "" {
		return parent.Unit
	}
	return observation.Unit{Package: env["CARGO_PKG_NAME"], Version: env["CARGO_PKG_VERSION"], Crate: env["CARGO_CRATE_NAME"], Dir: env["CARGO_MANIFEST_DIR"]}
}
