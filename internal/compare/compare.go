// Package compare says how two builds' outputs differ: where, by which bytes,
// and what such a difference usually comes from.
//
// It opens what it knows (archives of objects, ELF, DWARF, WebAssembly, rustc's
// metadata, tar, zip, gzip, JSON, text) and goes down to the smallest part that
// differs. What it does not know, or what turns out to be damaged, is compared
// as bytes: two artifacts that differ always have a finding, and two that are
// equal never have one.
//
// An artifact is data that a build chose. Every count, length and depth read
// from one is bounded before it is used, memory does not grow with the artifact,
// and names and bytes are escaped before they stand in a finding. Nothing is
// opened here: the caller hands in io.ReaderAt. An error is a failure to
// read, never something that an artifact contains.
package compare

import (
	"errors"
	"fmt"
)

// Options says how much is reported, and what the caller knows.
type Options struct {
	Limit int   // findings of one file; 0 means 100
	A, B  Known // of the build that made each side
}

// Known is what the caller knows of the circumstances of one build. A value that
// stands in the bytes of its side, where the other side has its own, is named as
// the cause; zero values are not looked for.
type Known struct {
	Paths      []string // absolute: root, target directory, home, CARGO_HOME, ...
	Host, User string
	Processors int      // that a program of it could count
	Times      [2]int64 // start and end, in seconds since 1970
}

// Limits of one comparison.
const (
	defaultLimit = 100
	perPart      = 8         // findings directly below one part
	maxDepth     = 6         // archives within archives
	maxInflated  = 256 << 20 // bytes decompressed
	maxMember    = 32 << 20  // bytes of one decompressed member held in memory
	maxEntries   = 1 << 16   // sections, members, units of one file
)

// Files compares two files and returns nil if they are equal. The name is for
// the finding; what the files are is found by looking at them.
func Files(name string, a, b Artifact, o Options) (*Difference, error) {
	d, err := newComparison(o).part(KindFile, name, a, b)
	if err != nil {
		return nil, fmt.Errorf("comparing `%s`: %w", name, err)
	}
	return d, nil
}

// comparison is the state of one call of Files.
type comparison struct {
	known    [2]Known
	left     int   // findings that may still be made
	inflated int64 // bytes that may still be decompressed
	depth    int
}

func newComparison(o Options) *comparison {
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	return &comparison{known: [2]Known{o.A, o.B}, left: o.Limit, inflated: maxInflated}
}

// malformed is the error for an artifact that is not what its first bytes say.
// It never leaves the package: such an artifact is compared as bytes.
type malformed struct{ reason string }

func (m *malformed) Error() string { return m.reason }

func malformedf(format string, args ...any) error {
	return &malformed{fmt.Sprintf(format, args...)}
}

// part compares one part of an artifact, nil if it is equal: as what it is, and
// as bytes where that finds nothing.
func (c *comparison) part(kind Kind, name string, a, b Artifact) (*Difference, error) {
	at, err := firstDifference(a, b, 0, 0)
	if err != nil || at < 0 {
		return nil, err
	}
	d := &Difference{Kind: kind, Name: escapeName(name)}
	formatA, err := sniff(a)
	if err != nil {
		return nil, err
	}
	formatB, err := sniff(b)
	if err != nil {
		return nil, err
	}
	if formatA != formatB {
		d.note("%s in the first, %s in the second", formatA, formatB)
		d.AsBytes = true
		return d, c.asBytes(d, a, b)
	}
	d.Format = string(formatA)
	return d, c.as(opener(formatA), d, a, b)
}

// open compares two artifacts of one format and adds what it finds to d.
type open func(c *comparison, d *Difference, a, b Artifact) error

// as opens two artifacts, and falls back to their bytes.
func (c *comparison) as(f open, d *Difference, a, b Artifact) error {
	opens := f != nil && c.depth < maxDepth
	if opens {
		c.depth++
		err := f(c, d, a, b)
		c.depth--
		var bad *malformed
		switch {
		case errors.As(err, &bad):
			d.note("%s: not opened further", bad.reason)
			opens = false
		case err != nil:
			return err
		}
		if len(d.Inside) > 0 || d.More > 0 {
			return nil
		}
	}
	d.AsBytes = !opens && (d.Kind == KindFile || d.Kind == KindMember)
	return c.asBytes(d, a, b)
}

// add puts a finding below d, or counts it if there are too many. A finding that
// holds others stays, for those were counted. A nil finding is none.
func (c *comparison) add(d, found *Difference) {
	switch {
	case found == nil:
	case len(found.Inside) > 0:
		d.Inside = append(d.Inside, found)
	case c.left <= 0:
		d.More++
	default:
		c.left--
		d.Inside = append(d.Inside, found)
	}
}
