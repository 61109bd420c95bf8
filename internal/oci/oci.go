// Package oci reads container images as data, and moves trees of files to and
// from registries in that form. There is no daemon, no container and no cache
// of anybody else's: an image is a manifest, a configuration and some archives,
// each named by its SHA-256.
//
// What it guarantees. An image is opened by the digest of its manifest, or of
// an index of manifests, and everything that follows from there is compared
// with the digest and the size that named it, the archives twice: compressed
// and unpacked. Nothing is written outside the directory that Extract is given,
// and nothing at all before every name of every archive was looked at. What
// several programs would unpack in several ways is refused by name, with the
// archive that holds it: names with `..` or from `/`, names that lead through a
// link, links that lead above the root, devices, entries that are there twice,
// and archives that unpack to more than Limits allows.
//
// What it does not do. It runs nothing of an image, and takes neither owners,
// times, extended attributes nor modes but "executable" from it: a layer has
// none of these, so there is no set-id bit in one. It verifies no signatures:
// the digest in hermetic.lock is what was decided on.
package oci

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Image is one image for this machine's architecture, whose manifest and
// configuration were verified. Its archives are verified whenever they are read.
type Image struct {
	Reference    Reference // with the digest of the manifest or index that was named
	Architecture string    // as Go names it, and the configuration of the image

	layers []layer // lowest first
	source source
	limits Limits
}

// layer is one archive of an image.
type layer struct {
	blob     v1.Descriptor
	unpacked v1.Hash // of the tar archive, uncompressed
}

// source is where the parts of an image come from. What it returns is not
// verified yet.
type source interface {
	// root returns the manifest or index with that digest. Without one it
	// returns the only image that there is, for whoever pins it.
	root(ctx context.Context, want v1.Hash) ([]byte, types.MediaType, error)
	// blob opens content that is named by digest.
	blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
	// local makes sure that blob needs no network any more.
	local(ctx context.Context, d v1.Descriptor, number, of int) error
	Close() error
}

// maxDocument bounds manifests and configurations, in bytes. Registries refuse
// manifests above 4 MiB.
const maxDocument = 4 << 20

// Open finds an image and verifies what describes it. A reference without a
// digest names whatever lies at a path now; the Image that is returned has the
// digest by which it can be found again. Close it.
func Open(ctx context.Context, ref Reference, from Origin) (*Image, error) {
	src, err := from.open(ref)
	if err != nil {
		return nil, diag.Wrap(err, "opening the image `%s`", ref.Name)
	}
	img := &Image{Reference: ref, source: src, limits: from.limits()}
	if err := img.read(ctx); err != nil {
		return nil, diag.Wrap(diag.Join(err, src.Close()), "opening the image `%s`", ref.Name)
	}
	return img, nil
}

// Close ends the use of an image.
func (img *Image) Close() error { return img.source.Close() }

// read verifies the way from the digest down to the archives.
func (img *Image) read(ctx context.Context) error {
	raw, kind, err := img.source.root(ctx, img.Reference.Digest)
	if err != nil {
		return err
	}
	sum := hashOf(raw)
	if img.Reference.Digest == (v1.Hash{}) {
		img.Reference.Digest = sum
	}
	if sum != img.Reference.Digest {
		return differs("the manifest", img.Reference.Digest, sum)
	}
	if kind.IsIndex() {
		if raw, kind, err = img.choose(ctx, raw); err != nil {
			return err
		}
	}
	if !kind.IsImage() {
		return refuse("its manifest is a `%s`, which is no image", kind)
	}
	var m v1.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return diag.Wrap(err, "reading its manifest")
	}
	return img.describe(ctx, &m)
}

// choose returns the manifest of an index for this machine.
func (img *Image) choose(ctx context.Context, raw []byte) ([]byte, types.MediaType, error) {
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, "", diag.Wrap(err, "reading its index")
	}
	var there []string
	for _, m := range index.Manifests {
		switch p := m.Platform; {
		case !m.MediaType.IsImage():
			continue
		case p == nil:
			there = append(there, "an image without a platform")
		case p.OS == "linux" && p.Architecture == runtime.GOARCH:
			manifest, err := img.document(ctx, m, "the manifest")
			return manifest, m.MediaType, err
		default:
			there = append(there, p.String())
		}
	}
	d := refuse("it has no image for linux/%s", runtime.GOARCH)
	for _, platform := range there {
		d.Note("it has %s", platform)
	}
	return nil, "", d
}

// describe reads the configuration and pairs each archive with its two digests.
func (img *Image) describe(ctx context.Context, m *v1.Manifest) error {
	raw, err := img.document(ctx, m.Config, "the configuration")
	if err != nil {
		return err
	}
	var config v1.ConfigFile
	if !m.Config.MediaType.IsConfig() {
		return refuse("it is no image of a file system: its configuration is a `%s`", m.Config.MediaType)
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		return diag.Wrap(err, "reading its configuration")
	}
	if config.OS != "linux" || config.Architecture != runtime.GOARCH {
		return refuse("it is for %s/%s, and this machine is linux/%s", config.OS, config.Architecture, runtime.GOARCH)
	}
	if len(m.Layers) == 0 || len(m.Layers) > maxLayers || len(config.RootFS.DiffIDs) != len(m.Layers) {
		return refuse("its manifest has %d archives and its configuration %d, of 1 to %d", len(m.Layers), len(config.RootFS.DiffIDs), maxLayers)
	}
	img.Architecture = config.Architecture
	for i, d := range m.Layers {
		if !d.MediaType.IsLayer() || !d.MediaType.IsDistributable() {
			return refuse("its archive %d is a `%s`, which is not served", i+1, d.MediaType)
		}
		if err := checkDescriptor(d); err != nil {
			return diag.Wrap(err, "reading what its manifest says of archive %d", i+1)
		}
		if err := checkHash(config.RootFS.DiffIDs[i]); err != nil {
			return diag.Wrap(err, "reading what its configuration says of archive %d", i+1)
		}
		img.layers = append(img.layers, layer{d, config.RootFS.DiffIDs[i]})
	}
	return nil
}

// document reads a small part of an image and verifies it.
func (img *Image) document(ctx context.Context, d v1.Descriptor, what string) (data []byte, err error) {
	if err := checkDescriptor(d); err != nil {
		return nil, diag.Wrap(err, "reading %s", what)
	}
	if d.Size > maxDocument {
		return nil, refuse("%s has %d bytes, and %d are the most", what, d.Size, maxDocument)
	}
	r, err := img.source.blob(ctx, d)
	if err != nil {
		return nil, diag.Wrap(err, "reading %s", what)
	}
	data, err = io.ReadAll(io.LimitReader(r, d.Size+1))
	if err := diag.Join(err, r.Close()); err != nil {
		return nil, diag.Wrap(err, "reading %s", what)
	}
	if sum := hashOf(data); sum != d.Digest || int64(len(data)) != d.Size {
		return nil, differs(what, d.Digest, sum)
	}
	return data, nil
}

// refuse is the diagnostic for an image that is what its digest says, and not
// what a build can stand on.
func refuse(format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ExitPolicy, format, args...).
		WithHelp("use another image, or make this one anew")
}

// differs is the diagnostic for content that is not what its digest names.
func differs(what string, want, got v1.Hash) *diag.Diagnostic {
	return diag.New(diag.ExitLock, "%s is not what its digest names", what).
		Note("wanted:   %s", want).
		Note("received: %s", got).
		WithHelp("see who answers in place of the registry, or who changed the files")
}

// checkDescriptor refuses what cannot be verified.
func checkDescriptor(d v1.Descriptor) error {
	if d.Size < 0 {
		return fmt.Errorf("a size of %d bytes", d.Size)
	}
	return checkHash(d.Digest)
}
