package system

import (
	"debug/elf"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// includeAll is what Debian's libc-bin has as etc/ld.so.conf. That package is in
// few closures, while each that keeps its libraries elsewhere has a file in the
// directory.
const includeAll = "include /etc/ld.so.conf.d/*.conf\n"

// loaderConfiguration returns etc/ld.so.conf for a layer that has none and has
// files for it to include.
func (p *plan) loaderConfiguration() ([]byte, error) {
	_, captured := p.entries[loaderConf]
	if captured || !p.dirs[loaderConf+".d"] {
		return nil, nil
	}
	return []byte(includeAll), nil
}

// loaderIndex returns the cache of the layer's loader, as ldconfig(8) would make
// it of the layer, and adds the links that ldconfig would. Nothing of the host is
// in it but the layer's files. Without it each program that starts looks for each
// of its libraries in each directory, and does not find those in directories that
// only the configuration names.
//
// It is nothing for layers without the loader of glibc, and on machines that are
// not in loaderFamilies. What it leaves out, ldconfig has left out since glibc
// 2.37: directories such as haswell, which were before glibc-hwcaps.
func (p *plan) loaderIndex() ([]byte, error) {
	v := newView(p)
	x := &indexer{view: v, known: map[string]*shared{}}
	if err := x.findFamily(); err != nil || x.family == nil {
		return nil, err
	}
	path := searchPath{view: v, conf: p.remade[loaderConf]}
	if err := path.read("/"+loaderConf, nil); err != nil {
		return nil, err
	}
	for _, dir := range p.loaderDirs {
		path.add("/" + dir)
	}
	for _, dir := range path.dirs {
		if err := x.search(dir); err != nil {
			return nil, err
		}
	}
	return encodeCache(x.found), nil
}

// indexer looks through directories for libraries.
type indexer struct {
	view   *view
	family []elf.Machine
	known  map[string]*shared // by canonical name
	found  []library
}

// findFamily takes the machine from the first loader in the loader's own
// directories, of which the native one is first.
func (x *indexer) findFamily() error {
	for _, name := range x.view.plan.loaderDirs {
		dir, ok := x.view.dir(name)
		if !ok {
			continue
		}
		for _, base := range x.view.children[dir] {
			if !strings.HasPrefix(base, "ld-linux") {
				continue
			}
			s, err := x.shared(dir + "/" + base)
			if err != nil {
				return err
			}
			if s != nil && loaderFamilies[s.machine] != nil {
				x.family = loaderFamilies[s.machine]
				return nil
			}
		}
	}
	return nil
}

// shared looks into a file of the layer, through links.
func (x *indexer) shared(name string) (*shared, error) {
	at, ok := x.view.file(name)
	if !ok {
		return nil, nil
	}
	if s, known := x.known[at]; known {
		return s, nil
	}
	s, err := readShared(x.view.plan.tree.host(at))
	if err != nil {
		return nil, diag.Wrap(err, "reading the library `%s`", x.view.plan.tree.host(at))
	}
	x.known[at] = s
	return s, nil
}

// candidate is the file that a directory has for a name.
type candidate struct {
	base  string
	link  bool
	flags int32
}

// search takes the libraries of a directory: for each name the newest file.
func (x *indexer) search(d searched) error {
	best := map[string]candidate{}
	for _, base := range x.view.children[d.dir] {
		if !isLibraryName(base) {
			continue
		}
		s, err := x.shared(d.dir + "/" + base)
		if err != nil {
			return err
		}
		if s == nil || !slices.Contains(x.family, s.machine) || s.flags() == 0 {
			continue
		}
		soname := s.soname
		if soname == "" {
			soname = base
		}
		c := candidate{base, x.view.isLink(d.dir, base), s.flags()}
		if c.link && base != soname {
			// libx.so is for the linker and another name of libx.so.1. Every other
			// link is as good as the file, for it may be the only one here.
			if c.link = strings.HasSuffix(base, ".so") && strings.HasPrefix(soname, base); c.link {
				soname = base
			}
		}
		if !isLookedUp(soname) {
			continue
		}
		old, there := best[soname]
		if !there || !c.link && old.link || c.link == old.link && compareSonames(old.base, base) < 0 {
			best[soname] = c
		}
	}
	for _, soname := range slices.Sorted(maps.Keys(best)) {
		c := best[soname]
		base := soname
		if d.hwcaps != "" {
			base = c.base // ldconfig makes no links there
		} else if !c.link {
			x.link(d.dir, soname, c.base)
		}
		x.found = append(x.found, library{soname, d.path + "/" + base, c.flags, d.hwcaps})
	}
	return nil
}

// link makes the name by which programs ask for a library, where the packages
// do not have it or have it lead nowhere.
func (x *indexer) link(dir, soname, base string) {
	if _, there := x.view.resolve(dir + "/" + soname); !there {
		x.view.plan.entries[path.Join(dir, soname)] = entry{target: base}
	}
}

// isLibraryName holds for names that ldconfig opens.
func isLibraryName(base string) bool {
	return (strings.HasPrefix(base, "lib") || strings.HasPrefix(base, "ld-")) && strings.Contains(base, ".so")
}

// isLookedUp holds for names that the loader looks up in a cache, and sorts as
// ldconfig does on every machine: characters beyond ASCII have a sign on some.
func isLookedUp(soname string) bool {
	return !strings.ContainsFunc(soname, func(r rune) bool { return r <= ' ' || r == '/' || r >= 0x7f })
}
