package rpmdb

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorded is a database that rpm wrote; see testdata/record.sh above.
func recorded(t testing.TB) string {
	t.Helper()
	packed, err := os.ReadFile("../testdata/fedora.sqlite.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// summary is what the tests compare of a package.
type summary struct {
	Name, Version, Architecture string
	Provides, Requires          []string
	Files                       []File
}

func find(t *testing.T, packages []*Package, name, arch string) summary {
	t.Helper()
	for _, p := range packages {
		if p.Name == name && p.Architecture == arch {
			return summary{p.Name, p.Version, p.Architecture, p.Provides, p.Requires, p.Files()}
		}
	}
	t.Fatalf("there is no package %s for %s", name, arch)
	return summary{}
}

func TestParseSQLite(t *testing.T) {
	packages, err := Parse(SQLite, recorded(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []summary{
		{"binutils", "2:2.41-34.fc40", "x86_64", []string{"binutils", "binutils(x86-64)"},
			[]string{"(annobin-plugin-gcc if gcc-plugin-annobin else filesystem)", "/usr/bin/sh", "libc.so.6()(64bit)"},
			// The document was left out when it was installed.
			[]File{{"/usr/bin/as", 0, false}, {"/usr/bin/ld", Ghost, false}, {"/usr/bin/ld.bfd", 0, false}}},
		// A need of a script is none.
		{"rpm", "4.19.1-1.fc40", "x86_64", []string{"rpm", "rpm(x86-64)"}, []string{"coreutils"}, []File{{"/usr/bin/rpm", 0, false}}},
		{"bash", "5.2.26-3.fc40", "x86_64", []string{"/bin/sh", "bash", "bash(x86-64)"}, []string{"libc.so.6()(64bit)"},
			[]File{{"/etc/bashrc", Config | 1<<4, false}, {"/usr/bin/bash", 0, false}, {"/usr/bin/sh", 0, false}}},
		{"zlib-ng-compat", "2.1.6^20240301git-2.fc40", "i686", []string{"libz.so.1", "zlib-ng-compat", "zlib-ng-compat(x86-32)"}, nil,
			[]File{{"/usr/lib/libz.so.1", 0, false}, {"/usr/lib/libz.so.1.3", 0, false}}},
		{"filesystem", "3.18-8.fc40", "x86_64", []string{"filesystem", "filesystem(x86-64)"}, nil,
			[]File{{"/bin", 0, false}, {"/etc/profile", Config | 1<<4, false}, {"/lib", 0, false}, {"/lib64", 0, false}, {"/usr/bin", 0, true}, {"/usr/lib", 0, true}, {"/usr/lib64", 0, true}}},
		{"glibc-minimal-langpack", "2.39-8.fc40", "x86_64", []string{"glibc-minimal-langpack", "glibc-minimal-langpack(x86-64)"}, nil, nil},
	}
	for _, w := range want {
		if diff := cmp.Diff(w, find(t, packages, w.Name, w.Architecture)); diff != "" {
			t.Error(diff)
		}
	}
	if len(packages) != 15 {
		t.Errorf("%d packages, want 15", len(packages))
	}
	// Its header does not fit a page.
	if files := find(t, packages, "ImageMagick", "x86_64").Files; len(files) != 301 || files[300].Name != "/usr/share/ImageMagick/profile-1299.xml" {
		t.Errorf("%d files of ImageMagick", len(files))
	}
}

// ndb packs blobs as rpm's ndb backend does, from the description of the format
// in its source: no rpm with that backend was at hand to record one.
func ndb(blobs []blob) string {
	le := binary.LittleEndian
	page := make([]byte, ndbPageSize)
	copy(page, ndbMagic)
	le.PutUint32(page[12:], 1)
	for at := ndbReserved * ndbSlotSize; at < len(page); at += ndbSlotSize {
		copy(page[at:], ndbSlotMagic)
	}
	file := page
	for i, b := range blobs {
		blocks := (ndbHeadSize + len(b.data) + ndbTailSize + ndbBlockSize - 1) / ndbBlockSize
		// A free slot between, as an erased package leaves it.
		slot := page[(ndbReserved+2*i)*ndbSlotSize:]
		le.PutUint32(slot[4:], uint32(b.number))
		le.PutUint32(slot[8:], uint32(len(file)/ndbBlockSize))
		le.PutUint32(slot[12:], uint32(blocks))
		text := make([]byte, blocks*ndbBlockSize)
		copy(text, ndbHeadMagic)
		le.PutUint32(text[4:], uint32(b.number))
		le.PutUint32(text[8:], 1700000000)
		le.PutUint32(text[12:], uint32(len(b.data)))
		copy(text[ndbHeadSize:], b.data)
		tail := text[len(text)-ndbTailSize:]
		le.PutUint32(tail, adler32.Checksum(text[:len(text)-ndbTailSize]))
		le.PutUint32(tail[4:], uint32(len(b.data)))
		copy(tail[8:], ndbTailMagic)
		file = append(file, text...)
		page = file[:ndbPageSize]
	}
	return string(file)
}

// The same headers in the other format are the same packages.
func TestParseNDB(t *testing.T) {
	blobs, err := sqliteBlobs(recorded(t))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse(SQLite, recorded(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(NDB, ndb(blobs))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Package{}, files{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	sqlite := recorded(t)
	blobs, err := sqliteBlobs(sqlite)
	if err != nil {
		t.Fatal(err)
	}
	whole := ndb(blobs[:2])
	change := func(text string, at int, with string) string { return text[:at] + with + text[at+len(with):] }
	tests := []struct{ name, backend, data, want string }{
		{"another backend", "bdb", "", "`bdb` is not a format of rpm databases that can be read"},
		{"empty", SQLite, "", "the file is not an SQLite database"},
		{"another file", SQLite, strings.Repeat("x", 4096), "the file is not an SQLite database"},
		{"cut off", SQLite, sqlite[:len(sqlite)-1], "do not fit a file of"},
		{"half of it", SQLite, sqlite[:8192], "there is no page"},
		{"page size", SQLite, change(sqlite, 16, "\x00\x03"), "pages of 3 bytes do not fit a file of"},
		{"encoding", SQLite, change(sqlite, 56, "\x00\x00\x00\x02"), "the text encoding is number 2"},
		{"no table", SQLite, strings.ReplaceAll(sqlite, "tablePackagesPackages", "tablePockagesPockages"), "there is no table Packages"},
		{"empty", NDB, "", "the file is not an ndb database"},
		{"version", NDB, change(whole, 4, "\x01"), "the ndb database has version 1"},
		{"pages of slots", NDB, change(whole, 12, "\xff\xff"), "65535 pages of slots do not fit a file of"},
		{"a slot", NDB, change(whole, 48, "x"), "there is no slot at 48"},
		{"a place outside", NDB, change(whole, 40, "\xff\xff\xff\xff"), "lies outside of the file"},
		{"another package", NDB, change(whole, ndbPageSize+4, "\xff"), "has another one in its place"},
		{"the end of a blob", NDB, change(whole, len(whole)-1, "x"), "is cut off"},
		{"a changed byte", NDB, change(whole, ndbPageSize+100, "\xff\xfe\xff"), "has the checksum"},
		{"a number twice", NDB, ndb([]blob{blobs[0], blobs[0]}), "is there twice"},
		{"no header", NDB, ndb([]blob{{1, "x"}}), "the header is cut off"},
		{"sizes", NDB, ndb([]blob{{1, "\x00\x00\x00\x01\xff\xff\xff\xff"}}), "do not fit a header of 8 bytes"},
		{"no entries", NDB, ndb([]blob{{1, "\x00\x00\x00\x00\x00\x00\x00\x00"}}), "do not fit a header of 8 bytes"},
		{"a tag outside", NDB, ndb([]blob{{1, packHeader(tag{tagName, typeString, 9, 1, ""})}}), "tag 1000 lies outside of the header"},
		{"a tag twice", NDB, ndb([]blob{{1, packHeader(tag{tagName, typeString, 0, 1, "a\x00"}, tag{tagName, typeString, 0, 1, ""})}}), "tag 1000 is there twice"},
		{"no end", NDB, ndb([]blob{{1, packHeader(tag{tagName, typeString, 0, 1, "abc"})}}), "a text of tag 1000 has no end"},
		{"a number as name", NDB, ndb([]blob{{1, packHeader(tag{tagName, typeInt32, 0, 1, "abcd"})}}), "not texts"},
		{"too many texts", NDB, ndb([]blob{{1, packHeader(tag{tagName, typeStringArray, 0, 1 << 31, "a\x00"})}}), "not texts"},
		{"no version", NDB, ndb([]blob{{1, packHeader(tag{tagName, typeString, 0, 1, "a\x00"})}}), "a package has no name, version or release"},
		{"a file nowhere", NDB, ndb([]blob{{1, packHeader(named(
			tag{tagBasenames, typeStringArray, 2, 1, "f\x00"}, tag{tagDirNames, typeStringArray, 4, 1, "/\x00"},
			tag{tagDirIndexes, typeInt32, 6, 1, "\x00\x00\x00\x01"}, tag{tagFileModes, typeInt16, 10, 1, "\x81\xa4"},
			tag{tagFileFlags, typeInt32, 12, 1, "\x00\x00\x00\x00"}, tag{tagFileStates, typeChar, 16, 1, "\x00"})...)}}), "directory number 1 of 1"},
		{"a file without a mode", NDB, ndb([]blob{{1, packHeader(named(tag{tagBasenames, typeStringArray, 2, 1, "f\x00"})...)}}), "1 files and 0 values of tag 1116"},
	}
	for _, test := range tests {
		t.Run(test.backend+" "+test.name, func(t *testing.T) {
			_, err := Parse(test.backend, test.data)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if test.backend != "bdb" && !errors.Is(err, errDamaged) {
				t.Errorf("%v does not say that the database is damaged", err)
			}
		})
	}
}

// tag is an entry of a header, with the text that it adds to the data.
type tag struct {
	number, kind, offset, count uint32
	data                        string
}

// named puts the tags that every package has before others, whose offsets start
// behind the two bytes that these take.
func named(tags ...tag) []tag {
	return append([]tag{{tagName, typeString, 0, 1, "a\x00"}, {tagVersion, typeString, 0, 1, ""}, {tagRelease, typeString, 0, 1, ""}}, tags...)
}

func packHeader(tags ...tag) string {
	be := binary.BigEndian
	var entries, data []byte
	for _, t := range tags {
		for _, n := range []uint32{t.number, t.kind, t.offset, t.count} {
			entries = be.AppendUint32(entries, n)
		}
		data = append(data, t.data...)
	}
	head := be.AppendUint32(be.AppendUint32(nil, uint32(len(tags))), uint32(len(data)))
	return string(append(append(head, entries...), data...))
}

func TestVarint(t *testing.T) {
	for _, test := range []struct {
		text, rest string
		want       uint64
		ok         bool
	}{
		{"\x00x", "x", 0, true}, {"\x7f", "", 127, true}, {"\x81\x00", "", 128, true},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xffx", "x", 1<<64 - 1, true}, {"", "", 0, false}, {"\x81", "", 0, false},
	} {
		got, rest, ok := varint(test.text)
		if got != test.want || rest != test.rest || ok != test.ok {
			t.Errorf("%q: got %d, %q, %v", test.text, got, rest, ok)
		}
	}
}

func FuzzSQLite(f *testing.F) {
	f.Add(recorded(f)[:8192])
	f.Add(sqliteMagic)
	f.Fuzz(func(t *testing.T, data string) { check(t, SQLite, data) })
}

func FuzzNDB(f *testing.F) {
	f.Add(ndb([]blob{{1, packHeader(named()...)}}))
	f.Fuzz(func(t *testing.T, data string) { check(t, NDB, data) })
}

// FuzzRecord takes what is in the cells of a database, which few changes of a
// whole file reach.
func FuzzRecord(f *testing.F) {
	f.Add("\x03\x00\x0e\x00")
	f.Add("\x06\x17\x1f\x1f\x01\x17tablePackagesPackages\x02table")
	f.Fuzz(func(t *testing.T, payload string) {
		values, err := columns(payload)
		if err != nil {
			return
		}
		size := 0
		for _, v := range values {
			size += len(v.data)
			if n, ok := v.integer(); ok && v.kind < 6 && n >= 1<<(8*len(v.data)) && v.kind != 8 && v.kind != 9 {
				t.Errorf("%q holds %d", v.data, n)
			}
		}
		if size > len(payload) {
			t.Errorf("%d bytes of columns in a record of %d", size, len(payload))
		}
	})
}

func FuzzHeader(f *testing.F) {
	blobs, err := sqliteBlobs(recorded(f))
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range blobs[:4] {
		f.Add(b.data)
	}
	f.Add(packHeader(named()...))
	f.Fuzz(func(t *testing.T, data string) {
		p, err := parsePackage(data)
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Errorf("%v does not say that the database is damaged", err)
			}
			return
		}
		checkPackage(t, p)
	})
}

func check(t *testing.T, backend, data string) {
	t.Helper()
	packages, err := Parse(backend, data)
	if err != nil {
		if !errors.Is(err, errDamaged) {
			t.Errorf("%v does not say that the database is damaged", err)
		}
		return
	}
	for _, p := range packages {
		checkPackage(t, p)
	}
}

func checkPackage(t *testing.T, p *Package) {
	t.Helper()
	if p.Name == "" || p.Version == "" {
		t.Errorf("accepted the package %+v", p)
	}
	for _, file := range p.Files() {
		if base := file.Name[strings.LastIndexByte(file.Name, '/')+1:]; base != "" && len(p.FilesNamed(base)) == 0 {
			t.Errorf("the file %q is not found by its last component", file.Name)
		}
	}
}
