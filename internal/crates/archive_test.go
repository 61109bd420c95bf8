package crates

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// entry is one entry of an archive; the zero type is a regular file.
type entry struct {
	name, content string
	kind          byte
}

// archive makes a .crate file.
func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o644, Size: int64(len(e.content))}
		switch e.kind {
		case 0:
			h.Typeflag = tar.TypeReg
		case tar.TypeSymlink, tar.TypeLink:
			h.Linkname, h.Size = e.content, 0
		case tar.TypeXGlobalHeader:
			h = &tar.Header{Typeflag: e.kind, PAXRecords: map[string]string{"comment": "x"}}
		}
		err := w.WriteHeader(h)
		if err == nil && h.Size > 0 {
			_, err = io.WriteString(w, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func hexSum(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

func TestReadArchive(t *testing.T) {
	got, err := readArchive(bytes.NewReader(archive(t,
		entry{kind: tar.TypeXGlobalHeader},
		entry{name: "p-1.0.0/", kind: tar.TypeDir},
		entry{name: "p-1.0.0/Cargo.toml", content: "[package]"},
		entry{name: "./p-1.0.0/src/./lib.rs", content: "pub fn f() {}"},
		entry{name: "p-1.0.0/" + strings.Repeat("long/", 60) + "x", content: "deep"},
		entry{name: "p-1.0.0/empty"},
		entry{name: "p-1.0.0/src/", kind: tar.TypeDir}, // after a file in it, and twice
		entry{name: "p-1.0.0/src", kind: tar.TypeDir},
	)), "p-1.0.0", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Cargo.toml":                      hexSum("[package]"),
		"src/lib.rs":                      hexSum("pub fn f() {}"),
		strings.Repeat("long/", 60) + "x": hexSum("deep"),
		"empty":                           hexSum(""),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadArchiveRefuses(t *testing.T) {
	good := archive(t, entry{name: "p-1.0.0/a", content: strings.Repeat("a", 4000)})
	for name, c := range map[string]struct {
		data    []byte
		exit    int
		message string
	}{
		"symlink":                {archive(t, entry{"p-1.0.0/l", "/etc/passwd", tar.TypeSymlink}), diag.ExitPolicy, "a link or a special file, \"p-1.0.0/l\""},
		"inner symlink":          {archive(t, entry{"p-1.0.0/l", "a", tar.TypeSymlink}), diag.ExitPolicy, "a link or a special file"},
		"hard link":              {archive(t, entry{"p-1.0.0/l", "p-1.0.0/a", tar.TypeLink}), diag.ExitPolicy, "a link or a special file"},
		"fifo":                   {archive(t, entry{name: "p-1.0.0/f", kind: tar.TypeFifo}), diag.ExitPolicy, "a link or a special file"},
		"device":                 {archive(t, entry{name: "p-1.0.0/d", kind: tar.TypeChar}), diag.ExitPolicy, "a link or a special file"},
		"up":                     {archive(t, entry{name: "../x", content: "x"}), diag.ExitPolicy, `"../x", outside its directory`},
		"up from within":         {archive(t, entry{name: "p-1.0.0/../../x", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"to a neighbour":         {archive(t, entry{name: "p-1.0.0/../q-1.0.0/x", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"neighbour":              {archive(t, entry{name: "q-1.0.0/x", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"longer name":            {archive(t, entry{name: "p-1.0.01/x", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"the top as a file":      {archive(t, entry{name: "p-1.0.0", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"absolute":               {archive(t, entry{name: "/p-1.0.0/x", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"absolute elsewhere":     {archive(t, entry{name: "/etc/x", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"up and back":            {archive(t, entry{name: "p-1.0.0/x/../a", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"directory above":        {archive(t, entry{name: "p-1.0.0/../../x/", kind: tar.TypeDir}), diag.ExitPolicy, "outside its directory"},
		"another directory":      {archive(t, entry{name: "q-1.0.0/", kind: tar.TypeDir}), diag.ExitPolicy, "outside its directory"},
		"absolute directory":     {archive(t, entry{name: "/p-1.0.0/", kind: tar.TypeDir}), diag.ExitPolicy, "outside its directory"},
		"twice":                  {archive(t, entry{name: "p-1.0.0/a", content: "x"}, entry{name: "p-1.0.0/a", content: "x"}), diag.ExitPolicy, `holds "a" twice`},
		"twice, in two forms":    {archive(t, entry{name: "p-1.0.0/a", content: "x"}, entry{name: "./p-1.0.0//./a", content: "y"}), diag.ExitPolicy, `holds "a" twice`},
		"file and directory":     {archive(t, entry{name: "p-1.0.0/a", content: "x"}, entry{name: "p-1.0.0/a/", kind: tar.TypeDir}), diag.ExitPolicy, `holds "a" twice`},
		"directory and file":     {archive(t, entry{name: "p-1.0.0/a/b", content: "x"}, entry{name: "p-1.0.0/a", content: "x"}), diag.ExitPolicy, `holds "a" twice`},
		"case":                   {archive(t, entry{name: "p-1.0.0/a", content: "x"}, entry{name: "p-1.0.0/A", content: "x"}), diag.ExitPolicy, `"a" and "A", whose names differ only in case`},
		"case of directories":    {archive(t, entry{name: "p-1.0.0/src/a", content: "x"}, entry{name: "p-1.0.0/SRC/b", content: "x"}), diag.ExitPolicy, `"src" and "SRC", whose`},
		"case of a long s":       {archive(t, entry{name: "p-1.0.0/s", content: "x"}, entry{name: "p-1.0.0/\u017f", content: "x"}), diag.ExitPolicy, "differ only in case"},
		"a file of a tebibyte":   {promising(t, 1<<40), diag.ExitPolicy, "unpacks to 1048576 bytes or more"},
		"a file just too large":  {promising(t, 1<<20+1), diag.ExitPolicy, "unpacks to 1048576 bytes or more"},
		"a file that is cut off": {promising(t, 4000), diag.ExitFailed, "unpacking the archive"},
		"no name":                {archive(t, entry{name: "", content: "x"}), diag.ExitPolicy, "outside its directory"},
		"not gzip":               {[]byte("<html>not found</html>"), diag.ExitFailed, "unpacking the archive"},
		"empty":                  {nil, diag.ExitFailed, "unpacking the archive"},
		"cut off":                {good[:len(good)/2], diag.ExitFailed, "unpacking the archive"},
		"not tar":                {gzipped(t, strings.Repeat("x", 2000)), diag.ExitFailed, "unpacking the archive"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readArchive(bytes.NewReader(c.data), "p-1.0.0", 1<<20)
			if err == nil {
				t.Fatalf("accepted: %v", got)
			}
			if exit := diag.ExitCode(err); exit != c.exit || !strings.Contains(err.Error(), c.message) {
				t.Errorf("exit code %d and %q, want %d and %q", exit, err, c.exit, c.message)
			}
		})
	}
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// promising is an archive whose only file says that it is larger than it is.
func promising(t testing.TB, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: "p-1.0.0/a", Typeflag: tar.TypeReg, Mode: 0o644, Size: size}); err != nil {
		t.Fatal(err)
	}
	return gzipped(t, b.String()+"x")
}

// An archive that is larger than the bound is an error wherever the bound
// falls: in a file, between two entries, in a header. It never looks like the
// end of a smaller archive.
func TestReadArchiveBound(t *testing.T) {
	data := archive(t, entry{name: "p-1.0.0/a", content: strings.Repeat("a", 1000)}, entry{name: "p-1.0.0/b", content: "b"})
	const whole = 512 + 1024 + 512 + 512 // headers and contents, before the two empty blocks
	for limit := int64(1); limit <= whole; limit++ {
		got, err := readArchive(bytes.NewReader(data), "p-1.0.0", limit)
		if diag.ExitCode(err) != diag.ExitPolicy || !strings.Contains(err.Error(), "unpacks to") {
			t.Fatalf("with a bound of %d: %v, %v", limit, got, err)
		}
	}
	if _, err := readArchive(bytes.NewReader(data), "p-1.0.0", whole+2000); err != nil {
		t.Errorf("with enough room: %v", err)
	}
}

// A small archive of a large file costs no more than the bound.
func TestReadArchiveBomb(t *testing.T) {
	data := archive(t, entry{name: "p-1.0.0/a", content: strings.Repeat("\x00", 8<<20)})
	if len(data) > 1<<16 {
		t.Fatalf("this is no bomb: %d bytes", len(data))
	}
	if _, err := readArchive(bytes.NewReader(data), "p-1.0.0", 1<<20); diag.ExitCode(err) != diag.ExitPolicy {
		t.Errorf("%v", err)
	}
}

func FuzzReadArchive(f *testing.F) {
	f.Add(archive(f, entry{name: "p-1.0.0/a", content: "a"}), false)
	f.Add(archive(f, entry{name: "p-1.0.0/../b", content: "a"}, entry{"p-1.0.0/l", "x", tar.TypeSymlink}), false)
	f.Add(bytes.Repeat([]byte{0}, 1024), true)
	f.Fuzz(func(t *testing.T, data []byte, zip bool) {
		if zip { // so that the fuzzer reaches the headers
			data = gzipped(t, string(data))
		}
		files, err := readArchive(bytes.NewReader(data), "p-1.0.0", 1<<20)
		if err != nil {
			if files != nil {
				t.Errorf("%v beside an error", files)
			}
			return
		}
		for name, sum := range files {
			if name == "" || name[0] == '/' || name == ".." || strings.HasPrefix(name, "../") || strings.Contains(name, "/../") || len(sum) != 64 {
				t.Errorf("%q: %q", name, sum)
			}
		}
	})
}
