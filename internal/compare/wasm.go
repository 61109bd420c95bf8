package compare

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// wasmSections are the names of the sections by number, WebAssembly core
// specification 5.5.2.
var wasmSections = []string{"custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count", "tag"}

// wasmSection is one section; name is that of a custom section, or the kind.
type wasmSection struct {
	id          byte
	name        string
	start, size int64 // of the whole section in the file
	data        Artifact
}

// readWasm reads the sections of a module, or of a component, whose sections are
// framed alike and have other numbers.
func readWasm(a Artifact) ([]wasmSection, error) {
	head, err := a.around(0, 8)
	if err != nil {
		return nil, err
	}
	if len(head) < 8 {
		return nil, malformedf("no whole header of a wasm module")
	}
	component := binary.LittleEndian.Uint16(head[6:]) != 0 // the layer
	var list []wasmSection
	for at := int64(8); at < a.Size; {
		if len(list) == maxEntries {
			return nil, malformedf("more than %d sections", maxEntries)
		}
		h, err := a.around(at, 16)
		if err != nil {
			return nil, err
		}
		c := cursor{data: h, order: binary.LittleEndian}
		s := wasmSection{id: byte(c.number(1)), start: at}
		size := c.uleb()
		if c.bad || size > uint64(a.Size) {
			return nil, malformedf("no section at %d", at)
		}
		if s.data, err = a.slice(at+int64(c.at), int64(size)); err != nil {
			return nil, err
		}
		if s.size = int64(c.at) + int64(size); s.id == 0 {
			err = s.custom()
		} else {
			s.name = wasmName(s.id, component)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
		at += s.size
	}
	return list, nil
}

func wasmName(id byte, component bool) string {
	if !component && int(id) < len(wasmSections) {
		return wasmSections[id]
	}
	return fmt.Sprintf("section %d", id)
}

// custom takes the name from the beginning of a custom section.
func (s *wasmSection) custom() error {
	head, err := s.data.around(0, maxName+5)
	if err != nil {
		return err
	}
	c := cursor{data: head}
	name := c.take(c.uleb())
	if c.bad {
		return malformedf("a custom section without a name at %d", s.start)
	}
	s.name = "custom `" + string(name) + "`"
	s.data, err = s.data.slice(int64(c.at), s.data.Size-int64(c.at))
	return err
}

// asWasm compares modules section by section.
func asWasm(c *comparison, d *Difference, a, b Artifact) error {
	left, err := readWasm(a)
	if err != nil {
		return err
	}
	right, err := readWasm(b)
	if err != nil {
		return err
	}
	if err := c.wasmDebug(d, left, right); err != nil {
		return err
	}
	functions := wasmFunctionNames(left)
	namesA, namesB := wasmNames(left), wasmNames(right)
	all, moved := couples(namesA, namesB)
	if moved {
		c.add(d, orderOf(KindWasm, namesA, namesB))
	}
	for _, pair := range all {
		switch {
		case pair.a < 0:
			c.add(d, only(namesB[pair.b], false, fmt.Sprintf("%d bytes", right[pair.b].data.Size)))
			continue
		case pair.b < 0:
			c.add(d, only(namesA[pair.a], true, fmt.Sprintf("%d bytes", left[pair.a].data.Size)))
			continue
		}
		s, t := left[pair.a], right[pair.b]
		at, err := firstDifference(s.data, t.data, 0, 0)
		if err != nil {
			return err
		}
		if at < 0 {
			continue
		}
		found := &Difference{Kind: KindWasm, Name: escapeName(s.name)}
		if err := c.as(wasmOpener(s, functions), found, s.data, t.data); err != nil {
			return err
		}
		c.add(d, found)
	}
	return nil
}

func wasmNames(list []wasmSection) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.name
	}
	return names
}

// wasmOpener is what compares a section, by its name.
func wasmOpener(s wasmSection, functions map[uint64]string) open {
	switch s.name {
	case "custom `producers`":
		return asProducers
	case "custom `name`":
		return asWasmNames
	case "custom `.debug_str`", "custom `.debug_line_str`":
		return asStrings
	case "code":
		return func(c *comparison, d *Difference, a, b Artifact) error { return c.wasmCode(d, functions, a, b) }
	}
	return nil
}

// wasmDebug compares the debug information of modules, which is that of ELF in
// custom sections.
func (c *comparison) wasmDebug(d *Difference, a, b []wasmSection) error {
	found := &Difference{Kind: KindDWARF, Name: "debug information"}
	var facts [2]debugFacts
	for i, sections := range [][]wasmSection{a, b} {
		t := &debugTables{order: binary.LittleEndian, sections: map[string][]byte{}}
		for _, name := range debugNames {
			at := slices.IndexFunc(sections, func(s wasmSection) bool { return s.name == "custom `"+name+"`" })
			if at < 0 {
				continue
			}
			data, err := sections[at].data.read(0, sections[at].data.Size, maxDebug)
			if err := noteMalformed(found, err); err != nil {
				return err
			}
			t.sections[name] = data
		}
		var err error
		if facts[i], err = t.facts(found); err != nil {
			return err
		}
	}
	c.debugAttributes(d, found, facts[0], facts[1])
	return nil
}
