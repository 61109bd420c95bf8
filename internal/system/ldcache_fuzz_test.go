package system

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// No file makes the reader panic, or gives a name that a file cannot have.
func FuzzParseShared(f *testing.F) {
	f.Add(elfFile("libx.so.1", "libc.so.6"))
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseShared(bytes.NewReader(data))
		if err == nil && (len(s.soname) > 255 || strings.Contains(s.soname, "\x00")) {
			t.Errorf("accepted the name %q", s.soname)
		}
	})
}

// Any two names compare the same from both sides, as sorting needs, as long as
// their numbers fit.
func FuzzCompareSonames(f *testing.F) {
	f.Add("libx.so.1", "libx.so.10")
	f.Add("lib1", "lib01")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.ContainsFunc(a+b, func(r rune) bool { return r < ' ' || r >= 0x7f }) || len(a)+len(b) > 18 {
			t.Skip("such names are in no cache")
		}
		for _, s := range []string{a, b} {
			if longestNumber(s) > 9 {
				t.Skip("numbers of more than 31 bits wrap around, as in the loader")
			}
		}
		x, y := compareSonames(a, b), compareSonames(b, a)
		if (x < 0) != (y > 0) || (x == 0) != (y == 0) {
			t.Errorf("%q and %q: %d and %d", a, b, x, y)
		}
	})
}

func longestNumber(s string) (longest int) {
	for run := range strings.FieldsFuncSeq(s, func(r rune) bool { return r < '0' || r > '9' }) {
		longest = max(longest, len(run))
	}
	return longest
}

// Every text that an entry points to lies in the file and ends there.
func FuzzEncodeCache(f *testing.F) {
	f.Add("libx.so.1", "/lib/libx.so.1", "libc.so.6", "/lib/libc-2.so", "x86-64-v3")
	f.Fuzz(func(t *testing.T, soname, path, soname2, path2, hwcaps string) {
		if strings.ContainsRune(soname+path+soname2+path2+hwcaps, 0) {
			t.Skip("no name has a zero byte")
		}
		in := []library{{soname, path, 3, ""}, {soname2, path2, 0x303, hwcaps}}
		data := encodeCache(in)
		text := func(at uint32) string {
			s, _, ended := strings.Cut(string(data[at:]), "\x00")
			if !ended {
				t.Fatalf("the text at %d does not end", at)
			}
			return s
		}
		got := map[library]bool{}
		for i := range 2 {
			e := data[cacheHeaderSize+i*cacheEntrySize:]
			word := func(at int) uint32 { return binary.LittleEndian.Uint32(e[at:]) }
			l := library{soname: text(word(4)), path: text(word(8)), flags: int32(word(0))}
			if binary.LittleEndian.Uint64(e[16:]) != 0 {
				l.hwcaps = hwcaps
			}
			got[l] = true
		}
		for _, l := range in {
			if !got[l] {
				t.Errorf("%+v is not among %+v", l, got)
			}
		}
	})
}
