package explain

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// systemFile is a file that a package may have.
func (s *search) systemFile(i int, p *observation.Process, a observation.Access) {
	there, dir := s.b.Host.Exists(a.Path)
	base := path.Base(a.Path)
	f := finding{Note: Note{Code: SystemFile}, name: base, packaged: true, weak: !there || dir}
	key := a.Path
	switch {
	case dir:
		// Programs look at directories before they look into them, and an empty
		// answer is not why they end; what they say they wanted may be in one.
		f.directory = true
		f.What = "looked for the directory " + quoted(a.Path)
		s.addIfThere(i, p, f, key, a.Path, there)
		return
	case strings.HasSuffix(base, ".pc"):
		module := strings.TrimSuffix(base, ".pc")
		if s.had(p.ID, base) || strings.HasSuffix(module, "-uninstalled") {
			return
		}
		f = s.b.module(module)
		f.weak = !there && !s.unit.failed[p.ID]
		key = module
	case isHeader(base):
		key = included(a.Path)
		if s.had(p.ID, key) {
			return
		}
		f.Code, f.name, f.usual = Header, key, debianHeaders[key]
		f.What = "looked for the header " + quoted(key)
		if !there && !(p.Role == observation.CCompiler && s.unit.failed[p.ID]) {
			return
		}
	case p.Role == observation.Linker || p.Role == observation.Rustc:
		m := linked().FindStringSubmatch(base)
		if m == nil {
			s.addIfThere(i, p, f, key, a.Path, there)
			return
		}
		if s.had(p.ID, m[0]) || s.had(p.ID, "lib"+m[1]+".so") || s.had(p.ID, "lib"+m[1]+".a") || !there && !s.unit.failed[p.ID] {
			return
		}
		key = m[1]
		f.Code, f.name, f.usual = Library, "-l"+m[1], debianLibraries[m[1]]
		f.What = fmt.Sprintf("looked for the library %s (-l%s)", quoted("lib"+m[1]), plain(m[1]))
	case strings.HasPrefix(base, "lib") && (strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")):
		if s.had(p.ID, base) || !there && !s.unit.failed[p.ID] {
			return
		}
		key = base
		f.Code = Shared
		f.What = "looked for the shared library " + quoted(base)
	default:
		f.What = "looked for " + quoted(a.Path)
		s.addIfThere(i, p, f, key, a.Path, there)
		return
	}
	if there && !dir {
		f.paths = append(f.paths, a.Path)
		f.weak = false
	}
	s.add(i, p, f, key)
}

// addIfThere takes a file of which nothing is known but its place: that nobody
// has it says nothing.
func (s *search) addIfThere(i int, p *observation.Process, f finding, key, at string, there bool) {
	if there {
		f.paths = []string{at}
		s.add(i, p, f, key)
	}
}

// modules finds what pkg-config was asked for and did not find. It does not look
// for a file where the directory is missing.
func (s *search) modules() {
	for _, e := range s.unit.record.Exits {
		if !s.unit.failed[e.Process] {
			continue
		}
		p := s.unit.record.Process(e.Process)
		if base := path.Base(p.Exe); base != "pkg-config" && base != "pkgconf" || len(p.Argv) == 0 {
			continue
		}
		for _, arg := range p.Argv[1:] {
			// `--libs`, `zlib >= 1.2`, `>=`, `1.2`.
			name, _, _ := strings.Cut(strings.TrimSpace(arg), " ")
			if name == "" || strings.IndexByte("-<>=!0123456789", name[0]) >= 0 || s.had(p.ID, name+".pc") {
				continue
			}
			f := s.b.module(name)
			for _, dir := range []string{"/usr/lib/" + multiarch(s.unit.record) + "/pkgconfig/", "/usr/lib/pkgconfig/", "/usr/share/pkgconfig/"} {
				f.paths = s.b.existing(f.paths, dir+name+".pc")
			}
			f.weak = len(f.paths) == 0
			s.add(len(s.unit.record.Accesses), p, f, name)
		}
	}
}

func (b Build) module(name string) finding {
	return finding{
		Note: Note{Code: PkgConfig, What: "asked pkg-config for " + quoted(name)},
		name: name, packaged: true, usual: debianModules[name],
	}
}

// multiarch is the directory of libraries below /usr/lib, which every C
// compiler and loader of the world looked into.
func multiarch(r *observation.Record) string {
	for _, a := range r.Accesses {
		rest, ok := strings.CutPrefix(a.Path, "/usr/lib/")
		if first, _, deeper := strings.Cut(rest, "/"); ok && deeper && strings.Contains(first, "-linux-gnu") {
			return first
		}
	}
	return ""
}

func isHeader(base string) bool {
	switch path.Ext(base) {
	case ".h", ".hpp", ".hh", ".hxx", ".inc":
		return true
	}
	return false
}

// linked is a library as a linker looks for it.
var linked = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^lib(.+?)\.(?:so|a)$`) })

// included is a header as a source names it: without the directory in which it
// was looked for.
func included(p string) string {
	i := strings.LastIndex(p, "/include/")
	if i < 0 {
		return path.Base(p)
	}
	name := p[i+len("/include/"):]
	if first, rest, ok := strings.Cut(name, "/"); ok && strings.Contains(first, "-linux-gnu") {
		return rest
	}
	return name
}
