package lock

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Diff says in lines for people what changes between two locks: `+ make 4.3-4.1`,
// `- make 4.3-4.1`, `~ gcc-12 12.2.0-14 -> 12.2.0-15`. Names and versions come
// first, digests last. It is empty for equal locks; a nil lock is one that is
// not there.
func Diff(from, to *Lock) []string {
	o, n := cmp.Or(from, &Lock{}), cmp.Or(to, &Lock{})
	var d difference
	d.toolchain(&o.Toolchain, &n.Toolchain)
	d.value("host", o.Toolchain.Host, n.Toolchain.Host)
	d.value("channel", o.Toolchain.Channel, n.Toolchain.Channel)
	d.set("component ", o.Toolchain.Components, n.Toolchain.Components)
	d.value("image", o.System.Image, n.System.Image)
	d.value("system", o.System.Source, n.System.Source)
	d.value("architecture", o.System.Architecture, n.System.Architecture)
	d.set("requested ", o.System.Requested, n.System.Requested)
	d.packages(o.System.Packages, n.System.Packages)
	d.digest("policy", o.Policy, n.Policy)
	d.digest("toolchain layer", o.Toolchain.Layer, n.Toolchain.Layer)
	d.digest("system layer", o.System.Layer, n.System.Layer)
	return d.lines
}

type difference struct{ lines []string }

// value compares two values; the empty one is not there.
func (d *difference) value(name, from, to string) {
	switch {
	case from == to:
	case from == "":
		d.lines = append(d.lines, "+ "+name+" "+to)
	case to == "":
		d.lines = append(d.lines, "- "+name+" "+from)
	default:
		d.lines = append(d.lines, "~ "+name+" "+from+" -> "+to)
	}
}

// toolchain names the commit only where the release does not tell two apart.
func (d *difference) toolchain(from, to *Toolchain) {
	if from.Release == to.Release && from.Commit != to.Commit {
		d.value("toolchain "+from.Release, from.Commit, to.Commit)
		return
	}
	d.value("toolchain", from.Release, to.Release)
}

func (d *difference) digest(name string, from, to digest.Digest) {
	if from != to && from.Short() == to.Short() {
		d.value(name, from.String(), to.String())
		return
	}
	d.value(name, from.Short(), to.Short())
}

// set compares two lists of names.
func (d *difference) set(kind string, from, to []string) {
	for _, name := range union(from, to) {
		switch {
		case !slices.Contains(from, name):
			d.lines = append(d.lines, "+ "+kind+name)
		case !slices.Contains(to, name):
			d.lines = append(d.lines, "- "+kind+name)
		}
	}
}

func (d *difference) packages(from, to []Package) {
	before, after := versions(from), versions(to)
	for _, name := range union(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after))) {
		d.value(name, before[name], after[name])
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
