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
	KindMode       Kind = "file mode"
	KindType       Kind = "file type"
	KindLink       Kind = "link"
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

// Classes are the classes of all findings inside, each once, sorted.
func (d *Difference) Classes() []Class {
	var all []Class
	for path := range d.Leaves() {
		for _, at := range path {
			for _, cause := range at.Causes {
				all = append(all, cause.Class)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Telling is the finding that says most, with the findings that hold it: the
// first whose cause is known, else the first with a guess, else the first. What
// is derived from another finding comes after all that is not.
func (d *Difference) Telling() []*Difference {
	var best []*Difference
	rank := -1
	for path := range d.Leaves() {
		if r := path[len(path)-1].rank(); r > rank {
			best, rank = path, r
		}
	}
	return best
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
