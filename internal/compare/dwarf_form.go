package compare

import "debug/dwarf"

// debugField is one attribute of an abbreviation with its form.
type debugField struct {
	attribute dwarf.Attr
	form      uint64
}

// maxAbbreviations is how much of a table is searched for one entry, in bytes.
const maxAbbreviations = 4 << 10

// abbreviation finds one entry of a table of abbreviations. Only the first
// entries of units are asked for, which stand near the beginning.
func (t *debugTables) abbreviation(table, code uint64) ([]debugField, bool) {
	c := t.cursor(".debug_abbrev")
	c.take(table)
	c.data = c.data[:min(len(c.data), c.at+maxAbbreviations)]
	for code != 0 && !c.bad {
		entry := c.uleb()
		if entry == 0 {
			return nil, false
		}
		c.uleb()    // tag
		c.number(1) // whether it has children
		var fields []debugField
		for !c.bad {
			f := debugField{dwarf.Attr(c.uleb()), c.uleb()}
			if f.form == 0x21 { // DW_FORM_implicit_const has its value here
				c.uleb()
			}
			if f.attribute == 0 && f.form == 0 {
				break
			}
			fields = append(fields, f)
		}
		if entry == code {
			return fields, !c.bad
		}
	}
	return nil, false
}

// form reads one value, and returns it if it is text. Numbers are those of the
// DWARF standard, version 5, section 7.5.6, and of its GNU extensions.
func (t *debugTables) form(c *cursor, u debugUnit, form uint64) (text string, ok bool) {
	switch form {
	case 0x08: // string
		return c.text(), true
	case 0x0e: // strp
		return t.stringAt(".debug_str", c.number(u.offset)), true
	case 0x1f: // line_strp
		return t.stringAt(".debug_line_str", c.number(u.offset)), true
	case 0x0b, 0x0c, 0x11, 0x25, 0x29: // data1, flag, ref1, strx1, addrx1
		c.take(1)
	case 0x05, 0x12, 0x26, 0x2a: // data2, ref2, strx2, addrx2
		c.take(2)
	case 0x27, 0x2b: // strx3, addrx3
		c.take(3)
	case 0x06, 0x13, 0x28, 0x2c: // data4, ref4, strx4, addrx4
		c.take(4)
	case 0x07, 0x14, 0x20: // data8, ref8, ref_sig8
		c.take(8)
	case 0x1e: // data16
		c.take(16)
	case 0x01: // addr
		c.take(uint64(u.address))
	case 0x17, 0x1d, 0x1f20, 0x1f21: // sec_offset, strp_sup, GNU_ref_alt, GNU_strp_alt
		c.take(uint64(u.offset))
	case 0x10: // ref_addr: an address before version 3
		if u.version == 2 {
			c.take(uint64(u.address))
		} else {
			c.take(uint64(u.offset))
		}
	case 0x0d, 0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23: // sdata, udata, ref_udata, strx, addrx, loclistx, rnglistx
		c.uleb()
	case 0x0a: // block1
		c.take(c.number(1))
	case 0x03: // block2
		c.take(c.number(2))
	case 0x04: // block4
		c.take(c.number(4))
	case 0x09, 0x18: // block, exprloc
		c.take(c.uleb())
	case 0x19, 0x21: // flag_present, implicit_const
	default:
		return "", false
	}
	return "", true
}

// initialLength reads the length of a unit, and whether it has the 64-bit form.
func (c *cursor) initialLength() (uint64, bool) {
	if n := c.number(4); n != 0xffffffff {
		return n, false
	}
	return c.number(8), true
}
