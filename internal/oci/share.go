package oci

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// A tree of ours is in a registry as an image of one archive, under a tag that
// says its digest. A tag can be moved by whoever may write there, so it is only
// where we look: what is pulled counts for nothing until the digest of its files
// was compared, by the caller, with the one that was wanted.

// digestAnnotation repeats the digest for people who look into a registry.
const digestAnnotation = "io.github.cargo-hermetic.layer"

// tagged is the place of a tree in a repository.
func tagged(repository string, d digest.Digest) (name.Tag, error) {
	repo, err := name.NewRepository(repository)
	if err != nil {
		return name.Tag{}, diag.New(diag.ExitUsage, "`%s` does not name a repository of a registry", repository).Because(err).
			WithHelp("write REGISTRY/PATH without a tag, such as `registry.example:5000/team/layers`")
	}
	return repo.Tag("sha256-" + d.Hex()), nil
}

// Push writes the tree in dir to a repository, so that OpenTree finds it by its
// digest, and returns the reference of the image that it became. scratch is an
// empty directory, and epoch the time that the archive gives to everything.
func Push(ctx context.Context, o Origin, repository string, d digest.Digest, dir, scratch string, epoch time.Time) (ref Reference, err error) {
	tag, err := tagged(repository, d)
	if err != nil {
		return ref, err
	}
	file := filepath.Join(scratch, "archive")
	p, err := pack(ctx, dir, file, epoch)
	if err != nil {
		return ref, diag.Wrap(err, "packing the layer `%s`", d.Short())
	}
	img, err := imageOf(p, d)
	if err == nil {
		ref.Name = tag.Context().String()
		ref.Digest, err = img.Digest()
	}
	if err == nil {
		err = answered(tag.Context(), remote.Push(tag, img, append(o.options(), remote.WithContext(ctx))...))
	}
	return ref, diag.Wrap(diag.Join(err, os.Remove(file)), "pushing the layer `%s` to `%s`", d.Short(), repository)
}

// imageOf describes an archive as an image that other tools can read too.
func imageOf(p *packed, d digest.Digest) (v1.Image, error) {
	base := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	base = mutate.ConfigMediaType(base, types.OCIConfigJSON)
	base, err := mutate.ConfigFile(base, &v1.ConfigFile{OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		return nil, err
	}
	return mutate.Append(base, mutate.Addendum{Layer: p, MediaType: types.OCILayerZStd, Annotations: map[string]string{digestAnnotation: d.String()}})
}

// OpenTree finds a tree that Push wrote.
func OpenTree(ctx context.Context, o Origin, repository string, d digest.Digest) (*Image, error) {
	tag, err := tagged(repository, d)
	if err != nil {
		return nil, err
	}
	src, err := o.pull(tag)
	if err != nil {
		return nil, err
	}
	img := &Image{Reference: Reference{Name: tag.String()}, source: src, limits: o.limits()}
	if err := img.read(ctx); err != nil {
		return nil, diag.Wrap(diag.Join(err, src.Close()), "looking for the layer `%s` in `%s`", d.Short(), repository)
	}
	return img, nil
}
