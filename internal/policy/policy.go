// Package policy reads `hermetic.toml`, the file in which a project asks for
// what its build may see beyond the root: host variables, fixed variables and
// system packages. Flags of the command line merge into the same value.
//
// It is pure: bytes in, a value out, and the environment of the host is a
// parameter. Whatever it does not understand is an error and is never passed
// over: unknown keys, keys of the design that this version does not carry out
// yet, and variables that a world holds constant. All of them are reported at
// once, with line and column.
//
// It does not decide what the policy means for a build; internal/world and
// internal/system do.
package policy

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Policy is what the project asks for. Its lists are sorted and hold nothing
// twice. The zero value asks for nothing.
type Policy struct {
	Env    Env
	System System
}

// Env is the part about environment variables. No name is both in Allow and in
// Set, and none is reserved.
type Env struct {
	Allow []string          // names of host variables that may enter
	Set   map[string]string // fixed values; nil if there are none
}

// System is the part about the system layer.
type System struct {
	Packages []string // names of Debian packages, `name` or `name:architecture`
}

// document is hermetic.toml as it is written. Fields of type any belong to keys
// of the design that are refused for now.
type document struct {
	MinVersion string `toml:"min-version"`
	Env        struct {
		Allow []string          `toml:"allow"`
		Set   map[string]string `toml:"set"`
	} `toml:"env"`
	System struct {
		Packages  []string `toml:"packages"`
		Image     any      `toml:"image"`
		Linker    any      `toml:"linker"`
		CCompiler any      `toml:"c-compiler"`
	} `toml:"system"`
	World   any `toml:"world"`
	Package any `toml:"package"`
}

// Parse reads hermetic.toml. file is the name for messages, toolVersion the
// version of the running tool ("0.1.0"), which `min-version` is compared with.
// Errors are *diag.Diagnostic with exit code diag.ExitPolicy.
func Parse(file string, data []byte, toolVersion string) (*Policy, error) {
	doc, err := toml.Parse(diag.ExitPolicy, file, data)
	if err != nil {
		return nil, err
	}
	if err := checkMinVersion(doc, toolVersion); err != nil {
		return nil, err
	}
	var d document
	problems := doc.Decode(&d)
	problems = append(problems, unsupported(doc, &d, toolVersion)...)
	problems = append(problems, checkEnv(doc, &d)...)
	for i, name := range d.System.Packages {
		if !packageName().MatchString(name) {
			problems = append(problems, toml.Problem{
				At:      doc.At("system", "packages", i),
				Message: fmt.Sprintf("`%s` is not the name of a Debian package, such as `gcc` or `libc6:i386`", name),
			})
		}
	}
	if err := toml.Report(diag.ExitPolicy, file, problems); err != nil {
		return nil, err
	}
	p := &Policy{Env: Env{Allow: sorted(d.Env.Allow)}, System: System{Packages: sorted(d.System.Packages)}}
	if len(d.Env.Set) > 0 {
		p.Env.Set = d.Env.Set
	}
	return p, nil
}

// systemDigestFormat salts SystemDigest. Changing it, or what is hashed below
// it, makes every hermetic.lock out of date.
const systemDigestFormat = "cargo-hermetic policy, system part, 1\n"

// SystemDigest is the digest of that part of the policy on which hermetic.lock
// depends: the packages, sorted, each on a line.
func (p *Policy) SystemDigest() digest.Digest {
	text := systemDigestFormat
	for _, name := range sorted(p.System.Packages) {
		text += name + "\n"
	}
	return digest.Of([]byte(text))
}

// packageName follows Debian Policy 5.6.1 (lower-case letters, digits, plus,
// minus and full stop, at least two characters, the first a letter or digit),
// with dpkg's `:architecture` at the end where a foreign one is meant.
var packageName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A[a-z0-9][a-z0-9+.-]+(:[a-z0-9][a-z0-9-]*)?\z`)
})

// sorted returns a sorted copy without repetitions; nil for nothing.
func sorted(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}
