// Package policy reads `hermetic.toml`, the file in which a project asks for
// what its build may see beyond the root: host variables, fixed variables, system
// packages and files that build scripts would download. Flags of the command line merge into the same value.
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
	World  World

	Downloads []Download // in the order of the file
}

// Env is the part about environment variables. No name is both in Allow and in
// Set, and none is reserved.
type Env struct {
	Allow []string          // names of host variables that may enter
	Set   map[string]string // fixed values; nil if there are none
}

// document is hermetic.toml as it is written. Fields of type any belong to keys
// of the design that are refused for now, and to the image, where a missing key
// must be told from an empty one.
type document struct {
	MinVersion string `toml:"min-version"`
	Env        struct {
		Allow []string          `toml:"allow"`
		Set   map[string]string `toml:"set"`
	} `toml:"env"`
	System struct {
		Packages  []string `toml:"packages"`
		Image     any      `toml:"image"`
		Toolchain *string  `toml:"toolchain"`
		Linker    *string  `toml:"linker"`
		CCompiler *string  `toml:"c-compiler"`
	} `toml:"system"`
	World struct {
		Clock  *string `toml:"clock"`
		Random *string `toml:"random"`
		CPU    *string `toml:"cpu"`
		CPUs   any     `toml:"cpus"`
		Git    any     `toml:"git"`
		Paths  any     `toml:"paths"`
	} `toml:"world"`
	Package  any     `toml:"package"`
	Download []entry `toml:"download"`
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
	held, wrong := worldOf(doc, &d)
	problems = append(problems, wrong...)
	problems = append(problems, checkImage(doc, &d)...)
	var system System
	problems = append(problems, systemChoices(doc, &d, &system)...)
	downloads, wrong := downloadsOf(doc, &d)
	problems = append(problems, wrong...)
	for i, name := range d.System.Packages {
		if !packageName().MatchString(name) {
			problems = append(problems, toml.Problem{
				At:      doc.At("system", "packages", i),
				Message: fmt.Sprintf("`%s` is not the name of a package, such as `gcc` or `libc6:i386`", name),
			})
		}
	}
	if err := toml.Report(diag.ExitPolicy, file, problems); err != nil {
		return nil, err
	}
	p := &Policy{Env: Env{Allow: sorted(d.Env.Allow)}, System: system, World: held, Downloads: downloads}
	p.System.Packages = sorted(d.System.Packages)
	p.System.Image, _ = d.System.Image.(string) // another type was refused above
	if len(d.Env.Set) > 0 {
		p.Env.Set = d.Env.Set
	}
	return p, nil
}

// These salt SystemDigest. Changing one, or what is hashed below it, makes every
// hermetic.lock out of date; so does every change of what the same packages
// become in a layer, which the number is raised for. 2: the layer has a cache of
// its loader; 3: and an index of character sets. Of images: 2: the index is taken.
const (
	digestFormat   = "cargo-hermetic policy, system part, %d\n"
	packagesFormat = 3
	imageFormat    = 2
)

// SystemDigest is the digest of that part of the policy on which hermetic.lock
// depends: the packages, sorted, each on a line, or the image, and what the
// other keys of `[system]` choose.
func (p *Policy) SystemDigest() digest.Digest { return p.systemDigest(p.systemFormat()) }

func (p *Policy) systemFormat() int {
	if p.System.Image != "" {
		return imageFormat
	}
	return packagesFormat
}

// WasSystemDigest reports whether SystemDigest was that before the system layers
// changed, to tell a lock of then from one of another policy.
func (p *Policy) WasSystemDigest(d digest.Digest) bool {
	for format := 1; format < p.systemFormat(); format++ {
		if d == p.systemDigest(format) {
			return true
		}
	}
	return false
}

func (p *Policy) systemDigest(format int) digest.Digest {
	text := fmt.Sprintf(digestFormat, format)
	for _, name := range sorted(p.System.Packages) {
		text += name + "\n"
	}
	if p.System.Image != "" {
		text += "image " + p.System.Image + "\n" // no package has a space in its name
	}
	return digest.Of([]byte(text + p.System.choices()))
}

// packageName holds what the package managers of the served distributions allow
// in names: rpm capitals and underscores, all of them letters, digits, plus,
// minus and full stop. An `:architecture` at the end means a foreign one.
var packageName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9+._-]*(:[a-z0-9][a-z0-9_-]*)?\z`)
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
