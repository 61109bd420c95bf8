package oci

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// registry is an image in a registry. Archives are kept in a directory while
// they are used, by digest, so that an interrupted fetch loses no whole one.
type registry struct {
	ref    name.Reference
	puller *remote.Puller
	blobs  string
	status func(verb, format string, args ...any)
	used   []string // files that Close removes once everything went well
}

func (o Origin) registry(ref Reference) (source, error) {
	at, err := ref.remote()
	if err != nil {
		return nil, err
	}
	return o.pull(at)
}

func (o Origin) pull(at name.Reference) (*registry, error) {
	puller, err := remote.NewPuller(o.options()...)
	if err != nil {
		return nil, err
	}
	return &registry{ref: at, puller: puller, blobs: o.Blobs, status: o.Status}, nil
}

// options are those of every conversation with a registry.
func (o Origin) options() []remote.Option {
	return []remote.Option{remote.WithAuthFromKeychain(o.Keychain), remote.WithTransport(encrypted{remote.DefaultTransport}), remote.WithUserAgent("cargo-hermetic")}
}

// Close keeps what was downloaded: Forget removes it.
func (r *registry) Close() error { return nil }

func (r *registry) root(ctx context.Context, _ v1.Hash) ([]byte, types.MediaType, error) {
	d, err := r.puller.Get(ctx, r.ref)
	if err != nil {
		return nil, "", r.failed(err)
	}
	return d.Manifest, d.MediaType, nil
}

// blob opens a downloaded archive, or asks the registry for something small. A
// manifest of an index is asked for as one.
func (r *registry) blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if d.MediaType.IsLayer() {
		return os.Open(r.file(d))
	}
	at := r.ref.Context().Digest(d.Digest.String())
	if d.MediaType.IsImage() {
		m, err := r.puller.Get(ctx, at)
		if err != nil {
			return nil, r.failed(err)
		}
		return io.NopCloser(bytes.NewReader(m.Manifest)), nil
	}
	l, err := r.puller.Layer(ctx, at)
	if err != nil {
		return nil, r.failed(err)
	}
	body, err := l.Compressed()
	return body, r.failed(err)
}

func (r *registry) file(d v1.Descriptor) string { return filepath.Join(r.blobs, d.Digest.Hex) }

// local downloads an archive. The file gets its name when its content was found
// to be what that says; a shorter one of an earlier run is still under another.
func (r *registry) local(ctx context.Context, d v1.Descriptor, number, of int) (err error) {
	r.used = append(r.used, r.file(d))
	if info, err := os.Lstat(r.file(d)); err == nil && info.Mode().IsRegular() && info.Size() == d.Size {
		return nil // verified when it was downloaded, and again when it is read
	}
	if err := fsx.RemoveTree(r.file(d)); err != nil {
		return err
	}
	r.status("Downloading", "archive %d of %d of %s (%.1f MB)", number, of, r.ref.Context(), float64(d.Size)/1e6)
	l, err := r.puller.Layer(ctx, r.ref.Context().Digest(d.Digest.String()))
	if err != nil {
		return r.failed(err)
	}
	body, err := l.Compressed()
	if err != nil {
		return r.failed(err)
	}
	defer func() { err = diag.Join(err, body.Close()) }()
	part := r.file(d) + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	v := verified(body, d)
	_, err = io.Copy(f, v)
	if err == nil || v.read >= d.Size { // the library compares too, and has no type for its verdict
		err = cmp.Or(v.check("the archive"), err)
	}
	if err := diag.Join(err, f.Close()); err != nil {
		return diag.Join(diag.Wrap(r.failed(err), "downloading archive %d", number), os.Remove(part))
	}
	return os.Rename(part, r.file(d))
}

// Forget removes what was downloaded for an image.
func (img *Image) Forget() error {
	var err error
	if r, ok := img.source.(*registry); ok {
		for _, file := range r.used {
			err = diag.Join(err, fsx.RemoveTree(file))
		}
		r.used = nil
	}
	return err
}

// failed says of a registry's answer what can be done about it.
func (r *registry) failed(err error) error { return answered(r.ref.Context(), err) }

func answered(where name.Repository, err error) error {
	t := (*transport.Error)(nil)
	if !errors.As(err, &t) {
		return err
	}
	switch t.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return diag.New(diag.ExitFailed, "the registry `%s` refuses access to `%s`", where.RegistryStr(), where.RepositoryStr()).
			Because(err).WithHelp("docker login %s", where.RegistryStr())
	case http.StatusNotFound:
		return diag.New(diag.ExitFailed, "the registry `%s` does not have it in `%s`", where.RegistryStr(), where.RepositoryStr()).
			Because(err).WithHelp("see whether the name and the digest are right, and whether somebody pushed it there")
	}
	return err
}
