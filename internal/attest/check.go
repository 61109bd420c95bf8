package attest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// normal returns the build with its lists in their order, so that equal builds
// have equal bytes. The receiver's lists are left as they are.
func (b *Build) normal() *Build {
	n := *b
	n.Env = sorted(b.Env, func(v Variable) string { return v.Name })
	n.Crates = sorted(b.Crates, crateKey)
	n.Downloads = sorted(b.Downloads, downloadKey)
	n.System.Packages = sorted(b.System.Packages, func(p Package) string { return p.Name + "\x00" + p.Version })
	n.System.Requested = sorted(b.System.Requested, func(s string) string { return s })
	n.Toolchain.Components = sorted(b.Toolchain.Components, func(s string) string { return s })
	n.Outputs = sorted(b.Outputs, func(o Output) string { return o.Name })
	return &n
}

// crateKey tells packages of one lock file apart: two of the same name and
// version may come from different places.
func crateKey(c Crate) string {
	return strings.Join([]string{c.Name, c.Version, c.Registry, c.Git, c.Commit}, "\x00")
}

// downloadKey tells downloads apart: a project may pin what an address had before
// and what it has now, for two crates.
func downloadKey(d Download) string { return d.URL + "\x00" + d.SHA256 }

func sorted[T any](list []T, key func(T) string) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return list
}

// check reports the first thing that no build could have been. It is asked of
// builds that are written and of those that are read.
func (b *Build) check() error {
	c := &checker{}
	c.say(len(b.Command) > 0, "there is no cargo command")
	c.say(b.Dir == "" || digest.CheckPath(b.Dir) == nil, "the directory %.100q is not below the root", b.Dir)
	c.line("the isolation", b.Isolation)
	c.all("an argument of cargo", b.Command)
	c.all("a flag", b.Flags)
	unique(c, "variable", b.Env, func(v Variable) string { return v.Name })
	for _, v := range b.Env {
		c.say(v.Name != "" && !strings.ContainsAny(v.Name, "=\x00"), "%.100q is not the name of a variable", v.Name)
		c.text("a variable", v.Name+v.Value)
	}
	for _, pin := range []struct {
		what   string
		digest digest.Digest
	}{{"root", b.Root}, {"toolchain", b.Toolchain.Layer}, {"system", b.System.Layer}, {"policy", b.Policy}, {"world", b.World.Digest}} {
		c.say(strings.Trim(pin.digest.Hex(), "0") != "", "the %s has no digest", pin.what)
	}
	c.git(b.Git)
	c.toolchain(b.Toolchain)
	c.system(b.System)
	c.crates(b)
	c.downloads(b.Downloads)
	c.line("the clock", b.Held.Clock)
	c.line("randomness", b.Held.Random)
	c.line("the processor", b.Held.CPU)
	c.say(b.Held.CPUs >= 0 && b.World.Format > 0, "the world has a negative number")
	c.line("the version of this program", b.Tool.Version)
	unique(c, "output", b.Outputs, func(o Output) string { return o.Name })
	for _, o := range b.Outputs {
		c.say(digest.CheckPath(o.Name) == nil && printable(o.Name), "the output %.100q has no plain relative path", o.Name)
		c.say(isHex(o.SHA256, 64), "the output %.100q has no SHA-256", o.Name)
	}
	return c.err
}

// checker remembers the first complaint.
type checker struct{ err error }

func (c *checker) say(fine bool, format string, args ...any) {
	if !fine && c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// line asks for one line of visible text.
func (c *checker) line(what, s string) {
	c.say(s != "" && printable(s), "%s is %.100q, not a line of text", what, s)
}

// text asks for UTF-8 without NUL, which no argument or variable can hold.
func (c *checker) text(what, s string) {
	c.say(utf8.ValidString(s) && !strings.Contains(s, "\x00"), "%s is not UTF-8 text: %.100q", what, s)
}

func (c *checker) all(what string, list []string) {
	for _, s := range list {
		c.text(what, s)
	}
}

func (c *checker) git(g *Git) {
	if g == nil {
		return
	}
	c.say(isHex(g.Commit, 40) || isHex(g.Commit, 64), "%.100q is not the hash of a commit", g.Commit)
	c.say(g.Path == "" || digest.CheckPath(g.Path) == nil, "the place %.100q of the root is not in its checkout", g.Path)
	c.say(printable(g.Remote), "the remote %.100q is not a line of text", g.Remote)
}

func (c *checker) toolchain(t Toolchain) {
	c.line("the channel", t.Channel)
	c.line("the release", t.Release)
	c.line("the commit of the toolchain", t.Commit)
	c.line("the host of the toolchain", t.Host)
	unique(c, "component", t.Components, func(s string) string { return s })
	for _, s := range t.Components {
		c.line("a component", s)
	}
}

func (c *checker) system(s System) {
	c.say(printable(s.Image), "the image %.100q is not a line of text", s.Image)
	c.line("the source of the system", s.Source)
	c.line("the architecture", s.Architecture)
	unique(c, "requested package", s.Requested, func(s string) string { return s })
	for _, name := range s.Requested {
		c.line("a requested package", name)
	}
	unique(c, "package", s.Packages, func(p Package) string { return p.Name + " " + p.Version })
	for _, p := range s.Packages {
		c.line("the name of a package", p.Name)
		c.line("the version of a package", p.Version)
	}
}

func (c *checker) crates(b *Build) {
	unique(c, "crate", b.Crates, crateKey)
	for _, k := range b.Crates {
		c.line("the name of a crate", k.Name)
		c.line("the version of a crate", k.Version)
		registry := isHex(k.Checksum, 64) && k.Git == "" && k.Commit == "" && printable(k.Registry)
		git := k.Checksum == "" && k.Registry == "" && k.Git != "" && printable(k.Git) && (isHex(k.Commit, 40) || isHex(k.Commit, 64))
		c.say(registry || git, "the crate %.100q has neither a checksum nor a commit", k.Name)
	}
}

func (c *checker) downloads(list []Download) {
	unique(c, "download", list, downloadKey)
	for _, d := range list {
		scheme, rest, _ := strings.Cut(d.URL, ":")
		fine := printable(d.URL) && rest != "" && slices.Contains([]string{"https", "http", "file"}, scheme)
		c.say(fine, "%.100q is not the address of a download", d.URL)
		c.say(isHex(d.SHA256, 64), "the download %.100q has no SHA-256", d.URL)
	}
}

// unique complains about elements of a list that share a key.
func unique[T any](c *checker, what string, list []T, key func(T) string) {
	seen := map[string]bool{}
	for _, e := range list {
		c.say(!seen[key(e)], "the %s %.100q is there twice", what, key(e))
		seen[key(e)] = true
	}
}

// printable reports whether s can be shown on one line as it is.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isHex reports whether s is n lower-case hexadecimal digits.
func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
