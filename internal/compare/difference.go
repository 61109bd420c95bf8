package compare

import (
	"fmt"
	"iter"
	"slices"
)

// Kind says what a finding is about.
type Kind string

// Kinds. Those of the first group have others inside or stand alone; those of
// the second are the smallest parts.
const (
	KindFile       Kind = "file"
	KindMember     Kind = "archive member" // of ar, tar, zip, or the content of gzip
	KindSection    Kind = "ELF section"
	KindWasm       Kind = "wasm section"
	KindFunction   Kind = "wasm function"
	KindMetadata   Kind = "rustc metadata"
	KindOnly       Kind = "only on one side"
	KindRenamed    Kind = "renamed"
	KindBytes      Kind = "bytes"
	KindLength     Kind = "length"
	KindLine       Kind = "line"
	KindKey        Kind = "JSON key"
	KindString     Kind = "string"
	KindSymbol     Kind = "ELF symbol"
	KindRelocation Kind = "ELF relocation"
	KindHeader     Kind = "header"         // a field of a file format
	KindEntry      Kind = "archive header" // a field of a member: time, owner, mode
	KindNote       Kind = "ELF note"
	KindDWARF      Kind = "DWARF"
	KindOrder      Kind = "order"
)

// Difference is a finding, with what it was narrowed down to inside. Names and
// excerpts are escaped: they hold printable ASCII only.
type Difference struct {
	Kind   Kind     `json:"kind"`
	Name   string   `json:"name,omitempty"`   // of the file, member, section, symbol, key or field
	Format string   `json:"format,omitempty"` // what a file or member is
	Place  *Place   `json:"place,omitempty"`
	A      *Excerpt `json:"a,omitempty"` // nil if that side has nothing here
	B      *Excerpt `json:"b,omitempty"`
	Causes []Cause  `json:"causes,omitempty"`
	Notes  []string `json:"notes,omitempty"`
	// AsBytes means that a file or member was compared as bytes because it is of no
	// format that is opened here, or is not what it says.
	AsBytes bool     `json:"asBytes,omitempty"`
	Further *Further `json:"further,omitempty"` // of a file, where the caller asked for it
	// Inside is what differs within, in the order of the first side.
	Inside []*Difference `json:"inside,omitempty"`
	More   int           `json:"more,omitempty"` // findings inside that the limit left out
}

// Place is where a finding begins, on both sides: bytes from the beginning of
// the part that it is in, and lines from 1, of text only.
type Place struct {
	A      int64  `json:"a"`
	B      int64  `json:"b"`
	LineA  int    `json:"lineA,omitempty"`
	LineB  int    `json:"lineB,omitempty"`
	Symbol string `json:"symbol,omitempty"` // that holds it on the first side
}

// Excerpt is the bytes of one side in their context.
type Excerpt struct {
	Before string `json:"before,omitempty"` // the same on both sides, unless it is cut
	Text   string `json:"text"`             // what differs
	After  string `json:"after,omitempty"`
	Cut    int64  `json:"cut,omitempty"` // bytes of what differs that are not shown
}

// Further is what another program says of a file. Nothing here writes it: it is for
// the caller, who is asked by Unopened.
type Further struct {
	Program string   `json:"program"`          // with its version
	Lines   []string `json:"lines,omitempty"`  // escaped
	Cut     bool     `json:"cut,omitempty"`    // there were more
	Failed  string   `json:"failed,omitempty"` // why there are none
}

// Class is what differences come from.
type Class string

// Classes.
const (
	Path       Class = "absolute path"
	Time       Class = "time"
	Random     Class = "random"
	Order      Class = "order"
	Host       Class = "host name"
	User       Class = "user name"
	Processors Class = "number of processors"
	PID        Class = "process number"
	Owner      Class = "owner" // numeric
	Umask      Class = "umask"
	Derived    Class = "derived" // a digest of something else that differs
)

// Cause is one class with what speaks for it.
type Cause struct {
	Class    Class  `json:"class"`
	Evidence string `json:"evidence"`
	// Known means that the bytes are those that the caller named, or that the
	// format has only this meaning. Without it, the bytes look like it.
	Known bool `json:"known,omitempty"`
}

func (d *Difference) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

// Unopened reports whether anything inside was compared as bytes because nothing
// here opens it, so that a program that knows more formats may say more.
func (d *Difference) Unopened() bool {
	return d.AsBytes || slices.ContainsFunc(d.Inside, (*Difference).Unopened)
}

// Leaves are the smallest findings, each with the findings that hold it, from
// the outermost to itself.
func (d *Difference) Leaves() iter.Seq[[]*Difference] {
	return func(yield func([]*Difference) bool) {
		if d != nil {
			d.leaves(nil, yield)
		}
	}
}

func (d *Difference) leaves(above []*Difference, yield func([]*Difference) bool) bool {
	path := append(slices.Clip(above), d)
	if len(d.Inside) == 0 {
		return yield(path)
	}
	for _, child := range d.Inside {
		if !child.leaves(path, yield) {
			return false
		}
	}
	return true
}

// Telling are at most so many of the smallest findings, those that say most first,
// each with the findings that hold it: those whose cause is known, then those with a
// guess, then the others, and last what is derived from another finding. All that say
// as much are in the order of Leaves.
func (d *Difference) Telling(most int) [][]*Difference {
	paths := slices.Collect(d.Leaves())
	rank := func(path []*Difference) int { return path[len(path)-1].rank() }
	slices.SortStableFunc(paths, func(x, y []*Difference) int { return rank(y) - rank(x) })
	return paths[:min(len(paths), most)]
}

func (d *Difference) rank() int {
	rank := 1
	for _, c := range d.Causes {
		switch {
		case c.Class == Derived:
			return 0
		case c.Known:
			rank = 3
		default:
			rank = max(rank, 2)
		}
	}
	return rank
}
