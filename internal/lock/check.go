package lock

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// The forms of the values. They are what the tools that make the values can
// say, and nothing that would need an escape in TOML or on a terminal.
var (
	plainForm   = newForm(`[0-9A-Za-z][0-9A-Za-z._+-]*`, "a name of letters, digits, `.`, `_`, `+` and `-`")
	sourceForm  = newForm(`[0-9A-Za-z][0-9A-Za-z._+/-]*( [0-9A-Za-z._+/-]+)*`, "a system and its version, such as `debian 12`")
	releaseForm = newForm(`[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?`, "a release of Rust, such as `1.95.0`")
	commitForm  = newForm(`[0-9a-f]{7,40}|unknown`, "a commit of 7 to 40 hexadecimal digits, or `unknown`")
	hostForm    = newForm(`[0-9a-z_]+(-[0-9a-z_.]+)+`, "a target triple, such as `x86_64-unknown-linux-gnu`")
	// What dpkg, rpm, apk and pacman allow, with the architecture of a foreign
	// package behind a colon.
	packageForm = newForm(`[0-9A-Za-z][0-9A-Za-z+._-]*(:[0-9a-z][0-9a-z_-]*)?`, "the name of a package")
	versionForm = newForm(`[0-9A-Za-z.+:~^_-]+`, "the version of a package")
	imageForm   = newForm(`[^\x00-\x20"`+"`"+`\\\x7f@]+@sha256:[0-9a-f]{64}`, "an image with its digest, such as `debian@sha256:...`")
)

type form struct {
	pattern func() *regexp.Regexp // compiled at its first use: every world starts this program, few read a lock
	what    string
}

func newForm(pattern, what string) form {
	return form{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A(?:` + pattern + `)\z`) }), what}
}

// fault is one thing that is wrong in a lock, and the key where it is.
type fault struct {
	path    []any
	message string
}

// Check reports whether the lock is one that Parse would return: every value
// there and well formed, every list sorted and without repetitions. The error
// is a *diag.Diagnostic with exit code diag.ExitLock.
func (l *Lock) Check() error {
	faults := l.check()
	if len(faults) == 0 {
		return nil
	}
	d := diag.New(diag.ExitLock, "the lock to be written is not valid")
	for _, f := range faults {
		d.Note("%s: %s", toml.Key(f.path...), f.message)
	}
	return d
}

func (l *Lock) check() []fault {
	var c checker
	c.digest(l.Policy, "policy", "digest")
	c.value(plainForm, l.Toolchain.Channel, "toolchain", "channel")
	c.value(releaseForm, l.Toolchain.Release, "toolchain", "release")
	c.value(commitForm, l.Toolchain.Commit, "toolchain", "commit")
	c.value(hostForm, l.Toolchain.Host, "toolchain", "host")
	c.list(plainForm, l.Toolchain.Components, "toolchain", "components")
	c.digest(l.Toolchain.Layer, "toolchain", "layer")
	c.value(sourceForm, l.System.Source, "system", "source")
	c.value(plainForm, l.System.Architecture, "system", "architecture")
	c.list(packageForm, l.System.Requested, "system", "requested")
	if l.System.Image != "" {
		c.value(imageForm, l.System.Image, "system", "image")
		if len(l.System.Requested) > 0 {
			c.fail([]any{"system", "requested"}, "packages of a host and an image exclude one another")
		}
	}
	names := make([]string, len(l.System.Packages))
	for i, p := range l.System.Packages {
		names[i] = p.Name
		c.value(versionForm, p.Version, "system", "packages", i)
	}
	c.list(packageForm, names, "system", "packages")
	c.digest(l.System.Layer, "system", "layer")
	return c.faults
}

type checker struct{ faults []fault }

func (c *checker) fail(path []any, message string, args ...any) {
	c.faults = append(c.faults, fault{path, fmt.Sprintf(message, args...)})
}

func (c *checker) value(f form, s string, path ...any) {
	if !f.pattern().MatchString(s) {
		c.fail(path, "`%.100s` is not %s", s, f.what)
	}
}

func (c *checker) digest(d digest.Digest, path ...any) {
	if d.IsZero() {
		c.fail(path, "a digest is missing")
	}
}

func (c *checker) list(f form, elements []string, path ...any) {
	for i, e := range elements {
		at := append(path[:len(path):len(path)], i)
		c.value(f, e, at...)
		if i == 0 {
			continue
		}
		switch strings.Compare(elements[i-1], e) {
		case 0:
			c.fail(at, "`%.100s` is there twice", e)
		case 1:
			c.fail(at, "`%.100s` is not in order", e)
		}
	}
}

// convert makes a lock of a document that has all its keys. Malformed digests
// and packages are problems; the rest is left to check.
func convert(doc *toml.Document, d *document) (*Lock, []toml.Problem) {
	var problems []toml.Problem
	parsed := func(s string, path ...any) digest.Digest {
		sum, err := digest.Parse(s)
		if err != nil {
			problems = append(problems, toml.Problem{At: doc.At(path...), Message: err.Error()})
			// check must not report the same place again.
			return digest.Of(nil)
		}
		return sum
	}
	l := &Lock{
		Policy: parsed(*d.Policy.Digest, "policy", "digest"),
		Toolchain: Toolchain{
			Channel: *d.Toolchain.Channel, Release: *d.Toolchain.Release, Commit: *d.Toolchain.Commit, Host: *d.Toolchain.Host,
			Components: orNil(*d.Toolchain.Components),
			Layer:      parsed(*d.Toolchain.Layer, "toolchain", "layer"),
		},
		System: System{
			Source: *d.System.Source, Architecture: *d.System.Architecture,
			Requested: orNil(*d.System.Requested),
			Layer:     parsed(*d.System.Layer, "system", "layer"),
		},
	}
	if d.System.Image != nil {
		l.System.Image = *d.System.Image
	}
	for _, text := range *d.System.Packages {
		name, version, _ := strings.Cut(text, " ") // check refuses what this leaves empty
		l.System.Packages = append(l.System.Packages, Package{name, version})
	}
	return l, problems
}

// orNil gives an empty list one form.
func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}
