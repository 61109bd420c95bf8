package compare

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"
)

// maxTable bounds tables of symbols and relocations, in bytes.
const maxTable = 24 << 20

// elfSymbol is one symbol of a table.
type elfSymbol struct {
	name        string
	value, size uint64
	section     uint16
	info        byte
}

// symbols reads a table of symbols with the names that belong to it.
func (f *elfFile) symbols(s elfSection) ([]elfSymbol, error) {
	raw, err := s.data.read(0, s.data.Size, maxTable)
	if err != nil {
		return nil, err
	}
	if int(s.link) >= len(f.sections) {
		return nil, malformedf("symbols without names")
	}
	text := f.sections[s.link].data
	names, err := text.read(0, text.Size, 4*maxTable)
	if err != nil {
		return nil, err
	}
	size := 16
	if f.wide {
		size = 24
	}
	list := make([]elfSymbol, 0, len(raw)/size)
	total := 0 // many symbols may have one long name
	for ; len(raw) >= size; raw = raw[size:] {
		sym := elfSymbol{name: cString(names, f.order.Uint32(raw))}
		if f.wide {
			sym.info, sym.section = raw[4], f.order.Uint16(raw[6:])
			sym.value, sym.size = f.order.Uint64(raw[8:]), f.order.Uint64(raw[16:])
		} else {
			sym.value, sym.size = uint64(f.order.Uint32(raw[4:])), uint64(f.order.Uint32(raw[8:]))
			sym.info, sym.section = raw[12], f.order.Uint16(raw[14:])
		}
		if total += len(sym.name); total > 4*maxTable {
			return nil, malformedf("symbols with more than %d bytes of names", 4*maxTable)
		}
		list = append(list, sym)
	}
	return list, nil
}

// symbolTables compares two tables by name: symbols of one side only, renamed,
// of another size, or in another order. Another value alone is what follows from
// a change elsewhere, and is left to the bytes.
func (c *comparison) symbolTables(d *Difference, f, g *elfFile, s, t elfSection) error {
	a, err := f.symbols(s)
	if err != nil {
		return err
	}
	b, err := g.symbols(t)
	if err != nil {
		return err
	}
	namesA, namesB := symbolNames(a), symbolNames(b)
	all, moved := couples(namesA, namesB)
	if moved {
		c.add(d, orderOf(KindSymbol, namesA, namesB))
	}
	shown := 0
	for _, pair := range all {
		var found *Difference
		switch {
		case pair.a < 0:
			found = only(namesB[pair.b], false, "a symbol")
		case pair.b < 0:
			found = only(namesA[pair.a], true, "a symbol")
		case namesA[pair.a] != namesB[pair.b]:
			c.renamed(d, namesA[pair.a], namesB[pair.b])
			continue
		case a[pair.a].size != b[pair.b].size:
			found = &Difference{Kind: KindSymbol, Name: escapeName(namesA[pair.a]), A: value("%d bytes", a[pair.a].size), B: value("%d bytes", b[pair.b].size)}
		default:
			continue
		}
		if shown++; shown > perPart {
			d.More++
			continue
		}
		c.add(d, found)
	}
	return nil
}

func symbolNames(list []elfSymbol) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.name
	}
	return names
}

// symbolAt returns a function that says which symbol holds an offset of a
// section. A file without a readable table has no such symbols.
func (f *elfFile) symbolAt(index int) (func(int64) string, error) {
	at := slices.IndexFunc(f.sections, func(s elfSection) bool { return s.kind == elf.SHT_SYMTAB })
	if at < 0 {
		at = slices.IndexFunc(f.sections, func(s elfSection) bool { return s.kind == elf.SHT_DYNSYM })
	}
	if at < 0 {
		return nil, nil
	}
	if f.named == nil {
		all, err := f.symbols(f.sections[at])
		if err != nil {
			return nil, err
		}
		f.named = bySection(all)
	}
	base := f.sections[index].addr // 0 in objects, whose symbols count from the section
	return func(offset int64) string {
		name := ""
		for _, s := range f.named[index] {
			if start := int64(s.value - base); start <= offset && (offset < start+int64(s.size) || s.size == 0) {
				name = s.name
			}
		}
		return name
	}, nil
}

// bySection sorts the symbols of data and functions by section and address. Those
// that assemblers make for themselves begin with `$`.
func bySection(all []elfSymbol) map[int][]elfSymbol {
	sections := map[int][]elfSymbol{}
	for _, s := range all {
		if s.name != "" && elf.SymType(s.info&0xf) <= elf.STT_FUNC && !strings.HasPrefix(s.name, "$") {
			sections[int(s.section)] = append(sections[int(s.section)], s)
		}
	}
	for _, list := range sections {
		slices.SortStableFunc(list, func(a, b elfSymbol) int { return cmp.Compare(a.value, b.value) })
	}
	return sections
}
