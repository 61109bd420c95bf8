package compare

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEqualWithout(t *testing.T) {
	all := seeds(t)
	for _, test := range []struct {
		name string
		a, b []byte
		want []string
	}{
		{"equal", []byte("x"), []byte("x"), nil},
		{"no format", []byte("x"), []byte("y"), nil},
		{"ar time", arFile("a.o", "1", "x"), arFile("a.o", "2", "x"), []string{"ar header times"}},
		{"ar time and content", arFile("a.o", "1", "x"), arFile("a.o", "2", "y"), nil},
		{"gzip time", all[formatGzip][0], all[formatGzip][1], []string{"gzip header time"}},
		{"wasm names and producers", wasmFile("one", "1.0"), wasmFile("other", "2.0"), []string{"wasm producers", "wasm names"}},
		{"wasm names and code", wasmFile("one", "1.0"), wasmFile("other", "1.1"), nil},
		{"damaged", arFile("a.o", "1", "x")[:50], arFile("a.o", "2", "x")[:50], nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := EqualWithout(Bytes(test.a), Bytes(test.b))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for _, n := range normalisations {
		if Reason(n.name) == "" || Reason(n.name) != n.reason {
			t.Errorf("`%s` has the reason %q", n.name, Reason(n.name))
		}
	}
	if reason := Reason("everything"); reason != "" {
		t.Errorf("an unknown normalisation has the reason %q", reason)
	}
}

// TestEqualWithoutBuildID links one object twice with other build-ids.
func TestEqualWithoutBuildID(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("this host has no gcc to link a program with")
	}
	link := func(id string) []byte { return linked(t, "-Wl,--build-id=0x"+id) }
	a, b := link("0123456789abcdef"), link("fedcba9876543210")
	got, err := EqualWithout(Bytes(a), Bytes(b))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"build-id note"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// failing is a disk that fails behind some offset.
type failing struct {
	io.ReaderAt
	from int64
}

var errDisk = errors.New("the disk fails")

func (f failing) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, offset)
}

// TestReadErrors lets every format be read from a disk that fails: that is an
// error, and never a finding.
func TestReadErrors(t *testing.T) {
	for format, pair := range seeds(t) {
		for _, from := range []int64{0, 8, int64(len(pair[0])) - 1} {
			bad := Artifact{failing{Bytes(pair[0]).ReaderAt, from}, int64(len(pair[0]))}
			if _, err := Files("x", bad, Bytes(pair[1]), Options{}); !errors.Is(err, errDisk) {
				t.Errorf("%s from %d: %v", format, from, err)
			}
			if _, err := EqualWithout(bad, Bytes(pair[1])); !errors.Is(err, errDisk) {
				t.Errorf("normalising %s from %d: %v", format, from, err)
			}
		}
	}
}

// TestShrunk is a file that is shorter than it was when it was opened.
func TestShrunk(t *testing.T) {
	short := Artifact{strings.NewReader("abc"), 10}
	if _, err := Files("x", short, Bytes([]byte("abcdefghij")), Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
