package compare

import (
	"bytes"
	"slices"
)

// Limits of lists. A list of empty strings is many times larger in memory than
// in the artifact.
const (
	maxListBytes = 16 << 20
	maxItems     = 1 << 20
	maxAhead     = 2000 // items that are searched for the next that agrees
)

// item is one of a list: a line, or a string of a table.
type item struct {
	text   []byte
	offset int64
}

// list reads a part as items that end with a byte.
func list(a Artifact, end byte) ([]item, error) {
	data, err := a.read(0, a.Size, maxListBytes)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(data, []byte{end}); n >= maxItems {
		return nil, malformedf("a list of %d, more than the %d that are looked at", n, maxItems)
	}
	var items []item
	for at := 0; at < len(data); {
		n := bytes.IndexByte(data[at:], end)
		if n < 0 {
			n = len(data) - at
		}
		items = append(items, item{data[at : at+n], int64(at)})
		at += n + 1
	}
	return items, nil
}

// asStrings compares tables of strings that end with NUL.
func asStrings(c *comparison, d *Difference, a, b Artifact) error {
	return c.lists(d, KindString, 0, a, b)
}

// asText compares texts line by line.
func asText(c *comparison, d *Difference, a, b Artifact) error {
	return c.lists(d, KindLine, '\n', a, b)
}

// lists compares two lists. The same items in another order are one finding.
func (c *comparison) lists(d *Difference, kind Kind, end byte, sideA, sideB Artifact) error {
	a, err := list(sideA, end)
	if err != nil {
		return err
	}
	b, err := list(sideB, end)
	if err != nil {
		return err
	}
	c.itemLists(d, kind, a, b)
	return nil
}

// itemLists compares two lists that were read.
func (c *comparison) itemLists(d *Difference, kind Kind, a, b []item) {
	skip := 0
	for skip < min(len(a), len(b)) && bytes.Equal(a[skip].text, b[skip].text) {
		skip++
	}
	if moved := sameItems(a[skip:], b[skip:]); moved > 0 {
		found := c.pair(kind, a, b, skip, skip)
		found.Kind, found.Name = KindOrder, "the first "+string(kind)+" in another place"
		found.Causes = []Cause{{Class: Order, Evidence: counted(moved, "the same %d items in another order"), Known: true}}
		c.add(d, found)
		return
	}
	shown := 0
	for i, j := skip, skip; i < len(a) || j < len(b); {
		if i < len(a) && j < len(b) && bytes.Equal(a[i].text, b[j].text) {
			i, j = i+1, j+1
			continue
		}
		x, y := nextItems(a[i:], b[j:])
		for k := range max(x, y) {
			if k < min(x, y) && bytes.Equal(a[i+k].text, b[j+k].text) {
				continue
			}
			if shown++; shown > perPart {
				d.note("more differ, from item %d on; they are not counted", i+k+1)
				return
			}
			left, right := -1, -1
			if k < x {
				left = i + k
			}
			if k < y {
				right = j + k
			}
			c.add(d, c.pair(kind, a, b, left, right))
		}
		i, j = i+x, j+y
	}
}

// pair is the finding for two items that stand in each other's place, or for one
// that has no other; its index is then -1.
func (c *comparison) pair(kind Kind, a, b []item, i, j int) *Difference {
	d := &Difference{Kind: kind, Place: &Place{}}
	if i >= 0 {
		d.Place.A, d.Place.LineA = a[i].offset, i+1
	}
	if j >= 0 {
		d.Place.B, d.Place.LineB = b[j].offset, j+1
	}
	if kind != KindLine {
		d.Place.LineA, d.Place.LineB = 0, 0
	}
	switch {
	case i < 0:
		d.B = excerpt(b[j].text, 0, len(b[j].text))
		d.Causes = c.classifyOnly(1, b[j].text)
		d.note("only in the second")
	case j < 0:
		d.A = excerpt(a[i].text, 0, len(a[i].text))
		d.Causes = c.classifyOnly(0, a[i].text)
		d.note("only in the first")
	default:
		left, right := narrow(a[i].text, b[j].text)
		d.A, d.B = left.excerpt(), right.excerpt()
		d.Causes = c.classify(left, right)
	}
	return d
}

// narrow leaves out what two values have in common at both ends.
func narrow(a, b []byte) (sight, sight) {
	from := commonPrefix(a, b)
	end := 0
	for end < min(len(a), len(b))-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return sight{data: a, from: from, to: len(a) - end}, sight{data: b, from: from, to: len(b) - end}
}

// sameItems is how many items two lists have, if they have the same ones, else 0.
func sameItems(a, b []item) int {
	if len(a) != len(b) || len(a) < 2 {
		return 0
	}
	order := func(x, y item) int { return bytes.Compare(x.text, y.text) }
	x, y := slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order)
	if !slices.EqualFunc(x, y, func(x, y item) bool { return bytes.Equal(x.text, y.text) }) {
		return 0
	}
	return len(a)
}

// nextItems is how many items of each list come before they agree again. An
// empty item agrees with anything and is no sign of it.
func nextItems(a, b []item) (x, y int) {
	where := map[string]int{}
	for at := min(len(b), maxAhead) - 1; at >= 0; at-- {
		where[string(b[at].text)] = at
	}
	best := len(a) + len(b)
	x, y = len(a), len(b)
	for at := 0; at < min(len(a), maxAhead) && at < best; at++ {
		if other, ok := where[string(a[at].text)]; ok && len(a[at].text) > 1 && at+other < best {
			best, x, y = at+other, at, other
		}
	}
	return x, y
}
