package system

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// record is what rpm, apk and pacman know of a package. Versions of what it
// needs are dropped: the manager holds them true for what is installed.
type record struct {
	Package
	requires []requirement
	provides []string
	broken   string // why its files are not all there; empty where they are
}

// requirement is one thing that a package cannot work without.
type requirement interface {
	String() string
	// satisfy returns the packages that serve it for a dependent of this
	// architecture; ok is false where nothing does.
	satisfy(x *index, architecture string) (found []*Package, ok bool, err error)
}

// name is a requirement of a package, of something that packages provide, or,
// where it begins with a slash, of a file.
type name string

func (n name) String() string { return string(n) }

func (n name) satisfy(x *index, architecture string) ([]*Package, bool, error) {
	found := x.providing(string(n), architecture)
	if len(found) == 0 && strings.HasPrefix(string(n), "/") {
		owner, err := x.owner(string(n[1:]))
		if owner == nil || err != nil {
			return nil, false, err
		}
		found = []*Package{owner}
	}
	return found, len(found) > 0, nil
}

// index is the part that the databases of rpm, apk and pacman have in common.
type index struct {
	tree      *tree
	words     *Manager
	arch      string
	records   []*record
	byPackage map[*Package]*record
	byName    map[string][]*Package // whole ones
	providers map[string][]*Package // whole ones, by what they provide
	// named returns the files of a package with this last component; it is
	// also how files that only scripts made are found.
	named  func(p *Package, base string) ([]listed, error)
	owners map[string]*Package // answers of owner
}

func (x *index) add(r *record) {
	if x.byPackage == nil {
		x.byPackage, x.byName = map[*Package]*record{}, map[string][]*Package{}
		x.providers, x.owners = map[string][]*Package{}, map[string]*Package{}
	}
	x.records = append(x.records, r)
	if r.broken != "" {
		return
	}
	p := &r.Package
	x.byPackage[p] = r
	x.byName[p.Name] = append(x.byName[p.Name], p)
	for _, n := range slices.Compact(slices.Sorted(slices.Values(r.provides))) {
		if n != p.Name {
			x.providers[n] = append(x.providers[n], p)
		}
	}
}

func (x *index) manager() *Manager { return x.words }
func (x *index) native() string    { return x.arch }

func (x *index) installed() []*Package {
	var all []*Package
	for _, r := range x.records {
		if r.broken == "" {
			all = append(all, &r.Package)
		}
	}
	return all
}

// providing returns the packages of this name, or else all that provide it:
// a choice among them would be ours and not the host's. Where some are of the
// dependent's architecture, only they count.
func (x *index) providing(name, architecture string) []*Package {
	found := x.byName[name]
	if len(found) == 0 {
		found = x.providers[name]
	}
	fitting := func(p *Package) bool {
		return p.Architecture == architecture || p.Architecture == allArchitectures
	}
	if slices.ContainsFunc(found, fitting) {
		found = slices.DeleteFunc(slices.Clone(found), func(p *Package) bool { return !fitting(p) })
	}
	return found
}

// owner returns the package that has the file with this name, first as packages
// list it, then as the links of the host lead to it; nil where none has.
func (x *index) owner(file string) (*Package, error) {
	if p, known := x.owners[file]; known {
		return p, nil
	}
	base := file[strings.LastIndexByte(file, '/')+1:]
	for _, p := range x.installed() {
		entries, err := x.named(p, base)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(entries, func(e listed) bool { return e.name == file }) {
			x.owners[file] = p
			return p, nil
		}
	}
	at, err := x.tree.walk(file, false)
	if errors.Is(err, fs.ErrNotExist) {
		x.owners[file] = nil
		return nil, nil
	}
	if err != nil {
		return nil, diag.Wrap(err, "looking at `%s`", x.tree.host(file))
	}
	p, err := ownerOf(x.tree, (*byFile)(x), at.name, x.installed())
	if err == nil {
		x.owners[file] = p
	}
	return p, err
}

// byFile asks an index for files by name, for ownerOf.
type byFile index

func (x *byFile) filesNamed(p *Package, base string) ([]listed, error) { return x.named(p, base) }

func (x *index) find(text string) ([]*Package, error) {
	name, arch, qualified := strings.Cut(text, ":")
	if !validName(name) || qualified && !onlyWith(arch, "_-") || qualified && arch == "" {
		return nil, errNotName
	}
	if !qualified {
		return x.providing(name, x.arch), nil
	}
	return slices.DeleteFunc(slices.Clone(x.byName[name]), func(p *Package) bool { return p.Architecture != arch }), nil
}

func (x *index) explain(text string) []string {
	name, arch, qualified := strings.Cut(text, ":")
	var notes []string
	for _, r := range x.records {
		switch {
		case r.Name != name:
		case r.broken != "":
			notes = append(notes, x.words.Name+" has `"+name+"`, and "+r.broken)
		case qualified && r.Architecture != arch:
			notes = append(notes, x.words.Name+" has `"+name+"` for "+r.Architecture)
		}
	}
	return notes
}

func (x *index) requires(p *Package) (found []*Package, missing string, err error) {
	arch := p.Architecture
	if arch == allArchitectures {
		arch = x.arch
	}
	for _, r := range x.byPackage[p].requires {
		next, ok, err := r.satisfy(x, arch)
		if err != nil {
			return nil, "", err
		}
		if !ok {
			return nil, r.String(), nil
		}
		found = append(found, next...)
	}
	return found, "", nil
}

// essential returns the programs that configure scripts and make take for
// granted, as far as the host has them.
func (x *index) essential() []*Package {
	var all []*Package
	for _, name := range x.words.shell {
		all = append(all, x.providing(name, x.arch)...)
	}
	return all
}

// nativeOf takes the host's architecture from the first of these packages that
// is installed: no manager but dpkg writes it down for itself.
func (x *index) nativeOf(names ...string) error {
	for _, name := range names {
		for _, p := range x.byName[name] {
			if p.Architecture != allArchitectures {
				x.arch = p.Architecture
				return nil
			}
		}
	}
	return diag.New(diag.ExitFailed, "the %s database does not tell the host's architecture", x.words.Name).
		Note("none of these is installed: `%s`", strings.Join(names, "`, `")).
		WithHelp("%s", x.words.Install(names[0]))
}
