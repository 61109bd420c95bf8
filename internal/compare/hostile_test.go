package compare

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// linked is a program that gcc linked with an option.
func linked(t testing.TB, option string) []byte {
	t.Helper()
	dir := t.TempDir()
	c := exec.Command("gcc", option, "-x", "c", "-o", "m", "-")
	c.Dir, c.Stdin = dir, strings.NewReader("int main(void) { return 0; }\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "m"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// zeros is a stream of zero bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// bomb is a gzip stream of many zeros and one byte more.
func bomb(t *testing.T, size int64, last string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, last); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile has artifacts that say much of themselves. Each is compared with
// one that differs in its last byte, within bounds of memory.
func TestHostile(t *testing.T) {
	elf := func(change func(h []byte)) []byte {
		h := make([]byte, 64+64)
		copy(h, "\x7fELF\x02\x01\x01")
		binary.LittleEndian.PutUint64(h[40:], 64)
		change(h)
		return h
	}
	var directory bytes.Buffer
	w := zip.NewWriter(&directory)
	for range 1000 {
		if _, err := w.Create("same"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var large bytes.Buffer
	w = zip.NewWriter(&large)
	for range maxDirectory>>15 + 1 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: "same", Comment: strings.Repeat("x", 1<<15)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	nested := []byte("x")
	for range 20 {
		nested = gzipFile(t, 1, string(nested))
	}
	for _, test := range []struct {
		name string
		data []byte
		want string // a note, if there has to be one
	}{
		{"gzip bomb", bomb(t, maxMember+1, "x"), "when decompressed"},
		{"gzip in gzip in gzip", nested, ""},
		{"sections beyond the end", elf(func(h []byte) { binary.LittleEndian.PutUint64(h[40:], 1<<62) }), "beyond the end"},
		{"four thousand million sections", elf(func(h []byte) { binary.LittleEndian.PutUint64(h[64+32:], 1<<32) }), "4294967296 sections"},
		{"negative section", elf(func(h []byte) { h[60], h[68] = 1, 1; binary.LittleEndian.PutUint64(h[64+24:], 1<<63) }), "beyond the end"},
		{"sections over one another", overlapping(), "over one another"},
		{"one long name for many members", longName(), ""},
		{"negative size", []byte("!<arch>\n" + pad("a/", 16) + pad("", 32) + pad("-60", 10) + "`\n" + strings.Repeat("x", 200)), "beyond the end"},
		{"long name beyond its table", []byte("!<arch>\n" + pad("/999", 16) + pad("", 32) + pad("1", 10) + "`\nx"), "the name"},
		{"wasm section beyond the end", []byte("\x00asm\x01\x00\x00\x00\x00\xff\xff\xff\xff\x0fxx"), "no section at 8"},
		{"endless number", []byte("\x00asm\x01\x00\x00\x00\x00\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), "no section at 8"},
		{"a million bodies", append([]byte("\x00asm\x01\x00\x00\x00\x0a\x83\x80\x40\xff\xff\x3f"), make([]byte, 1<<20)...), "one too many"},
		{"deep JSON", []byte(strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "\n"), ""},
		{"a million empty lines", []byte(strings.Repeat("\n", maxItems+1)), "a list of"},
		{"zip with many of one name", directory.Bytes(), ""},
		{"zip with a large directory", large.Bytes(), "a zip archive with a directory of"},
		{"zip whose directory is elsewhere", append(bytes.Clone(directory.Bytes()[:100]), directory.Bytes()[200:]...), "zip archive"},
	} {
		t.Run(test.name, func(t *testing.T) {
			other := bytes.Clone(test.data)
			other[len(other)-1] ^= 0x10
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d, err := Files("x", Bytes(test.data), Bytes(other), Options{})
			runtime.ReadMemStats(&after)
			checkFinding(t, d, err, false)
			// All that was ever allocated; the garbage of two whole members is in it.
			if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
				t.Errorf("%d MiB allocated", used>>20)
			}
			text := d.Text()
			if !strings.Contains(text, test.want) {
				t.Errorf("no %q in\n%s", test.want, text)
			}
		})
	}
}

// overlapping is an ELF file with a thousand sections that are each all of it.
func overlapping() []byte {
	const sections = 1000
	f := make([]byte, 64+64*sections)
	copy(f, "\x7fELF\x02\x01\x01")
	binary.LittleEndian.PutUint64(f[40:], 64)
	binary.LittleEndian.PutUint16(f[60:], sections)
	for at := 64; at < len(f); at += 64 {
		f[at+4] = 1 // SHT_PROGBITS
		binary.LittleEndian.PutUint64(f[at+32:], uint64(len(f)))
	}
	return f
}

// longName is an archive whose members all have one name of a million bytes.
func longName() []byte {
	header := func(name string, size int) string {
		return pad(name, 16) + pad("1", 12) + pad("0", 6) + pad("0", 6) + pad("100644", 8) + pad(strconv.Itoa(size), 10) + "`\n"
	}
	all := "!<arch>\n" + header("//", 1<<20) + strings.Repeat("n", 1<<20)
	return []byte(all + strings.Repeat(header("/0", 2)+"xx", 5000))
}

// TestLimit has more findings than are wanted.
func TestLimit(t *testing.T) {
	members := func(content string) []byte {
		all := "!<arch>\n"
		for i := range 50 {
			h := pad(string(rune('a'+i/10))+string(rune('a'+i%10))+"/", 16) + pad("1", 12) + pad("0", 6) + pad("0", 6) + pad("100644", 8) + pad("2", 10) + "`\n"
			all += h + content
		}
		return []byte(all)
	}
	d, err := Files("x", Bytes(members("x1")), Bytes(members("x2")), Options{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	leaves := 0
	for range d.Leaves() {
		leaves++
	}
	if leaves != 5 || d.More != 45 {
		t.Errorf("%d findings and %d more; want 5 and 45", leaves, d.More)
	}
}
