package compare

import (
	"errors"
	"fmt"
	"io/fs"
)

// Unit is one step of a build: a crate that is compiled, or a build script that
// is run.
type Unit struct {
	Package string `json:"package"` // cargo's identifier, without the place of the root
	Target  string `json:"target"`  // name of the library, program or build script
	Kind    string `json:"kind"`    // lib, bin, proc-macro, custom-build, ...
	Mode    string `json:"mode"`    // build, run-custom-build, test, ...
	// Dependencies are the places of other units in the list.
	Dependencies []int `json:"dependencies"`
	// A and B are the files, and directories, that the unit made on both sides,
	// relative to the target directory and in the same order.
	A, B []string `json:"-"`
}

// Blame is which units differ, and which of them did so first.
type Blame struct {
	First   []Guilty  `json:"first"`
	Follows []Follows `json:"follows,omitempty"`
	Equal   int       `json:"equal"`            // units that do not differ
	Silent  int       `json:"silent,omitempty"` // units of which no file is known
}

// Guilty is a unit that differs although nothing that it was made from does.
type Guilty struct {
	Unit        int           `json:"unit"`
	Differences []*Difference `json:"differences"`
}

// Follows is a unit that differs and was made from others that do. Whether it
// would differ by itself is not known until those are cured.
type Follows struct {
	Unit int   `json:"unit"`
	From []int `json:"from"` // the guilty ones among its dependencies, also indirect ones
}

// Units compares what each unit of a build made, and sorts those that differ into
// first causes and what follows from them. Indirect dependencies count as well:
// code of a crate gets into all that use it, by generics and by inlining.
func Units(a, b fs.FS, units []Unit, o Options) (Blame, error) {
	var blame Blame
	found := make([][]*Difference, len(units))
	for i, u := range units {
		var err error
		if found[i], err = unitDifferences(a, b, u, o); err != nil {
			return Blame{}, fmt.Errorf("comparing what `%s` made: %w", u.Package, err)
		}
		switch {
		case len(u.A)+len(u.B) == 0:
			blame.Silent++
		case len(found[i]) == 0:
			blame.Equal++
		}
	}
	below := make([][]int, len(units)) // dependencies that differ
	guilty := make([]bool, len(units))
	for i := range units {
		if len(found[i]) == 0 {
			continue
		}
		all, err := closure(units, i)
		if err != nil {
			return Blame{}, err
		}
		for _, other := range all {
			if len(found[other]) > 0 {
				below[i] = append(below[i], other)
			}
		}
		if guilty[i] = len(below[i]) == 0; guilty[i] {
			blame.First = append(blame.First, Guilty{i, found[i]})
		}
	}
	for i, others := range below {
		if len(others) == 0 {
			continue
		}
		f := Follows{Unit: i}
		for _, other := range others {
			if guilty[other] {
				f.From = append(f.From, other)
			}
		}
		blame.Follows = append(blame.Follows, f)
	}
	return blame, nil
}

// closure is all that a unit depends on, itself excluded, in ascending order.
func closure(units []Unit, from int) ([]int, error) {
	seen := make([]bool, len(units))
	for queue := []int{from}; len(queue) > 0; {
		at := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, next := range units[at].Dependencies {
			if next < 0 || next >= len(units) {
				return nil, fmt.Errorf("unit %d depends on unit %d of %d", at, next, len(units))
			}
			if next == from {
				return nil, fmt.Errorf("unit %d depends on itself", from)
			}
			if !seen[next] {
				seen[next], queue = true, append(queue, next)
			}
		}
	}
	var all []int
	for i, in := range seen {
		if in {
			all = append(all, i)
		}
	}
	return all, nil
}

// unitDifferences compares the files of one unit, those of one side with those
// that stand in their place on the other.
func unitDifferences(a, b fs.FS, u Unit, o Options) ([]*Difference, error) {
	t := &trees{a: a, b: b, o: o}
	for i := range max(len(u.A), len(u.B)) {
		switch {
		case i >= len(u.B):
			t.found = append(t.found, only(u.A[i], true, "made by this unit"))
		case i >= len(u.A):
			t.found = append(t.found, only(u.B[i], false, "made by this unit"))
		default:
			if err := t.path(u.A[i], u.B[i]); err != nil {
				return nil, err
			}
		}
	}
	return t.found, nil
}

// path compares two files or directories. That one was removed is a finding.
func (t *trees) path(nameA, nameB string) error {
	left, errA := fs.Lstat(t.a, nameA)
	right, errB := fs.Lstat(t.b, nameB)
	missingA, missingB := errors.Is(errA, fs.ErrNotExist), errors.Is(errB, fs.ErrNotExist)
	switch {
	case missingA && missingB:
		return nil
	case missingA && errB == nil:
		t.found = append(t.found, only(nameB, false, typeName(right.Mode())))
		return nil
	case missingB && errA == nil:
		t.found = append(t.found, only(nameA, true, typeName(left.Mode())))
		return nil
	}
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	return t.entry(nameA, nameB, fs.FileInfoToDirEntry(left), fs.FileInfoToDirEntry(right))
}
