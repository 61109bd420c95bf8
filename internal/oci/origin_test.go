package oci

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ggcrlayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/klauspost/compress/zstd"
)

// change rewrites the files of a layout whose path matches.
func change(t *testing.T, glob string, with func([]byte) []byte) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatal(glob, files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, with(data), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func digestOf(t *testing.T, img interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	h, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h.String()
}

// blobOf is the path of a blob in a layout.
func blobOf(root, digest string) string {
	return filepath.Join(root, "image", "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
}

// TestLayoutRefuses: whatever was changed in a layout is found, by the way from
// the digest down.
func TestLayoutRefuses(t *testing.T) {
	one := imageFrom(t, thisMachine(), archiveOf(t, regular("usr/a", strings.Repeat("content ", 100))))
	layers, err := one.Layers()
	if err != nil {
		t.Fatal(err)
	}
	config, err := one.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	pinned := "./image@" + digestOf(t, one)
	flip := func(data []byte) []byte { data[len(data)/2] ^= 1; return data }
	for name, c := range map[string]struct {
		ref    string
		change func(root string)
		want   string
	}{
		"manifest":      {pinned, func(root string) { change(t, blobOf(root, digestOf(t, one)), flip) }, "112 the manifest is not what its digest names"},
		"configuration": {pinned, func(root string) { change(t, blobOf(root, config.String()), flip) }, "112 the configuration is not what its digest names"},
		"archive":       {pinned, func(root string) { change(t, blobOf(root, digestOf(t, layers[0])), flip) }, "112 the archive is not what its digest names"},
		"archive longer": {pinned, func(root string) {
			change(t, blobOf(root, digestOf(t, layers[0])), func(b []byte) []byte { return append(b, 0) })
		}, "112 the archive is not what its digest names"},
		"archive shorter": {pinned, func(root string) {
			change(t, blobOf(root, digestOf(t, layers[0])), func(b []byte) []byte { return b[:len(b)-1] })
		}, "112 the archive is not what its digest names"},
		"archive empty": {pinned, func(root string) {
			change(t, blobOf(root, digestOf(t, layers[0])), func([]byte) []byte { return nil })
		}, "112 the archive is not what its digest names"},
		"another image": {"./image@sha256:" + strings.Repeat("0", 64), func(string) {}, "112 the pinned image is not in it"},
		"index": {"./image", func(root string) {
			change(t, filepath.Join(root, "image", "index.json"), func([]byte) []byte { return []byte("{") })
		}, "111 unexpected end of JSON input"},
		"no images": {"./image", func(root string) {
			change(t, filepath.Join(root, "image", "index.json"), func([]byte) []byte { return []byte("{}") })
		}, "111 `index.json` names 0 images, and nothing says which is meant"},
		"a digest that is a path": {"./image", func(root string) {
			change(t, filepath.Join(root, "image", "index.json"), func(b []byte) []byte {
				return bytes.ReplaceAll(b, []byte(digestOf(t, one)), []byte("sha256:../../../../etc/passwd"))
			})
		}, "111 found non-hex character in hash: ."},
		"version": {"./image", func(root string) {
			change(t, filepath.Join(root, "image", "oci-layout"), func([]byte) []byte { return []byte(`{"imageLayoutVersion":"2.0.0"}`) })
		}, "111 it has version \"2.0.0\" of the image layout, and 1.0.0 is the one served"},
		"a blob that is a link out": {pinned, func(root string) {
			blob := blobOf(root, digestOf(t, layers[0]))
			moved := filepath.Join(t.TempDir(), "blob")
			data, err := os.ReadFile(blob)
			if err == nil {
				err = os.WriteFile(moved, data, 0o644)
			}
			if err == nil {
				err = os.Remove(blob)
			}
			if err == nil {
				err = os.Symlink(moved, blob)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "101 openat blobs/sha256/" + strings.TrimPrefix(digestOf(t, layers[0]), "sha256:") + ": path escapes from parent"},
		"outside":  {"./../image", func(string) {}, "111 statat ./../image: path escapes from parent"},
		"nowhere":  {"./nothing", func(string) {}, "111 statat ./nothing: no such file or directory"},
		"no image": {"./image/blobs", func(string) {}, "111 it has no `oci-layout`, so it is not in the OCI image layout"},
	} {
		t.Run(name, func(t *testing.T) {
			root := layoutOf(t, one)
			c.change(root)
			got, err := unpack(t, root, c.ref, Limits{}, All)
			if diff := cmp.Diff(c.want, said(err)); diff != "" || got != nil {
				t.Error(got, diff)
			}
		})
	}
}

// TestPlatforms: of an index the part for this machine is taken, and an image for
// another machine is refused.
func TestPlatforms(t *testing.T) {
	ours := imageFrom(t, thisMachine(), archiveOf(t, regular("ours", "1")))
	other := &v1.ConfigFile{OS: "linux", Architecture: "pdp11", RootFS: v1.RootFS{Type: "layers"}}
	theirs := imageFrom(t, other, archiveOf(t, regular("theirs", "1")))
	add := func(img v1.Image, c *v1.ConfigFile) mutate.IndexAddendum {
		return mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: c.OS, Architecture: c.Architecture}}}
	}
	both := mutate.AppendManifests(empty.Index, add(theirs, other), add(ours, thisMachine()))
	lying := mutate.AppendManifests(empty.Index, add(theirs, thisMachine()))
	none := mutate.AppendManifests(empty.Index, add(theirs, other))
	machine := "linux/" + thisMachine().Architecture
	for name, c := range map[string]struct {
		index v1.ImageIndex
		want  map[string]string
		said  string
	}{
		"ours among others": {both, map[string]string{"ours": "1"}, "nothing"},
		"none for us":       {none, nil, "111 it has no image for " + machine},
		"one that lies":     {lying, nil, "111 it is for linux/pdp11, and this machine is " + machine},
	} {
		t.Run(name, func(t *testing.T) {
			root := layoutOf(t)
			at, err := ggcrlayout.FromPath(filepath.Join(root, "image"))
			if err == nil {
				err = at.AppendIndex(c.index)
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := unpack(t, root, "./image", Limits{}, All)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.said, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSeveral: a layout with several images needs a digest to choose.
func TestSeveral(t *testing.T) {
	a := imageFrom(t, thisMachine(), archiveOf(t, regular("a", "1")))
	b := imageFrom(t, thisMachine(), archiveOf(t, regular("b", "2")))
	root := layoutOf(t, a, b)
	if _, err := unpack(t, root, "./image", Limits{}, All); said(err) != "111 `index.json` names 2 images, and nothing says which is meant" {
		t.Error(err)
	}
	got, err := unpack(t, root, "./image@"+digestOf(t, b), Limits{}, All)
	if diff := cmp.Diff(map[string]string{"b": "2"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestArchiveForms: the same layout in a tar archive, and what is not one.
func TestArchiveForms(t *testing.T) {
	root := layoutOf(t, imageFrom(t, thisMachine(), archiveOf(t, regular("a", "1"))))
	var headers []*tar.Header
	for name, content := range describe(t, filepath.Join(root, "image")) {
		if content == "dir" {
			headers = append(headers, dir("./"+name+"/"))
			continue
		}
		headers = append(headers, regular("./"+name, strings.TrimPrefix(content, "x ")))
	}
	whole := archiveOf(t, headers...)
	var squeezed bytes.Buffer
	z := gzip.NewWriter(&squeezed)
	if _, err := z.Write(whole); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"whole":      {whole, "nothing"},
		"compressed": {squeezed.Bytes(), "111 archive/tar: invalid tar header"},
		"cut":        {whole[:len(whole)/2+100], "101 unexpected EOF"},
		"twice":      {archiveOf(t, append(headers, regular("oci-layout", "{}"))...), "111 the archive holds `oci-layout` twice"},
		"empty":      {nil, "111 it has no `oci-layout`, so it is not in the OCI image layout"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(root, "image.tar"), c.data, 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := unpack(t, root, "./image.tar", Limits{}, All)
			if name == "cut" { // where it is cut decides what is missing
				if err == nil {
					t.Error("unpacked", got)
				}
				return
			}
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCompressions: an archive may be compressed in any of the served ways.
func TestCompressions(t *testing.T) {
	plain := archiveOf(t, regular("a", strings.Repeat("1", 5000)))
	var squeezed bytes.Buffer
	z, err := zstd.NewWriter(&squeezed)
	if err == nil {
		_, err = z.Write(plain)
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": strings.Repeat("1", 5000)}
	for name, data := range map[string][]byte{"none": plain, "zstd": squeezed.Bytes()} {
		sum := hashOf(plain)
		img := imageFrom(t, thisMachine())
		img, err := mutate.Append(img, mutate.Addendum{Layer: &stored{data, sum}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpack(t, layoutOf(t, img), "./image", Limits{}, All)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
		// What unpacks to something else than the configuration says.
		img, err = mutate.Append(imageFrom(t, thisMachine()), mutate.Addendum{Layer: &stored{data, hashOf(nil)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(t, layoutOf(t, img), "./image", Limits{}, All); said(err) != "112 the unpacked archive is not what its digest names" {
			t.Error(name, err)
		}
	}
}
