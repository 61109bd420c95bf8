package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/oci"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
)

// origin says where images and shared layers may come from. While it is held,
// no other process fetches into the store.
func (h *Host) origin(ctx context.Context, st *store.Store, root string, offline bool) (o oci.Origin, release func() error, err error) {
	release, err = st.Lock(ctx, "fetch", func() {
		h.Shell.Status("Blocking", "waiting for another fetch on this store")
	})
	if err != nil {
		return o, nil, err
	}
	dir, err := st.Downloads()
	blobs := filepath.Join(dir, "oci")
	if err == nil {
		err = os.MkdirAll(blobs, 0o700)
	}
	if err != nil {
		return o, nil, diag.Join(err, release())
	}
	return oci.Origin{Root: root, Blobs: blobs, Keychain: oci.Keychain(h.Env, h.Home), Offline: offline, Status: h.Shell.Status}, release, nil
}

// imaged is what became of an image.
type imaged struct {
	Reference string // with its digest
	System    system.Image
	Layer     digest.Digest
}

// lock is the lock's form of it.
func (i *imaged) lock() lock.System {
	l := systemLock(&system.Snapshot{Source: i.System.Source, Architecture: i.System.Architecture, Packages: i.System.Packages}, nil, i.Layer)
	l.Image = i.Reference
	return l
}

// imageLayer makes the system layer of an image, or finds the one that was made
// of it before. text is from the policy or from the lock; only the latter is
// sure to have a digest.
func (h *Host) imageLayer(ctx context.Context, st *store.Store, p *Project, text string, rust store.Layer, offline bool) (made imaged, layer store.Layer, err error) {
	ref, err := oci.ParseReference(text)
	if err != nil {
		return made, layer, err
	}
	from, release, err := h.origin(ctx, st, p.Root, offline)
	if err != nil {
		return made, layer, err
	}
	defer func() { err = diag.Join(err, release()) }()
	if ref.Pinned() { // then the store may know it without anybody being asked
		if made, layer, ok, err := h.knownImage(ctx, st, ref); ok || err != nil {
			return made, layer, err
		}
	}
	img, err := oci.Open(ctx, ref, from)
	if err != nil {
		return made, layer, err
	}
	defer func() { err = diag.Join(err, img.Close()) }()
	if !ref.Pinned() {
		if made, layer, ok, err := h.knownImage(ctx, st, img.Reference); ok || err != nil {
			return made, layer, err
		}
	}
	libraries, err := neededLibraries(rust)
	if err != nil {
		return made, layer, err
	}
	h.Shell.Status("Copying", "the image %s into the store", img.Reference.Name)
	made.Reference = img.Reference.String()
	layer, err = h.capture(ctx, st, "system", func(b *store.Builder) error {
		about, err := system.CaptureImage(ctx, img, libraries, b)
		if err == nil {
			made.System = *about
		}
		return err
	})
	if err != nil {
		return made, layer, err
	}
	made.Layer = layer.Digest
	return made, layer, diag.Join(img.Forget(), st.Remember(imagesKind, imageKey(img.Reference), made))
}

// imagesKind is the kind of the records of what images became.
const imagesKind = "images"

// knownImage finds the layer that was made of an image before.
func (h *Host) knownImage(ctx context.Context, st *store.Store, ref oci.Reference) (made imaged, layer store.Layer, ok bool, err error) {
	if ok, err = st.Recall(imagesKind, imageKey(ref), &made); ok && err == nil {
		layer, ok, err = h.lookup(st, checkedFirst)(ctx, made.Layer)
	}
	return made, layer, ok, err
}

// imageKey names what an image becomes: the layer is a function of its digest,
// of the machine for an index, and of our rules. Where it came from is not a
// part of that, but stands in the record.
func imageKey(ref oci.Reference) string {
	return fmt.Sprintf("%s %s rules %d", ref, runtime.GOARCH, system.ImageRules)
}

// lockedImage makes the system layer of the image that the lock names.
func (h *Host) lockedImage(ctx context.Context, st *store.Store, p *Project, l *lock.Lock, rust store.Layer, offline bool) (store.Layer, error) {
	made, layer, err := h.imageLayer(ctx, st, p, l.System.Image, rust, offline)
	if err == nil && layer.Digest != l.System.Layer {
		err = diag.New(diag.ExitLock, "the image `%s` has other files than the locked ones", made.Reference).
			Note("here:   %s", layer.Digest).
			Note("locked: %s", l.System.Layer).
			WithHelp("if another version of cargo-hermetic made the lock, use that one, or lock anew: cargo hermetic lock --update")
	}
	return layer, err
}

// checkImageIsolation refuses an image where it could not be the system.
func checkImageIsolation(l *lock.Lock, isolation sandbox.Isolation) error {
	if l.System.Image == "" || isolation != sandbox.Landlock {
		return nil
	}
	return diag.New(diag.ExitIsolation, "isolation `%s` uses the system files of this host where they are, and the system of this project is an image", isolation).
		Note("the image is `%s`", l.System.Image).
		WithHelp("use `--isolation namespaces`")
}
