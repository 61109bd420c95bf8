package system

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// library is one entry of the loader's cache.
type library struct {
	soname string // what programs ask for
	path   string // absolute, as the loader opens it
	flags  int32  // which loader may use it, see loaderFlags
	hwcaps string // the directory below glibc-hwcaps; empty for a library of every processor
}

// The form of the cache is that of glibc's sysdeps/generic/dl-cache.h: the format
// of its own since 2.2, without the older one around it, which every loader
// since then reads. The two extensions are of 2.33; older loaders pass over
// them, and over the entries that need the second.
const (
	cacheMagic          = "glibc-ld.so.cache1.1"
	cacheLittleEndian   = 2
	cacheHeaderSize     = 48
	cacheEntrySize      = 24
	cacheExtensionMagic = 0xeaa42174
	cacheSectionSize    = 16
	cacheTagGenerator   = 0
	cacheTagHwcaps      = 1
	cacheHwcapExtension = 1 << 62
)

// cacheGenerator is what `ldconfig -p` says of the cache. It is without a
// version: the cache of a layer must not change with ours.
const cacheGenerator = "cargo-hermetic"

// encodeCache writes the cache, for processors of little endian. The loader
// finds a name by halving, so the order is part of the format.
func encodeCache(libraries []library) []byte {
	libraries = slices.Clone(libraries)
	slices.SortStableFunc(libraries, compareLibraries)
	var hwcaps []string
	for _, l := range libraries {
		if l.hwcaps != "" {
			hwcaps = append(hwcaps, l.hwcaps)
		}
	}
	slices.Sort(hwcaps)
	hwcaps = slices.Compact(hwcaps)

	texts := newCacheTexts(cacheHeaderSize + cacheEntrySize*len(libraries))
	var entries []byte
	put := func(to []byte, words ...uint32) []byte {
		for _, w := range words {
			to = binary.LittleEndian.AppendUint32(to, w)
		}
		return to
	}
	for _, l := range libraries {
		value := texts.add(l.path)
		key := value + uint32(len(l.path)-len(l.soname))
		if !strings.HasSuffix(l.path, "/"+l.soname) {
			key = texts.add(l.soname)
		}
		var hwcap uint64
		if l.hwcaps != "" {
			i, _ := slices.BinarySearch(hwcaps, l.hwcaps)
			hwcap = cacheHwcapExtension | uint64(i)
		}
		entries = put(entries, uint32(l.flags), key, value, 0)
		entries = binary.LittleEndian.AppendUint64(entries, hwcap)
	}
	var names []byte
	for _, name := range hwcaps {
		names = put(names, texts.add(name))
	}
	for texts.end()%4 != 0 {
		texts.data = append(texts.data, 0)
	}

	// Two sections: the names first, since they must lie at a multiple of four.
	at := texts.end()
	sections := uint32(1)
	if len(hwcaps) > 0 {
		sections = 2
	}
	namesAt := at + 8 + sections*cacheSectionSize
	extension := put(nil, cacheExtensionMagic, sections, cacheTagGenerator, 0, namesAt+uint32(len(names)), uint32(len(cacheGenerator)))
	if sections == 2 {
		extension = put(extension, cacheTagHwcaps, 0, namesAt, uint32(len(names)))
	}

	header := put([]byte(cacheMagic), uint32(len(libraries)), uint32(len(texts.data)), cacheLittleEndian, at, 0, 0, 0)
	return bytes.Join([][]byte{header, entries, texts.data, extension, names, []byte(cacheGenerator)}, nil)
}

// cacheTexts are the zero-ended texts of a cache, each once, by their places
// from the beginning of the file.
type cacheTexts struct {
	start  uint32
	data   []byte
	places map[string]uint32
}

func newCacheTexts(start int) *cacheTexts {
	return &cacheTexts{start: uint32(start), places: map[string]uint32{}}
}

func (t *cacheTexts) end() uint32 { return t.start + uint32(len(t.data)) }

func (t *cacheTexts) add(text string) uint32 {
	at, known := t.places[text]
	if !known {
		at = t.end()
		t.places[text] = at
		t.data = append(append(t.data, text...), 0)
	}
	return at
}

// compareLibraries is ldconfig's order: names downwards, then flags downwards,
// then those for some processors, by the name of their directory. Equal ones stay
// in the order of the directories.
func compareLibraries(a, b library) int {
	if c := compareSonames(b.soname, a.soname); c != 0 {
		return c
	}
	switch {
	case a.flags != b.flags:
		if a.flags > b.flags {
			return -1
		}
		return 1
	case (a.hwcaps == "") != (b.hwcaps == ""):
		if a.hwcaps != "" {
			return -1
		}
		return 1
	}
	return strings.Compare(a.hwcaps, b.hwcaps)
}

// compareSonames is the loader's own comparison (_dl_cache_libcmp): numbers in
// names by their values, and behind everything else. The values are of 32 bits
// and wrap around, as they do there: the loader must find what was sorted here.
func compareSonames(a, b string) int {
	for a != "" {
		numberA, numberB := isDigit(a), isDigit(b)
		switch {
		case numberA && numberB:
			var x, y int32
			x, a = takeNumber(a)
			y, b = takeNumber(b)
			if x != y {
				return int(x - y)
			}
		case numberA:
			return 1
		case numberB:
			return -1
		case b == "":
			return 1
		case a[0] != b[0]:
			return int(a[0]) - int(b[0])
		default:
			a, b = a[1:], b[1:]
		}
	}
	if b != "" {
		return -1
	}
	return 0
}

func isDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func takeNumber(s string) (value int32, rest string) {
	for ; isDigit(s); s = s[1:] {
		value = value*10 + int32(s[0]-'0')
	}
	return value, s
}
