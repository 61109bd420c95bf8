package audit

import (
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// finding is what one access means: the channel that it belongs to.
type finding struct {
	kind    Kind
	subject string
	effect  Effect
}

// classify says which channel an access belongs to. ok is false where it says
// nothing about the host.
func (f *Facts) classify(a *observation.Access, p *observation.Process) (c finding, ok bool) {
	switch a.Op {
	case observation.Connect, observation.Socket:
		return f.connection(a, p)
	case observation.Trace:
		return c, false // of its own children; there is nothing else to trace
	}
	if isIgnored(a.Path) || a.Op == observation.Look && f.Places.leadsTo(a.Path) {
		return c, false
	}
	if c, ok := f.searched(a); ok {
		return c, true
	}
	if a.Outcome == observation.Absent && a.Op != observation.Write {
		return f.missing(a)
	}
	if a.Op == observation.Write {
		return f.written(a, p)
	}
	// Compilers look at every directory on their way; only what a program of the
	// project looks at can be a condition in it.
	if a.Op == observation.Look && !slices.Contains([]observation.Role{observation.BuildScript, observation.Test, observation.Program}, p.Role) {
		return c, false
	}
	for _, by := range []func(*observation.Access, *observation.Process) (finding, bool){f.usersOwn, fromTable, f.system} {
		if c, ok := by(a, p); ok {
			return weakened(c, a), true
		}
	}
	return finding{}, false
}

// weakened is a finding of something that was only looked at: that it is there
// can steer a program, but its content did not enter.
func weakened(c finding, a *observation.Access) finding {
	if a.Op == observation.Look && c.effect.rank() < May.rank() {
		c.effect = May
	}
	return c
}

// searched finds cargo's, rustup's and git's searches for their own files, which
// matter also where nothing was found.
func (f *Facts) searched(a *observation.Access) (c finding, ok bool) {
	dir, base := path.Split(a.Path)
	dir = path.Clean(dir)
	inDotCargo := path.Base(dir) == ".cargo"
	switch {
	case slices.Contains([]string{"config", "config.toml"}, base) && (inDotCargo && f.Places.above(path.Dir(dir)) || dir == f.Places.Cargo):
		c = finding{Configuration, a.Path, Chooses}
	case base == "Cargo.toml" && (f.Places.above(dir) || dir == f.Places.Cargo):
		c = finding{Configuration, a.Path, Chooses}
	case slices.Contains([]string{"rust-toolchain", "rust-toolchain.toml"}, base) && f.Places.above(dir),
		a.Path == f.Places.Rustup+"/settings.toml":
		c = finding{Toolchain, a.Path, Chooses}
	case slices.Contains([]string{".gitconfig", ".git-credentials"}, base) && dir == f.Places.Home, within(f.Places.Home+"/.config/git", a.Path) && f.Places.Home != "":
		c = finding{Configuration, "git: " + a.Path, May}
	case base == ".git" && f.Places.above(dir):
		c = finding{Repository, a.Path, May}
	default:
		return c, false
	}
	if a.Outcome == observation.Absent {
		c = finding{Search, "files of cargo, rustup and git outside the root", Unlikely}
	}
	return c, true
}

// missing is what was looked for and is not there. Most of it is a compiler
// trying its directories; a program that is not there is a condition of the
// program that wanted it.
func (f *Facts) missing(a *observation.Access) (finding, bool) {
	switch {
	case a.Op == observation.Execute:
		return finding{Executable, path.Base(a.Path), May}, true
	case a.Path == "/etc/ld.so.preload", a.Path == "/etc/gitconfig":
		return finding{Search, "settings of the whole host", Unlikely}, true
	}
	return finding{}, false
}

// written is something that the build changed outside its own directories. What
// is below a directory for temporary files is gone or means nothing.
func (f *Facts) written(a *observation.Access, p *observation.Process) (finding, bool) {
	switch {
	case f.Places.temporary(a.Path) || within("/dev", a.Path) || within("/proc", a.Path):
		return finding{}, false
	case within(f.Places.Cargo, a.Path) || within(f.Places.Rustup, a.Path):
		return finding{Write, "state of cargo and rustup", Unlikely}, true
	case p.Role == observation.Cargo && within(f.Places.Root, a.Path):
		return finding{}, false // Cargo.lock, which is the project's
	}
	return finding{Write, a.Path, May}, true
}

// usersOwn is what lies in the homes of cargo, rustup and the user, and the
// version control of the project.
func (f *Facts) usersOwn(a *observation.Access, p *observation.Process) (finding, bool) {
	at := f.Places
	sysroot := slices.IndexFunc(f.sysroots, func(dir string) bool { return within(dir, a.Path) })
	switch {
	case within(at.Root+"/.git", a.Path):
		return finding{Repository, at.Root + "/.git", May}, true
	case at.Rustup != "" && strings.HasPrefix(a.Path, at.Rustup+"/toolchains/"):
		name, _, _ := strings.Cut(strings.TrimPrefix(a.Path, at.Rustup+"/toolchains/"), "/")
		return finding{Toolchain, "toolchain " + name, Chooses}, true
	case sysroot >= 0:
		return finding{Toolchain, "toolchain " + f.sysroots[sysroot], Chooses}, true
	case within(at.Rustup, a.Path):
		return finding{Toolchain, "settings of rustup", Unlikely}, true
	case within(at.Cargo+"/registry", a.Path) && at.Cargo != "", within(at.Cargo+"/git", a.Path) && at.Cargo != "":
		return finding{CrateSources, "crates in " + at.Cargo, Chooses}, true
	case within(at.Cargo+"/bin", a.Path) && at.Cargo != "":
		return finding{Executable, a.Path, Chooses}, true // rustup's proxies, or what stands in for them
	case within(at.Cargo, a.Path):
		return finding{Write, "state of cargo and rustup", Unlikely}, true
	case within(at.Home, a.Path) && !within("/usr", at.Home):
		if a.Op == observation.Execute {
			return finding{Executable, a.Path, Enters}, true
		}
		if f.lists(a) {
			return finding{Listing, a.Path, May}, true
		}
		return finding{HomeFile, a.Path, contentEffect(p)}, true
	}
	return finding{}, false
}

// lists reports whether an access is to the names in a directory. Nobody opens
// one for anything else but to name a file in it.
func (f *Facts) lists(a *observation.Access) bool {
	return a.Op == observation.List || a.Op == observation.Open && f.Directories[a.Path]
}

// contentEffect is what becomes of a file that a process opened: a compiler or a
// linker takes it in, other programs may.
func contentEffect(p *observation.Process) Effect {
	if slices.Contains([]observation.Role{observation.Rustc, observation.Rustdoc, observation.CCompiler, observation.Linker}, p.Role) {
		return Enters
	}
	return May
}

// fromTable is a place of every Linux host.
func fromTable(a *observation.Access, _ *observation.Process) (finding, bool) {
	k, ok := lookUp(a.Path)
	if strings.Contains(a.Path, "/gconv/") { // tables of character sets, below a directory with the architecture's name
		k, ok = known{kind: Locale, subject: "the locale", effect: Unlikely}, true
	}
	if !ok && (within("/proc", a.Path) || within("/sys", a.Path) || within("/dev", a.Path)) {
		k, ok = known{kind: Machine, subject: "the kernel's files: " + a.Path, effect: May}, true
	}
	return finding{k.kind, k.subject, k.effect}, ok
}
