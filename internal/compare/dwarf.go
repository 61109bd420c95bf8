package compare

import (
	"debug/dwarf"
	"slices"
	"strings"
)

// debugFacts are what debug information says of how something was compiled, the
// values of each attribute in the order of the units.
type debugFacts map[string][]string

// The attributes that are compared, in the order in which they are reported.
var debugAttributes = []string{"DW_AT_comp_dir", "DW_AT_name", "DW_AT_producer", "directory of a line table", "file of a line table"}

// debugInformation compares what units say of themselves. The sections are also
// compared as sections; here is what their bytes mean.
func (c *comparison) debugInformation(d *Difference, f, g *elfFile) error {
	equal, err := sameDebugSections(f, g)
	if err != nil || equal {
		return err
	}
	found := &Difference{Kind: KindDWARF, Name: "debug information"}
	a, err := f.debugFacts(found)
	if err != nil {
		return err
	}
	b, err := g.debugFacts(found)
	if err != nil {
		return err
	}
	c.debugAttributes(d, found, a, b)
	return nil
}

// debugAttributes fills a finding with what the facts of both sides differ in,
// and adds it if there is anything.
func (c *comparison) debugAttributes(d, found *Difference, a, b debugFacts) {
	for _, attribute := range debugAttributes {
		c.debugValues(found, attribute, a[attribute], b[attribute])
	}
	if len(found.Inside)+len(found.Notes)+found.More > 0 {
		c.add(d, found)
	}
}

// debugValues reports the values that one side lacks, those of the other in
// their place.
func (c *comparison) debugValues(d *Difference, attribute string, a, b []string) {
	left, right := without(a, b), without(b, a)
	if len(left)+len(right) == 0 && !slices.Equal(a, b) {
		c.add(d, orderOf(KindDWARF, a, b))
		return
	}
	for i := range max(len(left), len(right)) {
		if i == perPart {
			d.More += max(len(left), len(right)) - i
			return
		}
		found := &Difference{Kind: KindDWARF, Name: attribute}
		switch {
		case i >= len(right):
			found.A = value("%s", left[i])
		case i >= len(left):
			found.B = value("%s", right[i])
		default:
			x, y := narrow([]byte(left[i]), []byte(right[i]))
			found.A, found.B, found.Causes = x.excerpt(), y.excerpt(), c.classify(x, y)
		}
		c.add(d, found)
	}
}

// without is the values of a that b has not, each once.
func without(a, b []string) []string {
	seen := make(map[string]bool, len(b))
	for _, v := range b {
		seen[v] = true
	}
	var rest []string
	for _, v := range a {
		if !seen[v] {
			seen[v] = true
			rest = append(rest, v)
		}
	}
	return rest
}

func sameDebugSections(f, g *elfFile) (bool, error) {
	a, b := f.debugSections(), g.debugSections()
	if len(a) != len(b) {
		return false, nil
	}
	for name, left := range a {
		right, ok := b[name]
		if !ok {
			return false, nil
		}
		at, err := firstDifference(left.data, right.data, 0, 0)
		if err != nil || at >= 0 {
			return false, err
		}
	}
	return true, nil
}

// debugSections are the sections of debug information by name, the first of each.
func (f *elfFile) debugSections() map[string]elfSection {
	all := map[string]elfSection{}
	for _, s := range f.sections {
		if _, twice := all[s.name]; !twice && strings.HasPrefix(s.name, ".debug_") {
			all[s.name] = s
		}
	}
	return all
}

// debugUnits reads the first entry of every unit: what was compiled, where, and
// by which compiler.
func (t *debugTables) debugUnits(facts debugFacts) error {
	info := t.cursor(".debug_info")
	for n := 0; info.at < len(info.data); n++ {
		if n == maxEntries {
			return malformedf("more than %d units of debug information", n)
		}
		size, wide := info.initialLength()
		unit := cursor{data: info.take(size), order: t.order}
		if info.bad {
			return malformedf("a unit of debug information beyond its section")
		}
		t.debugUnit(&unit, wide, facts)
	}
	return nil
}

// debugUnit reads one unit. One that is of a form that we do not know says
// nothing.
func (t *debugTables) debugUnit(c *cursor, wide bool, facts debugFacts) {
	u := debugUnit{version: int(c.number(2)), offset: 4}
	if wide {
		u.offset = 8
	}
	var table uint64
	switch {
	case u.version >= 2 && u.version <= 4:
		table, u.address = c.number(u.offset), int(c.number(1))
	case u.version == 5:
		kind := c.number(1)
		u.address, table = int(c.number(1)), c.number(u.offset)
		if kind != 1 && kind != 3 { // DW_UT_compile, DW_UT_partial
			return
		}
	default:
		return
	}
	code := c.uleb()
	fields, ok := t.abbreviation(table, code)
	if c.bad || !ok {
		return
	}
	for _, f := range fields {
		text, ok := t.form(c, u, f.form)
		if !ok || c.bad {
			return
		}
		if name := "DW_AT_" + snake(f.attribute); text != "" && slices.Contains(debugAttributes, name) {
			facts[name] = append(facts[name], text)
		}
	}
}

// debugUnit is what the size of a unit's fields depends on.
type debugUnit struct{ version, offset, address int }

func snake(a dwarf.Attr) string {
	switch a {
	case dwarf.AttrCompDir:
		return "comp_dir"
	case dwarf.AttrName:
		return "name"
	case dwarf.AttrProducer:
		return "producer"
	}
	return ""
}
