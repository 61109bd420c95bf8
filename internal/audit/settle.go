package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// settlements are those that depend on nothing but the kind.
var settlements = map[Kind]Settlement{
	Configuration: {Itself, "", "a hermetic build looks at nothing above or outside the root; copy the keys that the project needs into `.cargo/config.toml` of the root"},
	Search:        {Itself, "", "a hermetic build does not search outside the root, and has no variables but its own"},
	Toolchain:     {Command, "cargo hermetic init", "it pins the toolchain by digest in `rust-toolchain.toml` and `hermetic.lock`"},
	CrateSources:  {Command, "cargo hermetic fetch", "it unpacks every crate anew and compares it with the SHA-256 in `Cargo.lock`; the user's copies are not used"},
	HomeFile:      {Project, "", "copy it into the root and name it there; a hermetic build has an empty home"},
	HostFile:      {Project, "", "copy it into the root and name it there; no installed package owns it"},
	Random:        {Itself, "", "under isolation `namespaces` random numbers depend on the world alone"},
	Clock:         {Itself, "", "every world has the time zone UTC, and under isolation `namespaces` a constant clock"},
	Machine:       {Itself, "", "a hermetic build shows no file of the machine's state but what every world has"},
	Identity:      {Itself, "", "every world is uid 1000, `builder` on `localhost`"},
	Loader:        {Itself, "", "a hermetic build has no such file: libraries are found in the pinned directories"},
	Locale:        {Itself, "", "every world has one constant locale"},
	Listing:       {Itself, "", "a hermetic build has no such directory, or one with pinned names in it"},
	Write:         {Itself, "", "a hermetic build can write to its target and temporary directories only"},
	Repository:    {Itself, "", "a hermetic build does not see `.git`; write what is needed into a file of the root"},
	Embedded:      {Itself, "", "the root of every world is `/hermetic/root`, its outputs `/hermetic/target`, its cargo home `/hermetic/cargo`"},
}

// settle says what would settle a channel.
func (a *analysis) settle(c *Channel) Settlement {
	switch c.Kind {
	case Variable:
		if c.Effect == Unlikely {
			return Settlement{Itself, "", "a hermetic build does not see it, and the output does not depend on it"}
		}
		return a.settleVariable(c.Subject)
	case Configuration:
		if strings.HasPrefix(c.Subject, "git: ") {
			return Settlement{Itself, "", "a build in a world has neither a home nor settings of the host for git"}
		}
	case Network:
		return settleNetwork(c)
	case Executable, Header, Library, Loaded, HostFile:
		return a.settleFile(c)
	}
	return settlements[c.Kind]
}

func (a *analysis) settleVariable(name string) Settlement {
	probe := policy.Policy{}
	if err := probe.AllowEnv([]string{name}); err != nil {
		return Settlement{Itself, "", err.Error()}
	}
	if _, set := a.Facts.Policy.Env.Set[name]; set {
		return Settlement{Itself, "", "`env.set` of hermetic.toml gives it a fixed value"}
	}
	if slices.Contains(a.Facts.Policy.Env.Allow, name) {
		return Settlement{Itself, "", "`env.allow` of hermetic.toml lets it in, and its value is part of the world"}
	}
	return Settlement{Policy, "[env] allow = " + list(append(slices.Clone(a.Facts.Policy.Env.Allow), name)),
		"a hermetic build does not see it; allowed, its value is part of the world"}
}

func settleNetwork(c *Channel) Settlement {
	if strings.HasPrefix(c.Subject, "downloads") || strings.HasPrefix(c.Subject, "trusted") || strings.HasPrefix(c.Subject, "settings") {
		return Settlement{Command, "cargo hermetic fetch", "it downloads and verifies everything before a build, which has no network"}
	}
	return Settlement{Project, "", "a hermetic build has no network; name what is downloaded in [[download]] of hermetic.toml, with its address and SHA-256, or put it into the root"}
}

// settleFile is for what a package of the host owns, or nobody.
func (a *analysis) settleFile(c *Channel) Settlement {
	name, installed := a.packageOf(c)
	switch {
	case installed && a.Pinned[name]:
		return Settlement{Command, "cargo hermetic lock", "the package is in every world with this policy, pinned by digest in `hermetic.lock`"}
	case installed:
		return Settlement{Policy, "[system] packages = " + list(append(slices.Clone(a.Facts.Policy.System.Packages), name)),
			"pins the package with what it needs, by digest, in `hermetic.lock`"}
	case c.Kind == Executable && absentOnly(c):
		return Settlement{Itself, "", "it was not there; in a hermetic build it is not there until a package of hermetic.toml has it"}
	case c.Kind == Executable && within(a.Places.Cargo, c.Subject):
		return settlements[Toolchain]
	case c.Kind == Executable:
		return Settlement{Project, "", "no installed package owns it: use a program of a package, or build it from sources in the root"}
	}
	return settlements[HostFile]
}

// packageOf returns the package that a channel is about.
func (a *analysis) packageOf(c *Channel) (string, bool) {
	for _, u := range c.Uses {
		for _, p := range u.Proofs {
			for _, path := range []string{p.Asked, p.Path} {
				if owner, ok := a.Owners[path]; ok && c.Subject == owner.String() {
					return owner.Name, true
				}
			}
		}
	}
	return "", false
}

func absentOnly(c *Channel) bool {
	for _, u := range c.Uses {
		if slices.ContainsFunc(u.Proofs, func(p Proof) bool { return !p.Absent }) {
			return false
		}
	}
	return true
}

// policyText is a hermetic.toml that has every line of the channels, and what the
// policy has already. Empty if no line is needed.
func (a *analysis) policyText(channels []Channel) string {
	allow, packages := slices.Clone(a.Facts.Policy.Env.Allow), slices.Clone(a.Facts.Policy.System.Packages)
	before := len(allow) + len(packages)
	for i := range channels {
		c := &channels[i]
		if c.Settle.By != Policy {
			continue
		}
		if c.Kind == Variable {
			allow = append(allow, c.Subject)
		} else if name, ok := a.packageOf(c); ok {
			packages = append(packages, name)
		}
	}
	if len(allow)+len(packages) == before {
		return ""
	}
	packages = a.withoutNeeded(packages)
	var b strings.Builder
	if len(allow) > 0 {
		fmt.Fprintf(&b, "[env]\nallow = %s\n", list(allow))
	}
	if len(packages) > 0 {
		fmt.Fprintf(&b, "[system]\npackages = %s\n", list(packages))
	}
	return b.String()
}

// withoutNeeded leaves out the packages that come with another of the list.
func (a *analysis) withoutNeeded(packages []string) []string {
	slices.Sort(packages)
	packages = slices.Compact(packages)
	kept := slices.Clone(packages)
	for _, name := range packages {
		with := func(other string) bool { return other != name && slices.Contains(a.Needs[other], name) }
		if !slices.Contains(a.Facts.Policy.System.Packages, name) && slices.ContainsFunc(kept, with) {
			kept = slices.DeleteFunc(kept, func(other string) bool { return other == name })
		}
	}
	return kept
}

// list is a TOML array of names, sorted, each once. Names of variables that a
// policy takes and of packages need no escapes.
func list(names []string) string {
	slices.Sort(names)
	return `["` + strings.Join(slices.Compact(names), `", "`) + `"]`
}

// occurrences is the note of bytes that were found.
func occurrences(b Bytes) string {
	if b.Count == 1 {
		return fmt.Sprintf("`%s`, at byte %d", b.Path, b.Offset)
	}
	return fmt.Sprintf("`%s`, %d times, first at byte %d", b.Path, b.Count, b.Offset)
}
