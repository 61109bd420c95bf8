package compare

import (
	"bytes"
	"encoding/binary"
)

// cursor reads a table from its beginning. Once it was asked for more than there
// is, it is bad and all that it returns is zero, so that a parser asks once at
// the end of a step, and none reads beyond the end.
type cursor struct {
	data  []byte
	at    int
	order binary.ByteOrder
	bad   bool
}

func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.data)-c.at) {
		c.bad = true
		return nil
	}
	c.at += int(n)
	return c.data[c.at-int(n) : c.at]
}

// number reads an integer of 1, 2, 4 or 8 bytes.
func (c *cursor) number(size int) uint64 {
	b := c.take(uint64(size))
	switch {
	case b == nil:
		return 0
	case size == 1:
		return uint64(b[0])
	case size == 2:
		return uint64(c.order.Uint16(b))
	case size == 4:
		return uint64(c.order.Uint32(b))
	}
	return c.order.Uint64(b)
}

// uleb reads an unsigned LEB128 number of at most 64 bits.
func (c *cursor) uleb() uint64 {
	var n uint64
	for shift := 0; shift < 70; shift += 7 {
		b := c.number(1)
		if shift == 63 && b > 1 {
			break
		}
		n |= (b & 0x7f) << min(shift, 63)
		if b&0x80 == 0 {
			return n
		}
	}
	c.bad = true
	return 0
}

// text reads a string that ends with NUL, and cuts what is too long for a name.
func (c *cursor) text() string {
	if c.bad {
		return ""
	}
	n := bytes.IndexByte(c.data[c.at:], 0)
	if n < 0 {
		c.bad = true
		return ""
	}
	b := c.take(uint64(n) + 1)
	return string(b[:min(n, 8*maxName)])
}
