package rpmdb

import "strings"

// header is the tagged data of one package as rpm stores it (the manual's
// "Package Format", "Header", without its magic): the number of index entries
// and of data bytes, the entries, the data. Numbers are big-endian.
type header struct {
	entries map[uint32]entry
	data    string
}

// entry says where a tag's values are.
type entry struct {
	kind, offset, count uint32
}

const (
	entrySize = 16
	// rpm's own limits (lib/header.c), which keep sums below from overflowing.
	maxEntries = 0xffff
	maxData    = 256 << 20
	firstTag   = 1000 // smaller ones describe the header itself
)

// Types of values.
const (
	typeInt16       = 3
	typeInt32       = 4
	typeChar        = 1
	typeString      = 6
	typeStringArray = 8
)

func parseHeader(text string) (*header, error) {
	if len(text) < 8 {
		return nil, damaged("the header is cut off")
	}
	entries, size := u32(text), u32(text[4:])
	if entries == 0 || entries > maxEntries || size > maxData || uint64(len(text)) != 8+uint64(entries)*entrySize+uint64(size) {
		return nil, damaged("%d entries and %d bytes of data do not fit a header of %d bytes", entries, size, len(text))
	}
	h := &header{entries: make(map[uint32]entry, entries), data: text[8+entries*entrySize:]}
	for i := range entries {
		e := text[8+i*entrySize:]
		tag := u32(e)
		if tag < firstTag {
			continue
		}
		// A tag that rpm added at installation never repeats one of the package.
		if _, twice := h.entries[tag]; twice {
			return nil, damaged("tag %d is there twice", tag)
		}
		if u32(e[8:]) > size {
			return nil, damaged("tag %d lies outside of the header", tag)
		}
		h.entries[tag] = entry{u32(e[4:]), u32(e[8:]), u32(e[12:])}
	}
	return h, nil
}

// strings returns the values of a tag that holds texts; none where it is absent.
func (h *header) strings(tag uint32) ([]string, error) {
	e, ok := h.entries[tag]
	if !ok {
		return nil, nil
	}
	rest := h.data[e.offset:]
	// Every text has an end, so more of them than bytes cannot be.
	if e.kind != typeString && e.kind != typeStringArray || e.kind == typeString && e.count != 1 || uint64(e.count) > uint64(len(rest)) {
		return nil, damaged("tag %d holds %d values of type %d, not texts", tag, e.count, e.kind)
	}
	values := make([]string, e.count)
	for i := range values {
		if values[i], rest, ok = strings.Cut(rest, "\x00"); !ok {
			return nil, damaged("a text of tag %d has no end", tag)
		}
	}
	return values, nil
}

// text returns the one text of a tag, empty where it is absent.
func (h *header) text(tag uint32) (string, error) {
	values, err := h.strings(tag)
	if err != nil || len(values) == 0 {
		return "", err
	}
	if len(values) != 1 {
		return "", damaged("tag %d holds %d texts, not one", tag, len(values))
	}
	return values[0], nil
}

// numbers returns the values of a tag that holds numbers of this type.
func (h *header) numbers(tag, kind uint32) ([]uint32, error) {
	e, ok := h.entries[tag]
	if !ok {
		return nil, nil
	}
	width := map[uint32]uint32{typeChar: 1, typeInt16: 2, typeInt32: 4}[kind]
	if e.kind != kind || uint64(e.count)*uint64(width) > uint64(len(h.data))-uint64(e.offset) {
		return nil, damaged("tag %d holds %d values of type %d, not numbers of type %d", tag, e.count, e.kind, kind)
	}
	values := make([]uint32, e.count)
	for i := range values {
		at := h.data[e.offset+uint32(i)*width:]
		switch kind {
		case typeChar:
			values[i] = uint32(at[0])
		case typeInt16:
			values[i] = uint32(u16(at))
		default:
			values[i] = u32(at)
		}
	}
	return values, nil
}
