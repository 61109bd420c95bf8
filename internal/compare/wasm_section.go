package compare

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// maxWasm bounds a section that is read as a whole, in bytes.
const maxWasm = 64 << 20

// wasmTable reads a section as a table.
func wasmTable(a Artifact) (*cursor, error) {
	data, err := a.read(0, a.Size, maxWasm)
	return &cursor{data: data, order: binary.LittleEndian}, err
}

// wasmText reads a name with its length before it.
func (c *cursor) wasmText() string {
	text := c.take(c.uleb())
	return string(text[:min(len(text), 8*maxName)])
}

// wasmCode compares the bodies of functions one by one, if there are as many.
func (c *comparison) wasmCode(d *Difference, names map[uint64]string, a, b Artifact) error {
	left, err := wasmBodies(a)
	if err != nil {
		return err
	}
	right, err := wasmBodies(b)
	if err != nil {
		return err
	}
	if len(left) != len(right) {
		d.note("%d functions and %d", len(left), len(right))
		return nil
	}
	// Names count imported functions first. Their number is that of the names
	// that have no body.
	imported := max(len(names)-len(left), 0)
	for i := range left {
		at, err := firstDifference(left[i], right[i], 0, 0)
		if err != nil {
			return err
		}
		if at < 0 {
			continue
		}
		if len(d.Inside) >= perPart {
			d.More++
			continue
		}
		found := &Difference{Kind: KindFunction, Name: fmt.Sprintf("body %d", i)}
		if name := names[uint64(i+imported)]; name != "" {
			found.Name = escapeName(name)
		}
		if err := c.asBytes(found, left[i], right[i]); err != nil {
			return err
		}
		c.add(d, found)
	}
	return nil
}

// wasmBodies reads the vector of bodies, each with its size before it.
func wasmBodies(a Artifact) ([]Artifact, error) {
	c, err := wasmTable(a)
	if err != nil {
		return nil, err
	}
	var bodies []Artifact
	for n := c.uleb(); n > 0; n-- {
		body := c.take(c.uleb())
		if c.bad || len(bodies) == 4*maxEntries {
			return nil, malformedf("function %d is beyond the section, or one too many", len(bodies))
		}
		bodies = append(bodies, Bytes(body))
	}
	return bodies, nil
}

// wasmFunctionNames are the names of functions by index, from the section of
// names if it can be read.
func wasmFunctionNames(sections []wasmSection) map[uint64]string {
	for _, s := range sections {
		if s.name != "custom `name`" {
			continue
		}
		c, err := wasmTable(s.data)
		if err != nil {
			return nil // the section is compared all the same, and says so
		}
		for c.at < len(c.data) && !c.bad {
			id := c.number(1)
			part := cursor{data: c.take(c.uleb()), order: c.order}
			if id != 1 { // functions
				continue
			}
			names := map[uint64]string{}
			for n := part.uleb(); n > 0 && !part.bad && len(names) < 4*maxEntries; n-- {
				index := part.uleb()
				names[index] = part.wasmText()
			}
			return names
		}
	}
	return nil
}

// asWasmNames compares the names of functions, in the order of their numbers.
func asWasmNames(c *comparison, d *Difference, a, b Artifact) error {
	read := func(a Artifact) []item {
		names := wasmFunctionNames([]wasmSection{{name: "custom `name`", data: a}})
		list := make([]item, 0, len(names))
		for _, i := range slices.Sorted(maps.Keys(names)) {
			list = append(list, item{[]byte(names[i]), int64(i)})
		}
		return list
	}
	c.itemLists(d, KindString, read(a), read(b))
	return nil
}

// asProducers compares the section that names language, compiler and tools: a
// vector of fields, each a vector of names and versions.
func asProducers(c *comparison, d *Difference, a, b Artifact) error {
	left, err := producers(a)
	if err != nil {
		return err
	}
	right, err := producers(b)
	if err != nil {
		return err
	}
	c.itemLists(d, KindString, left, right)
	return nil
}

func producers(a Artifact) ([]item, error) {
	c, err := wasmTable(a)
	if err != nil {
		return nil, err
	}
	var list []item
	for n := c.uleb(); n > 0; n-- {
		field := c.wasmText()
		for m := c.uleb(); m > 0; m-- {
			at := int64(c.at)
			text := field + ": " + c.wasmText() + " " + c.wasmText()
			if c.bad || len(list) == 1024 {
				return nil, malformedf("a section of producers that breaks off")
			}
			list = append(list, item{[]byte(text), at})
		}
		if c.bad {
			return nil, malformedf("a section of producers that breaks off")
		}
	}
	return list, nil
}
