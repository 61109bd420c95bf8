package compare

import "debug/elf"

// maxRelocations bounds a section of relocations, in bytes: in words each takes
// several times as much.
const maxRelocations = 4 << 20

// relocations compares two sections of relocations, in which an entry is an
// offset, a symbol with a type, and for RELA an addend.
func (c *comparison) relocations(d *Difference, f, g *elfFile, s, t elfSection) error {
	a, err := f.relocationTexts(s)
	if err != nil {
		return err
	}
	b, err := g.relocationTexts(t)
	if err != nil {
		return err
	}
	if moved := sameItems(a, b); moved > 0 {
		c.add(d, &Difference{Kind: KindOrder, Name: string(KindRelocation), Causes: []Cause{known(Order, "the same %d relocations in another order", moved)}})
		return nil
	}
	at := 0
	for at < min(len(a), len(b)) && string(a[at].text) == string(b[at].text) {
		at++
	}
	if at == max(len(a), len(b)) {
		return nil // bytes that have no meaning for us
	}
	// Relocations follow from code and symbols: the first says enough.
	found := &Difference{Kind: KindRelocation, Name: value("number %d", at+1).Text}
	if at < len(a) {
		found.A = value("%s", a[at].text)
	}
	if at < len(b) {
		found.B = value("%s", b[at].text)
	}
	found.note("the first of those that differ; %d and %d in all", len(a), len(b))
	c.add(d, found)
	return nil
}

// relocationTexts are relocations in words, with names of symbols, which stay
// when numbers change.
func (f *elfFile) relocationTexts(s elfSection) ([]item, error) {
	raw, err := s.data.read(0, s.data.Size, maxRelocations)
	if err != nil {
		return nil, err
	}
	var names []elfSymbol
	if int(s.link) < len(f.sections) && s.link > 0 {
		if names, err = f.symbols(f.sections[s.link]); err != nil {
			return nil, err
		}
	}
	addend := s.kind == elf.SHT_RELA
	word := 4
	if f.wide {
		word = 8
	}
	size := 2 * word
	if addend {
		size += word
	}
	number := func(b []byte) uint64 {
		if f.wide {
			return f.order.Uint64(b)
		}
		return uint64(f.order.Uint32(b))
	}
	var list []item
	for at := 0; at+size <= len(raw); at += size {
		info := number(raw[at+word:])
		symbol, kind := info>>8, info&0xff
		if f.wide {
			symbol, kind = info>>32, info&0xffffffff
		}
		text := value("offset %#x, type %d, symbol %s", number(raw[at:]), kind, f.symbolName(names, symbol)).Text
		if addend {
			text += value(" + %#x", number(raw[at+2*word:])).Text
		}
		list = append(list, item{[]byte(text), int64(at)})
	}
	return list, nil
}

// symbolName names a symbol, and one of a section by the section.
func (f *elfFile) symbolName(names []elfSymbol, index uint64) string {
	if index >= uint64(len(names)) {
		return value("number %d", index).Text
	}
	s := names[index]
	if s.name == "" && int(s.section) < len(f.sections) {
		return f.sections[s.section].name
	}
	return s.name
}
