package system

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// The C library of GNU converts between character sets by modules (gconv). Which there are
// says a text of two thousand lines, and every program that knows about more than ASCII reads
// all of it when it starts, unless there is an index beside it: 2 ms against 0.1.
const (
	charsetConf  = "gconv-modules"       // in the directory of the modules
	charsetIndex = "gconv-modules.cache" // beside it
)

// IsIndex reports whether a file of a layer, by its absolute path, only spares programs a search:
// they find the same without it. Every host has another one.
func IsIndex(name string) bool {
	return name == "/"+loaderCache || path.Base(name) == charsetIndex
}

// charsetIndexes returns the names of all that a layer should have.
func (p *plan) charsetIndexes() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(p.entries)) {
		if dir := path.Dir(name); path.Base(name) == charsetConf && path.Base(dir) == "gconv" && p.entries[name].target == "" {
			names = append(names, dir+"/"+charsetIndex)
		}
	}
	return names
}

// charsets makes an index of what is beside it, as iconvconfig(8) would. Where files say
// different things the first counts, in the order of their names.
func (p *plan) charsets(name string) ([]byte, error) {
	dir := path.Dir(name)
	c := newCharsets()
	files := []string{dir + "/" + charsetConf}
	for _, other := range slices.Sorted(maps.Keys(p.entries)) {
		if path.Dir(other) == dir+"/"+charsetConf+".d" && path.Ext(other) == ".conf" && p.entries[other].target == "" {
			files = append(files, other)
		}
	}
	for _, file := range files {
		text, err := p.tree.readFile(file)
		if err != nil {
			return nil, diag.Wrap(err, "reading the character sets in `%s`", p.tree.host(file))
		}
		c.read(text, "/"+dir+"/")
	}
	c.addBuiltins()
	return c.index(), nil
}

// charsets is what is known of character sets. Their names end in two slashes, or in the
// name of a standard's part between two.
type charsets struct {
	converters map[[2]string]converter // by what they convert from and to
	aliases    map[string]string
}

// converter is a file of a directory, which ends in a slash; or the C library has it, by a
// name that begins with `=`.
type converter struct{ dir, file string }

// internal is what is converted from and to; all other ways are by it.
const internal = "INTERNAL"

func newCharsets() *charsets {
	return &charsets{converters: map[[2]string]converter{}, aliases: map[string]string{}}
}

// read takes the lines `alias NAME NAME` and `module FROM TO FILE [COST]` of a text; what is
// no such line is passed over, as the C library does.
func (c *charsets) read(text []byte, dir string) {
	for line := range bytes.Lines(text) {
		line, _, _ = bytes.Cut(line, []byte("#"))
		words := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' })
		switch {
		case len(words) >= 3 && words[0] == "alias":
			c.alias(upper(words[1]), upper(words[2]))
		case len(words) >= 4 && words[0] == "module":
			file := words[3]
			if !strings.HasSuffix(file, ".so") {
				file += ".so"
			}
			c.convert(upper(words[1]), upper(words[2]), converter{dir, file})
		}
	}
}

// upper is toupper(3) of the C locale.
func upper(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, name)
}

func (c *charsets) alias(name, of string) {
	if _, known := c.aliases[name]; !known {
		c.aliases[name] = of
	}
}

func (c *charsets) convert(from, to string, by converter) {
	if _, known := c.converters[[2]string{from, to}]; !known {
		c.converters[[2]string{from, to}] = by
	}
}

// builtins are what the C library converts itself on a machine with the low byte first, and
// what else it is called (glibc, iconv/gconv_builtin.h): the same since 2001.
var builtins = []struct{ name, converter, aliases string }{
	{"ISO-10646/UCS4/", "ucs4", "UCS4// UCS-4// UCS-4BE// CSUCS4// ISO-10646// 10646-1:1993// 10646-1:1993/UCS4/ OSF00010104// OSF00010105// OSF00010106//"},
	{"UCS-4LE//", "ucs4le", ""},
	{internal, "", "WCHAR_T//"},
	{"ISO-10646/UTF8/", "utf8", "UTF8// UTF-8// ISO-IR-193// OSF05010001// ISO-10646/UTF-8/"},
	{"ISO-10646/UCS2/", "ucs2", "UCS2// UCS-2// OSF00010100// OSF00010101// OSF00010102// UNICODELITTLE// UCS-2LE//"},
	{"ANSI_X3.4-1968//", "ascii", "ANSI_X3.4// ISO-IR-6// ANSI_X3.4-1986// ISO_646.IRV:1991// ASCII// ISO646-US// US-ASCII// US// IBM367// CP367// CSASCII// OSF00010020//"},
	{"UNICODEBIG//", "ucs2reverse", "UCS-2BE//"},
}

func (c *charsets) addBuiltins() {
	for _, b := range builtins {
		for alias := range strings.FieldsSeq(b.aliases) {
			c.alias(alias, b.name)
		}
		if b.converter != "" {
			c.convert(b.name, internal, converter{"", "=" + b.converter + "->" + internal})
			c.convert(internal, b.name, converter{"", "=" + internal + "->" + b.converter})
		}
	}
}

// charset is one in an index.
type charset struct {
	name     string
	from, to converter // from internal to it, and back
	others   []other
}

// other is a converter to another charset than internal, by its number.
type other struct {
	to int
	by converter
}

// sets returns all character sets, of which internal is the first, and their numbers by each
// of their names.
func (c *charsets) sets() (all []charset, numbers map[string]int) {
	all, numbers = []charset{{name: internal}}, map[string]int{internal: 0}
	number := func(name string) int {
		n, known := numbers[name]
		if !known {
			n = len(all)
			all, numbers[name] = append(all, charset{name: name}), n
		}
		return n
	}
	ways := slices.SortedFunc(maps.Keys(c.converters), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, way := range ways {
		from, to, by := number(way[0]), number(way[1]), c.converters[way]
		switch {
		case from == 0 && to == 0:
		case from == 0:
			all[to].from = by
		case to == 0:
			all[from].to = by
		default:
			all[from].others = append(all[from].others, other{to, by})
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(c.aliases)) {
		n, known := numbers[c.aliases[alias]]
		if _, taken := numbers[alias]; known && !taken {
			numbers[alias] = n
		}
	}
	return all, numbers
}

// Of the index, as glibc reads it (iconv/gconv_cache.c); numbers have 16 bits.
const (
	charsetMagic     = 0x20010324
	charsetHeader    = 16 // bytes
	charsetHashEntry = 4
)

// index is the file: a header, texts that end in zero, a table of names by their hash, a table
// of character sets, and lists of other converters. It is nothing where that does not fit.
func (c *charsets) index() []byte {
	all, numbers := c.sets()
	var texts, modules, others []byte
	places, most := map[string]int{}, 0
	text := func(s string) int {
		at, known := places[s]
		if !known {
			at = len(texts)
			texts, places[s] = append(append(texts, s...), 0), at
		}
		return at
	}
	put := func(to []byte, values ...int) []byte {
		for _, v := range values {
			most = max(most, v)
			to = binary.LittleEndian.AppendUint16(to, uint16(v))
		}
		return to
	}
	text("") // nothing, and the directory of what the C library has itself
	for _, s := range all {
		list := 0
		if len(s.others) > 0 {
			list = 1 + len(others) // so that the first is not none
			for _, o := range s.others {
				others = put(others, 1, o.to, text(o.by.dir), text(o.by.file)) // in one step
			}
			others = put(others, 0)
		}
		modules = put(modules, text(s.name), text(s.from.dir), text(s.from.file), text(s.to.dir), text(s.to.file), list)
	}
	size := nextPrime(len(numbers) + len(numbers)*2/5)
	table := make([]byte, size*charsetHashEntry)
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		at := firstFree(table, size, hashOf(name))
		copy(table[at:], put(nil, text(name), numbers[name]))
	}
	texts = append(texts, make([]byte, len(texts)%2)...)
	hashAt := charsetHeader + len(texts)
	modulesAt := hashAt + len(table)
	head := put(binary.LittleEndian.AppendUint32(nil, charsetMagic), charsetHeader, hashAt, size, modulesAt, modulesAt+len(modules), 0)
	if most > math.MaxUint16 {
		return nil
	}
	return slices.Concat(head, texts, table, modules, others)
}

// firstFree is where a name of a hash goes in a table of size entries: an entry that is free
// begins with zero.
func firstFree(table []byte, size int, hash uint32) int {
	at, step := int(hash)%size, 1+int(hash)%(size-2)
	for binary.LittleEndian.Uint16(table[at*charsetHashEntry:]) != 0 {
		at = (at + step) % size
	}
	return at * charsetHashEntry
}

// hashOf is the function of P. J. Weinberger that glibc uses (intl/hash-string.c).
func hashOf(name string) uint32 {
	h := uint32(0)
	for i := range len(name) {
		h = h<<4 + uint32(name[i])
		if g := h & 0xf0000000; g != 0 {
			h ^= g>>24 ^ g
		}
	}
	return h
}

// nextPrime is the first odd prime that is not less than n.
func nextPrime(n int) int {
	for n |= 1; ; n += 2 {
		prime := n > 1
		for d := 3; d*d <= n && prime; d += 2 {
			prime = n%d != 0
		}
		if prime {
			return n
		}
	}
}
