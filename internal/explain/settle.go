package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// settle asks who owns what was looked for and writes the ends of the notes. All
// lines that name packages are the same, and hold all of them, so that whichever
// is pasted is whole.
func (b Build) settle(found []finding, report *Report) error {
	var paths []string
	for _, f := range found {
		paths = append(paths, f.paths...)
	}
	slices.Sort(paths)
	var owners map[string]string
	var problem error
	if len(paths) > 0 {
		if owners, problem = b.Host.Owners(slices.Compact(paths)); problem != nil {
			problem = diag.Wrap(problem, "looking up the packages of this host")
		}
	}
	packages := slices.Clone(b.Policy.System.Packages)
	type ask struct {
		f       *finding
		name    string
		install string // the command, if it is not installed
	}
	var asks []ask
	for i := range found {
		f := &found[i]
		if !f.packaged {
			continue
		}
		name, install := f.answer(owners), ""
		switch {
		case name != "" && slices.Contains(b.Layer, name):
			f.Has = fmt.Sprintf("host package %s has it, and the system layer holds that package without it", name)
			f.Help = "put the file into the root"
			continue
		case name != "":
			var err error
			if name, err = b.whole(name); err != nil {
				problem = err
			}
			f.Has = fmt.Sprintf("host package %s has it", name)
		case f.directory:
			f.Has = "this host has it, with files of several packages"
			f.Help = "name those that the build needs in [system] packages of hermetic.toml"
		case len(f.paths) > 0:
			f.Has = fmt.Sprintf("this host has it as %s, in no package", b.shown(f.paths[0]))
			f.Help = "a system layer holds packages only: put it into the root, or install a package that has it"
		default:
			if f.usual != "" {
				name, install = b.Host.Install(f.usual)
			}
			if f.Has = "this host has it not"; name == "" {
				f.Help = "find the package that has it, install it and name it in [system] packages of hermetic.toml"
				break
			}
			f.Has += "; package " + name + " has it as a rule"
		}
		if name != "" {
			packages = append(packages, name)
			asks = append(asks, ask{f, name, install})
		}
	}
	if len(asks) > 0 && problem == nil {
		var known []string
		known, problem = b.alsoNeeded(found)
		packages = append(packages, known...)
	}
	slices.Sort(packages)
	packages = slices.Compact(packages)
	for _, a := range asks {
		if b.Policy.System.Image != "" { // the two exclude each other
			a.f.Help = "the system layer is an image: name one in [system] image that has package " + a.name
			continue
		}
		a.f.Help = fmt.Sprintf("add to hermetic.toml: [system] packages = %s", list(packages))
		if a.install != "" {
			a.f.Help = fmt.Sprintf("install it (%s) and %s", a.install, a.f.Help)
		}
	}
	if len(asks) > 0 {
		report.Then = "after a change of [system], run: cargo hermetic lock --update"
	}
	return problem
}

// answer is the package that has one of the places.
func (f *finding) answer(owners map[string]string) string {
	for _, p := range f.paths {
		if name := owners[p]; name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789+.-:") == "" {
			return name
		}
	}
	return ""
}

// alsoNeeded returns what is known of the crates that failed, so that the line is
// whole at the first time: openssl-sys asks for no header before it has
// pkg-config. What was found by another name is not needed twice.
func (b Build) alsoNeeded(found []finding) ([]string, error) {
	var crates, names []string
	for _, f := range found {
		if f.process != nil {
			crates = append(crates, f.process.Unit.Package)
		}
	}
	for _, need := range policy.Needs(crates) {
		sought := func(f finding) bool { return f.usual == need.Package }
		if !slices.Contains(b.Layer, need.Package) && !slices.ContainsFunc(found, sought) && !b.has(need.Package) {
			names = append(names, need.Package)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	missing, err := b.Host.Missing(names)
	if err != nil {
		return nil, diag.Wrap(err, "looking up the packages of this host")
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(missing, name) }), nil
}

// has reports whether the world has the program of a package, from this one or
// from another: pkg-config is of pkgconf on newer hosts.
func (b Build) has(pkg string) bool {
	for program, usual := range debianPrograms {
		if usual == pkg && b.Host.Inside("/usr/bin/"+program) {
			return true
		}
	}
	return false
}

// whole returns the package that a person would name: Debian splits perl and
// python so that the least of them fits on every host, and a build wants the
// rest.
func (b Build) whole(name string) (string, error) {
	for begin, end := range map[string]string{"perl": "-base", "python": "-minimal"} {
		if full, ok := strings.CutSuffix(name, end); ok && strings.HasPrefix(name, begin) && isPlain(full) {
			missing, err := b.Host.Missing([]string{full})
			if err != nil {
				return name, diag.Wrap(err, "looking up the packages of this host")
			}
			if len(missing) == 0 {
				return full, nil
			}
		}
	}
	return name, nil
}
