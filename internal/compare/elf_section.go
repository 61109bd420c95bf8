package compare

import (
	"debug/elf"
	"errors"
	"strings"
)

// asELF compares programs, shared objects and object files section by section.
func asELF(c *comparison, d *Difference, a, b Artifact) error {
	f, err := readELF(a)
	if err != nil {
		return err
	}
	g, err := readELF(b)
	if err != nil {
		return err
	}
	if f.wide != g.wide || f.order != g.order || f.machine != g.machine || f.kind != g.kind {
		c.add(d, &Difference{Kind: KindHeader, Name: "kind of ELF file", A: value("%s for %s", f.kind, f.machine), B: value("%s for %s", g.kind, g.machine)})
		return nil
	}
	if err := c.debugInformation(d, f, g); err != nil {
		return err
	}
	namesA, namesB := sectionNames(f), sectionNames(g)
	all, moved := couples(namesA, namesB)
	if moved {
		c.add(d, orderOf(KindSection, namesA, namesB))
	}
	for _, pair := range all {
		switch {
		case pair.a < 0:
			c.add(d, only(namesB[pair.b], false, sectionText(g.sections[pair.b])))
		case pair.b < 0:
			c.add(d, only(namesA[pair.a], true, sectionText(f.sections[pair.a])))
		default:
			if err := c.sections(d, f, g, pair); err != nil {
				return err
			}
		}
	}
	return nil
}

func sectionText(s elfSection) string {
	return value("%s, %d bytes", s.kind, s.size).Text
}

func sectionNames(f *elfFile) []string {
	names := make([]string, len(f.sections))
	for i, s := range f.sections {
		names[i] = s.name
	}
	return names
}

// sections compares two sections of one name.
func (c *comparison) sections(d *Difference, f, g *elfFile, pair couple) error {
	s, t := f.sections[pair.a], g.sections[pair.b]
	if s.name != t.name {
		c.renamed(d, s.name, t.name)
	}
	if s.kind != t.kind || s.flags != t.flags || s.entry != t.entry || s.kind == elf.SHT_NOBITS && s.size != t.size {
		c.add(d, &Difference{Kind: KindHeader, Name: "header of section " + escapeName(s.name),
			A: value("%s, flags %s, %d bytes", s.kind, s.flags, s.size), B: value("%s, flags %s, %d bytes", t.kind, t.flags, t.size)})
	}
	at, err := firstDifference(s.data, t.data, 0, 0)
	if err != nil || at < 0 {
		return err
	}
	found := &Difference{Kind: KindSection, Name: escapeName(s.name)}
	if s.flags&elf.SHF_COMPRESSED != 0 {
		found.note("the section is compressed")
	}
	if err := c.as(c.sectionOpener(f, g, pair), found, s.data, t.data); err != nil {
		return err
	}
	if strings.HasPrefix(s.name, ".gnu_debuglink") {
		found.Causes = []Cause{known(Derived, "the name and the checksum of the file with the debug information")}
	}
	c.add(d, found)
	return nil
}

// stringSections hold strings and nothing else. The flag SHF_STRINGS says less:
// linkers set it for sections that they merged with others.
var stringSections = map[string]bool{".debug_str": true, ".debug_line_str": true, ".comment": true}

// sectionOpener is what compares a section, by its type and name.
func (c *comparison) sectionOpener(f, g *elfFile, pair couple) open {
	s, t := f.sections[pair.a], g.sections[pair.b]
	switch {
	case s.flags&elf.SHF_COMPRESSED != 0:
		return nil
	case s.kind == elf.SHT_SYMTAB || s.kind == elf.SHT_DYNSYM:
		return func(c *comparison, d *Difference, _, _ Artifact) error { return c.symbolTables(d, f, g, s, t) }
	case s.kind == elf.SHT_RELA || s.kind == elf.SHT_REL:
		return func(c *comparison, d *Difference, _, _ Artifact) error { return c.relocations(d, f, g, s, t) }
	case s.kind == elf.SHT_NOTE:
		return func(c *comparison, d *Difference, a, b Artifact) error { return c.notes(d, f, g, a, b) }
	case s.kind == elf.SHT_STRTAB, stringSections[s.name], strings.HasPrefix(s.name, ".rodata.str"):
		return asStrings
	case s.name == ".rmeta" || s.name == ".rustc":
		return func(c *comparison, d *Difference, a, b Artifact) error {
			found, err := c.part(KindMetadata, s.name, a, b)
			c.add(d, found)
			return err
		}
	}
	return func(c *comparison, d *Difference, a, b Artifact) error {
		symbol, err := f.symbolAt(pair.a)
		var bad *malformed
		if errors.As(err, &bad) {
			d.note("%s: symbols are not named", bad.reason)
		} else if err != nil {
			return err
		}
		return c.asBytesNear(d, a, b, symbol)
	}
}
