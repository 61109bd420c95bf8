package compare

import "encoding/binary"

// elfNote is one note: what it is by owner and type, and its content.
type elfNote struct {
	owner      string
	kind       uint32
	descriptor Artifact
	at, size   int64 // of the descriptor, in the section
}

// readNotes reads a section of notes: lengths of name and descriptor, type, name
// and descriptor, both padded to four bytes.
func readNotes(order binary.ByteOrder, a Artifact) ([]elfNote, error) {
	var list []elfNote
	for at := int64(0); a.Size-at >= 12; {
		if len(list) == 1024 {
			return nil, malformedf("more than %d notes", len(list))
		}
		h, err := a.read(at, 12, 12)
		if err != nil {
			return nil, err
		}
		nameSize, size := int64(order.Uint32(h)), int64(order.Uint32(h[4:]))
		name, err := a.read(at+12, nameSize, maxName)
		if err != nil {
			return nil, err
		}
		start := at + 12 + (nameSize+3)&^3
		descriptor, err := a.slice(start, size)
		if err != nil {
			return nil, err
		}
		list = append(list, elfNote{cString(name, 0), order.Uint32(h[8:]), descriptor, start, size})
		at = start + (size+3)&^3
	}
	return list, nil
}

// isBuildID reports whether a note is the digest that linkers write.
func (n elfNote) isBuildID() bool { return n.owner == "GNU" && n.kind == 3 } // NT_GNU_BUILD_ID

func (n elfNote) name() string {
	if n.isBuildID() {
		return "build-id"
	}
	return value("%s, type %d", n.owner, n.kind).Text
}

// notes compares sections of notes.
func (c *comparison) notes(d *Difference, f, g *elfFile, a, b Artifact) error {
	left, err := readNotes(f.order, a)
	if err != nil {
		return err
	}
	right, err := readNotes(g.order, b)
	if err != nil {
		return err
	}
	all, _ := couples(noteNames(left), noteNames(right))
	for _, pair := range all {
		switch {
		case pair.a < 0:
			c.add(d, only(right[pair.b].name(), false, "a note"))
			continue
		case pair.b < 0:
			c.add(d, only(left[pair.a].name(), true, "a note"))
			continue
		}
		n, m := left[pair.a], right[pair.b]
		x, err := n.descriptor.around(0, maxName)
		if err != nil {
			return err
		}
		y, err := m.descriptor.around(0, maxName)
		if err != nil {
			return err
		}
		if at := commonPrefix(x, y); at == len(x) && at == len(y) {
			continue
		}
		found := &Difference{Kind: KindNote, Name: n.name()}
		if n.isBuildID() {
			found.A, found.B = value("%x", x), value("%x", y)
			found.Causes = []Cause{known(Derived, "a digest that the linker makes of the rest of the file")}
		} else {
			s, t := narrow(x, y)
			found.A, found.B, found.Causes = s.excerpt(), t.excerpt(), c.classify(s, t)
		}
		c.add(d, found)
	}
	return nil
}

func noteNames(list []elfNote) []string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.name()
	}
	return names
}
