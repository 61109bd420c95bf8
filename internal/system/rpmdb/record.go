package rpmdb

import "encoding/binary"

// value is one column of an SQLite record: its serial type, and its bytes.
type value struct {
	kind uint64
	data string
}

func (v value) isBlob() bool { return v.kind >= 12 && v.kind%2 == 0 }

// integer returns a whole number that is not negative.
func (v value) integer() (uint64, bool) {
	switch {
	case v.kind == 8, v.kind == 9:
		return v.kind - 8, true
	case v.kind < 1 || v.kind > 6 || v.data[0]&0x80 != 0:
		return 0, false
	}
	var n uint64
	for i := range len(v.data) {
		n = n<<8 | uint64(v.data[i])
	}
	return n, true
}

// columns splits a record ("Record Format"): a header of its own size and of
// the serial type of each column, then the columns.
func columns(payload string) ([]value, error) {
	size, rest, ok := varint(payload)
	used := len(payload) - len(rest)
	if !ok || size < uint64(used) || size > uint64(len(payload)) {
		return nil, damaged("a record has no header")
	}
	head, body := payload[used:size], payload[size:]
	var values []value
	for head != "" {
		var kind uint64
		if kind, head, ok = varint(head); !ok {
			return nil, damaged("the header of a record is cut off")
		}
		n, ok := serialSize(kind)
		if !ok || n > uint64(len(body)) {
			return nil, damaged("a column of kind %d does not fit its record", kind)
		}
		values = append(values, value{kind, body[:n]})
		body = body[n:]
	}
	return values, nil
}

// serialSize is the length in bytes of a column of this serial type.
func serialSize(kind uint64) (uint64, bool) {
	switch {
	case kind >= 12:
		return (kind - 12) / 2, true // blobs are even, texts odd
	case kind < 10:
		return []uint64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[kind], true
	}
	return 0, false // reserved
}

// varint reads SQLite's integers of variable length: seven bits a byte, high
// ones first, and all eight bits of the ninth byte.
func varint(text string) (n uint64, rest string, ok bool) {
	for i := range min(9, len(text)) {
		if i == 8 {
			return n<<8 | uint64(text[i]), text[9:], true
		}
		n = n<<7 | uint64(text[i]&0x7f)
		if text[i] < 0x80 {
			return n, text[i+1:], true
		}
	}
	return 0, "", false
}

func u16(text string) uint16 { return binary.BigEndian.Uint16([]byte(text[:2])) }
func u32(text string) uint32 { return binary.BigEndian.Uint32([]byte(text[:4])) }
