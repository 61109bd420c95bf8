package oci

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// FuzzEntries feeds archives as anybody may write them, one on the other. What is
// not refused has names that stay inside, and nothing below a link.
func FuzzEntries(f *testing.F) {
	seed := func(headers ...*tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range headers {
			if err := w.WriteHeader(h); err != nil {
				f.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	f.Add(seed(dir("usr"), link("lib", "usr"), hard("a", "lib")), seed(&tar.Header{Name: "usr/.wh.a", Typeflag: tar.TypeReg}))
	f.Add(seed(link("a", "..")), seed(&tar.Header{Name: ".wh..wh..opq", Typeflag: tar.TypeReg}))
	f.Add([]byte("x"), []byte(nil))
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		tr := &tree{top: newDirectory()}
		for i, archive := range [][]byte{lower, upper} {
			var all []entry
			err := entries(bytes.NewReader(archive), func(e entry, _ io.Reader) error {
				all = append(all, e)
				return nil
			})
			if err != nil || tr.apply(i, all) != nil {
				return
			}
		}
		chosen, err := (&Tree{&Image{}, tr}).choose(All)
		if err != nil {
			return
		}
		kinds := map[string]fs.FileMode{}
		for _, s := range chosen {
			if err := digest.CheckPath(s.name); err != nil || !filepath.IsLocal(s.name) {
				t.Fatalf("%q was let in: %v", s.name, err)
			}
			if above := filepath.Dir(s.name); above != "." && kinds[above] != fs.ModeDir {
				t.Fatalf("%q is in %q, which is %v", s.name, above, kinds[above])
			}
			kinds[s.name] = s.kind
			if s.kind == fs.ModeSymlink && !filepath.IsAbs(s.target) && !filepath.IsLocal(filepath.Join(filepath.Dir(s.name), s.target)) {
				t.Fatalf("the link %q leads out, to %q", s.name, s.target)
			}
			if at, _, err := tr.resolve(s.name); err == nil && at != "" && !filepath.IsLocal(at) {
				t.Fatalf("%q leads to %q", s.name, at)
			}
		}
	})
}
