package oci

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// layout is an image in the OCI image layout (image-spec 1.1, image-layout.md):
// `oci-layout`, `index.json` and `blobs/sha256/HEX`, in a directory or in one
// uncompressed tar archive.
type layout struct{ files files }

// files opens the regular files of a layout by their slash-separated names.
type files interface {
	open(name string) (io.ReadCloser, error)
	Close() error
}

func (l *layout) Close() error { return l.files.Close() }

// root looks the image up in index.json. An index inside counts as one image,
// of which choose takes the part for this machine.
func (l *layout) root(ctx context.Context, want v1.Hash) ([]byte, types.MediaType, error) {
	var version struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := l.read("oci-layout", &version); err != nil {
		return nil, "", err
	}
	if version.Version != "1.0.0" {
		return nil, "", refuse("it has version %.40q of the image layout, and 1.0.0 is the one served", version.Version)
	}
	var index v1.IndexManifest
	if err := l.read("index.json", &index); err != nil {
		return nil, "", err
	}
	if want == (v1.Hash{}) && len(index.Manifests) != 1 {
		d := refuse("`index.json` names %d images, and nothing says which is meant", len(index.Manifests)).
			WithHelp("add the digest of one to the path: `PATH@sha256:DIGEST`")
		for _, m := range index.Manifests {
			d.Note("it has %s", m.Digest)
		}
		return nil, "", d
	}
	for _, m := range index.Manifests {
		if want != (v1.Hash{}) && m.Digest != want {
			continue
		}
		if err := checkDescriptor(m); err != nil {
			return nil, "", diag.Wrap(err, "reading `index.json`")
		}
		raw, err := (&Image{source: l}).document(ctx, m, "the manifest")
		return raw, m.MediaType, err
	}
	d := diag.New(diag.ExitLock, "the pinned image is not in it").Note("pinned: %s", want)
	for _, m := range index.Manifests {
		d.Note("it has: %s", m.Digest)
	}
	return nil, "", d.WithHelp("put the pinned image there, or pin what is there: cargo hermetic lock --update")
}

// read decodes one of the two files that no digest names: they only lead to what
// has one.
func (l *layout) read(name string, v any) error {
	f, err := l.files.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return refuse("it has no `%s`, so it is not in the OCI image layout", name).
			WithHelp("convert it: skopeo copy docker-archive:FILE oci-archive:FILE")
	}
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	if err := diag.Join(err, f.Close()); err != nil {
		return diag.Wrap(err, "reading `%s`", name)
	}
	if len(data) > maxDocument {
		return refuse("its `%s` has more than %d bytes", name, maxDocument)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return refuse("its `%s` cannot be read", name).Because(err)
	}
	return nil
}

// blob opens a blob. Its digest was checked for its form: it is a file name.
func (l *layout) blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return l.files.open(filepath.ToSlash(filepath.Join("blobs", d.Digest.Algorithm, d.Digest.Hex)))
}

func (l *layout) local(context.Context, v1.Descriptor, int, int) error { return nil }
