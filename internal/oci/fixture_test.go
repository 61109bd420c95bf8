package oci

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ggcrlayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// The images of these tests are written by tar.Writer and the registry library,
// byte for byte as other tools write them; only the entries are hostile.

// archiveOf makes a tar archive of headers. The content of a file is its PAX
// record `test`, which is taken out again.
func archiveOf(t *testing.T, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h := *h
		content := h.PAXRecords["TEST.content"]
		h.PAXRecords = nil
		if h.Size == 0 {
			h.Size = int64(len(content))
		}
		if h.Mode == 0 {
			h.Mode = 0o755
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func regular(name, content string) *tar.Header {
	return &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, PAXRecords: map[string]string{"TEST.content": content}}
}

func dir(name string) *tar.Header { return &tar.Header{Name: name, Typeflag: tar.TypeDir} }

func link(name, target string) *tar.Header {
	return &tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}
}

func hard(name, target string) *tar.Header {
	return &tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target}
}

func special(name string, kind byte) *tar.Header { return &tar.Header{Name: name, Typeflag: kind} }

// withMode changes the mode of an entry.
func withMode(h *tar.Header, mode int64) *tar.Header { h.Mode = mode; return h }

// imageFrom makes an image of archives, the first lowest.
func imageFrom(t *testing.T, config *v1.ConfigFile, archives ...[]byte) v1.Image {
	t.Helper()
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.ConfigFile(base, config)
	for _, a := range archives {
		if err != nil {
			break
		}
		var l v1.Layer
		opener := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a)), nil }
		if l, err = tarball.LayerFromOpener(opener, tarball.WithMediaType(types.OCILayer)); err == nil {
			img, err = mutate.AppendLayers(img, l)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func thisMachine() *v1.ConfigFile {
	return &v1.ConfigFile{OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"}}
}

// layoutOf writes images into a layout directory below a new root, and returns
// the root.
func layoutOf(t *testing.T, images ...v1.Image) string {
	t.Helper()
	root := t.TempDir()
	at, err := ggcrlayout.Write(filepath.Join(root, "image"), empty.Index)
	for _, img := range images {
		if err == nil {
			err = at.AppendImage(img)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// unpack goes the whole way of an image below root.
func unpack(t *testing.T, root, ref string, limits Limits, keep Keep) (map[string]string, error) {
	t.Helper()
	r, err := ParseReference(ref)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	img, err := Open(ctx, r, Origin{Root: root, Limits: limits})
	if err != nil {
		return nil, err
	}
	to := t.TempDir()
	tree, err := img.Flatten(ctx)
	if err == nil {
		_, err = tree.Extract(ctx, to, keep)
	}
	if err := diag.Join(err, img.Close()); err != nil {
		return nil, err
	}
	return describe(t, to), nil
}

// describe maps every path below dir to what is there: its content, `-> target`,
// or `dir`; a file that its owner may execute begins with `x `.
func describe(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))
		switch {
		case d.IsDir():
			found[name] = "dir"
			return nil
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			found[name] = "-> " + target
			return err
		}
		data, err := os.ReadFile(path)
		info, serr := d.Info()
		if err := errors.Join(err, serr); err != nil {
			return err
		}
		if info.Mode()&^0o777 != 0 {
			t.Errorf("`%s` has the mode %v", name, info.Mode())
		}
		found[name] = string(data)
		if info.Mode()&0o100 != 0 {
			found[name] = "x " + found[name]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// said is the code of an error and its last sentence.
func said(err error) string {
	if err == nil {
		return "nothing"
	}
	chain := diag.Chain(err)
	return strings.Join([]string{map[int]string{diag.ExitPolicy: "111", diag.ExitLock: "112", diag.ExitFailed: "101"}[diag.ExitCode(err)], chain[len(chain)-1]}, " ")
}
