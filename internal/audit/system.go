package audit

import (
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// system is a file of the host that is nobody's home: by the package that owns
// it, and by what was done with it.
func (f *Facts) system(a *observation.Access, p *observation.Process) (finding, bool) {
	owner, owned := f.ownerOf(a)
	subject := a.Path
	if owned {
		subject = owner.String()
	}
	switch {
	case a.Op == observation.Look && f.Hashes[a.Path] == "":
		return finding{}, false // a directory on the way
	case a.Op == observation.Execute:
		return finding{Executable, subject, Enters}, true
	case f.lists(a):
		return finding{Listing, a.Path, May}, true
	case isLibrary(a.Path) && p.Role == observation.Linker && path.Base(a.Path) != "liblto_plugin.so": // which ld runs
		return finding{Library, subject, Enters}, true
	case isLibrary(a.Path):
		return finding{Loaded, subject, May}, true
	case path.Ext(a.Path) == ".pc":
		return finding{Library, subject, Enters}, true // says what is linked, and how
	case p.Role == observation.CCompiler && (strings.Contains(a.Path, "/include/") || isHeader(a.Path)):
		return finding{Header, subject, Enters}, true
	}
	return finding{HostFile, subject, contentEffect(p)}, true
}

// ownerOf returns the package that has what a program asked for. Where that is a
// link, its package is the one to ask for: it depends on that of the file, and
// without it the name is not there.
func (f *Facts) ownerOf(a *observation.Access) (Package, bool) {
	if owner, ok := f.Owners[a.Asked]; ok {
		return owner, true
	}
	owner, ok := f.Owners[a.Path]
	return owner, ok
}

// loadingPhase returns for each linker the index of the access that ends the work
// of the dynamic loader: the first to something that no loader opens. Before it a
// library is what the linker runs with, and after it what it links.
func loadingPhase(r *observation.Record) map[int]int {
	ends := map[int]int{}
	for i, a := range r.Accesses {
		if _, ended := ends[a.Process]; ended || r.Process(a.Process).Role != observation.Linker || a.Op != observation.Open {
			continue
		}
		if !strings.Contains(path.Base(a.Path), ".so") && !strings.HasPrefix(a.Path, "/etc/ld.so.") {
			ends[a.Process] = i
		}
	}
	return ends
}

// isSharedByLinking reports whether a library is the C library or the compiler's.
// A linker runs with it and links it, and only the first access is recorded.
func isSharedByLinking(name string) bool {
	base := path.Base(name)
	for _, stem := range []string{"libc.so.", "libm.so.", "libgcc_s.so.", "ld-linux"} {
		if strings.HasPrefix(base, stem) {
			return true
		}
	}
	return false
}

// isLibrary reports whether a file is something that is linked, by its name.
func isLibrary(name string) bool {
	base := path.Base(name)
	switch path.Ext(base) {
	case ".so", ".a", ".o", ".la":
		return true
	}
	return strings.Contains(base, ".so.")
}

func isHeader(name string) bool {
	switch path.Ext(name) {
	case ".h", ".hh", ".hpp", ".hxx", ".inc":
		return true
	}
	return false
}

// connection is a connection that was asked for.
func (f *Facts) connection(a *observation.Access, p *observation.Process) (finding, bool) {
	if a.Op == observation.Socket {
		return finding{Network, "sockets of family " + a.Path, May}, true
	}
	if strings.HasPrefix(a.Path, "/") {
		if k, ok := lookUp(a.Path); ok {
			return finding{k.kind, k.subject, k.effect}, true
		}
		if a.Outcome == observation.Absent {
			return finding{Search, "local services", Unlikely}, true
		}
		return finding{Network, "local service " + a.Path, Chooses}, true
	}
	if p.Role == observation.Cargo && p.Unit.Package == "" {
		// What it brings is compared with Cargo.lock, if there is one.
		return finding{Network, "downloads of cargo", Chooses}, true
	}
	return finding{Network, a.Path, Chooses}, true
}
