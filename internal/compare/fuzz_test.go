package compare

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// formats are what the fuzzer opens an artifact as, whatever it begins with.
var formats = []fileFormat{formatAr, formatELF, formatWasm, formatRmeta, formatGzip, formatZip, formatTar, formatJSON, formatText, formatData}

// seeds are small artifacts of every format, two of each that differ.
func seeds(t testing.TB) map[fileFormat][2][]byte {
	t.Helper()
	all := map[fileFormat][2][]byte{
		formatAr:    {arFile("a.o", "1", "x"), arFile("a.o", "2", "y")},
		formatWasm:  {wasmFile("one", "1.0"), wasmFile("two", "1.1")},
		formatRmeta: {rmetaFile("rustc 1.95.0", "/a/b"), rmetaFile("rustc 1.95.0", "/a/c")},
		formatGzip:  {gzipFile(t, 1000000000, "x"), gzipFile(t, 1600000000, "x")},
		formatTar:   {tarFile(t, 1000000000), tarFile(t, 1600000000)},
		formatZip:   {zipFile(t, 1000000000), zipFile(t, 1600000000)},
		formatJSON:  {[]byte(`{"a":[1,2],"b":"/x/y"}`), []byte(`{"a":[2,1],"b":"/x/z"}`)},
		formatText:  {[]byte("one\ntwo\nthree\n"), []byte("two\none\nthree\n")},
		formatData:  {[]byte("\x00\x01/tmp/a\x00"), []byte("\x00\x01/tmp/b\x00")},
	}
	if _, err := exec.LookPath("gcc"); err == nil {
		all[formatELF] = [2][]byte{object(t, "17"), object(t, "42")}
	}
	return all
}

// object is an object file with debug information.
func object(t testing.TB, n string) []byte {
	t.Helper()
	dir := t.TempDir()
	c := exec.Command("gcc", "-g", "-c", "-x", "c", "-o", "m.o", "-")
	c.Dir, c.Stdin = dir, strings.NewReader("int f(void) { return "+n+"; }\nint (*g)(void) = f;\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "m.o"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func arFile(name, date, content string) []byte {
	h := pad(name+"/", 16) + pad(date, 12) + pad("0", 6) + pad("0", 6) + pad("100644", 8) + pad(string(rune('0'+len(content))), 10) + "`\n"
	return []byte("!<arch>\n" + h + content)
}

func pad(text string, n int) string { return text + strings.Repeat(" ", n-len(text)) }

// wasmFile has sections of names and producers, and one body.
func wasmFile(function, version string) []byte {
	section := func(id byte, body string) string { return string(id) + string(rune(len(body))) + body }
	text := func(s string) string { return string(rune(len(s))) + s }
	names := "\x01" + text("\x01\x00"+text(function))
	producers := "\x01" + text("processed-by") + "\x01" + text("rustc") + text(version)
	return []byte("\x00asm\x01\x00\x00\x00" + section(10, "\x01\x04\x00\x41"+version[2:]+"\x0b") + section(0, text("name")+names) + section(0, text("producers")+producers))
}

func rmetaFile(version, path string) []byte {
	return []byte("rust\x00\x00\x00\x0a\x10\x00\x00\x00\x00\x00\x00\x00" + string(rune(len(version))) + version + strings.Repeat("\x00\x01\x02\x03", 8) + path)
}

func gzipFile(t testing.TB, seconds int64, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.ModTime = time.Unix(seconds, 0)
	_, err := io.WriteString(w, content)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarFile(t testing.TB, seconds int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Name: "one", Typeflag: tar.TypeReg, Size: 2, Mode: 0o644, ModTime: time.Unix(seconds, 0)})
	_, errWrite := io.WriteString(w, "1\n")
	if err := errors.Join(err, errWrite, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipFile(t testing.TB, seconds int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "one", Method: zip.Deflate, Modified: time.Unix(seconds, 0)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(f, "1\n")
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkFinding holds what is true of every comparison: something is found if and
// only if the bytes differ, it is within bounds, and nothing of it drives a
// terminal.
func checkFinding(t *testing.T, d *Difference, err error, equal bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if equal != (d == nil) {
		t.Fatalf("equal: %v, finding: %+v", equal, d)
	}
	if d == nil {
		return
	}
	leaves := 0
	for range d.Leaves() {
		leaves++
	}
	if leaves > 2*defaultLimit {
		t.Errorf("%d findings", leaves)
	}
	text := d.Text()
	for _, c := range []byte(text) {
		if !isPrintable(c) && c != '\n' {
			t.Fatalf("%q in %s", c, text)
		}
	}
}

// FuzzOpeners opens any bytes as every format.
func FuzzOpeners(f *testing.F) {
	all := seeds(f)
	for i, format := range formats {
		if pair, ok := all[format]; ok {
			f.Add(uint8(i), pair[0], pair[1])
			f.Add(uint8(i), pair[0][:len(pair[0])*2/3], pair[1])
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, a, b []byte) {
		if bytes.Equal(a, b) {
			return
		}
		c := newComparison(Options{A: Known{Paths: []string{"/a"}, Times: [2]int64{1, 2}}, B: Known{Paths: []string{"/b"}, Times: [2]int64{3, 4}}})
		d := &Difference{Kind: KindFile, Name: "x"}
		err := c.as(opener(formats[int(kind)%len(formats)]), d, Bytes(a), Bytes(b))
		checkFinding(t, d, err, false)
		if len(d.Inside)+d.More == 0 {
			t.Fatal("different bytes, and no finding")
		}
	})
}

// FuzzFiles compares any bytes as what they are.
func FuzzFiles(f *testing.F) {
	for _, pair := range seeds(f) {
		f.Add(pair[0], pair[1])
		f.Add(pair[0], pair[0])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d, err := Files("x", Bytes(a), Bytes(b), Options{})
		checkFinding(t, d, err, bytes.Equal(a, b))
	})
}

// FuzzEqualWithout holds that equal bytes need no normalisation, and that it is the
// same from both sides.
func FuzzEqualWithout(f *testing.F) {
	for _, pair := range seeds(f) {
		f.Add(pair[0], pair[1])
		f.Add(pair[0], pair[0])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		names, err := EqualWithout(Bytes(a), Bytes(b))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a, b) && names != nil {
			t.Errorf("%v for %q twice", names, a)
		}
		other, err := EqualWithout(Bytes(b), Bytes(a))
		if err != nil || len(names) != len(other) {
			t.Errorf("%v, %v, %v for %q and %q", names, other, err, a, b)
		}
	})
}
