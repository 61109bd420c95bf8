package lock

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Kind says what of a lock a Change is about. The values are part of the JSON
// that `cargo hermetic lock --format json` prints.
type Kind string

// The kinds, in the order in which Diff lists them: what a person knows by name
// and version first, digests last.
const (
	KindToolchain      Kind = "toolchain"
	KindHost           Kind = "host"
	KindChannel        Kind = "channel"
	KindComponent      Kind = "component"
	KindImage          Kind = "image"
	KindSystem         Kind = "system"
	KindArchitecture   Kind = "architecture"
	KindRequested      Kind = "requested"
	KindPackage        Kind = "package"
	KindPolicy         Kind = "policy"
	KindToolchainLayer Kind = "toolchain layer"
	KindSystemLayer    Kind = "system layer"
)

// Change is one thing in which two locks differ.
type Change struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name,omitempty"` // of a package or component; of a toolchain its release, where only the commit differs
	From string `json:"from,omitempty"` // version, value or whole digest; empty if it is not there
	To   string `json:"to,omitempty"`
}

// Digest reports whether the change is one of digests, which says nothing to a
// person but that there is one.
func (c Change) Digest() bool {
	return c.Kind == KindPolicy || c.Kind == KindToolchainLayer || c.Kind == KindSystemLayer
}

// String returns the line for people: `+ make 4.3-4.1`, `- make 4.3-4.1`,
// `~ gcc-12 12.2.0-14 -> 12.2.0-15`.
func (c Change) String() string {
	what, from, to := string(c.Kind), c.From, c.To
	switch {
	case c.Kind == KindPackage:
		what = c.Name
	case c.Kind == KindComponent, c.Kind == KindRequested:
		what, from, to = what+" "+c.Name, "", ""
	case c.Name != "":
		what += " " + c.Name
	case c.Digest():
		from, to = short(c.From, c.To)
	}
	switch {
	case c.From == "":
		return "+ " + spaced(what, to)
	case c.To == "":
		return "- " + spaced(what, from)
	}
	return "~ " + what + " " + from + " -> " + to
}

func spaced(what, value string) string {
	if value == "" {
		return what
	}
	return what + " " + value
}

// short abbreviates two digests, unless that would make them look the same.
func short(from, to string) (string, string) {
	cut := func(text string) string {
		d, err := digest.Parse(text)
		if err != nil {
			return text // empty: not there
		}
		return d.Short()
	}
	if from != to && cut(from) == cut(to) {
		return from, to
	}
	return cut(from), cut(to)
}

// Diff lists what changes between two locks. It is empty for equal locks; a nil
// lock is one that is not there.
func Diff(from, to *Lock) []Change {
	o, n := cmp.Or(from, &Lock{}), cmp.Or(to, &Lock{})
	var d difference
	d.toolchain(&o.Toolchain, &n.Toolchain)
	d.value(KindHost, "", o.Toolchain.Host, n.Toolchain.Host)
	d.value(KindChannel, "", o.Toolchain.Channel, n.Toolchain.Channel)
	d.set(KindComponent, o.Toolchain.Components, n.Toolchain.Components)
	d.value(KindImage, "", o.System.Image, n.System.Image)
	d.value(KindSystem, "", o.System.Source, n.System.Source)
	d.value(KindArchitecture, "", o.System.Architecture, n.System.Architecture)
	d.set(KindRequested, o.System.Requested, n.System.Requested)
	d.packages(o.System.Packages, n.System.Packages)
	d.digest(KindPolicy, o.Policy, n.Policy)
	d.digest(KindToolchainLayer, o.Toolchain.Layer, n.Toolchain.Layer)
	d.digest(KindSystemLayer, o.System.Layer, n.System.Layer)
	return d.changes
}

type difference struct{ changes []Change }

// value compares two values; the empty one is not there.
func (d *difference) value(kind Kind, name, from, to string) {
	if from != to {
		d.changes = append(d.changes, Change{kind, name, from, to})
	}
}

// toolchain names the commit only where the release does not tell two apart.
func (d *difference) toolchain(from, to *Toolchain) {
	if from.Release == to.Release {
		d.value(KindToolchain, from.Release, from.Commit, to.Commit)
		return
	}
	d.value(KindToolchain, "", from.Release, to.Release)
}

func (d *difference) digest(kind Kind, from, to digest.Digest) {
	d.value(kind, "", text(from), text(to))
}

// text is the digest, or nothing where there is none.
func text(d digest.Digest) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// set compares two lists of names. A name has no value: it is its own.
func (d *difference) set(kind Kind, from, to []string) {
	for _, name := range union(from, to) {
		switch {
		case !slices.Contains(from, name):
			d.value(kind, name, "", name)
		case !slices.Contains(to, name):
			d.value(kind, name, name, "")
		}
	}
}

func (d *difference) packages(from, to []Package) {
	before, after := versions(from), versions(to)
	for _, name := range union(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after))) {
		d.value(KindPackage, name, before[name], after[name])
	}
}

func versions(packages []Package) map[string]string {
	m := make(map[string]string, len(packages))
	for _, p := range packages {
		m[p.Name] = p.Version
	}
	return m
}

// union returns the names of both lists, sorted, each once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
