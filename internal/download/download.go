// Package download brings the files that a project pins by `[[download]]` into
// the store, and finds them there.
//
// Each file is a layer of its own that holds nothing else. Its digest follows from
// the SHA-256 in hermetic.toml, the size and the name, so what is found in the
// store under that digest is what was pinned, whoever says so; and a layer is
// checked, shared and collected like every other. hermetic.lock knows nothing of
// it: the policy holds the digest already, and a second copy could only disagree.
//
// Fetch is the only function that reaches the network, with the caller's proxies
// and certificates, within bounds of size and time. It keeps what an interrupted
// transfer brought. Who serves the bytes is not believed: they are compared with
// the digest before they have a name in the store.
//
// It unpacks nothing and makes nothing executable, and it sends no credentials.
package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// Look finds a layer in the store, and says whether it is there.
type Look func(context.Context, digest.Digest) (store.Layer, bool, error)

// kind is that of the records in the store, and the label of the layers.
const kind = "download"

// record is what the store remembers of a file: the part of its layer's digest
// that the policy does not say.
type record struct{ Size int64 }

func key(d policy.Download) string { return d.SHA256 + " " + d.FileName() }

// layerOf is the digest of the layer that holds the file of d.
func layerOf(d policy.Download, size int64) (digest.Digest, error) {
	sum, err := hex.DecodeString(d.SHA256)
	if err != nil || len(sum) != sha256.Size || size < 0 {
		return digest.Digest{}, diag.New(diag.ExitPolicy, "%q is not a SHA-256", d.SHA256).In(d.At.File, d.At.Line, d.At.Column)
	}
	return digest.Tree([]digest.Node{{Path: d.FileName(), Kind: digest.File, Content: digest.FromSum([sha256.Size]byte(sum), size)}})
}

// Find returns the layer that holds the file of d, and whether there is one.
func Find(ctx context.Context, st *store.Store, look Look, d policy.Download) (store.Layer, bool, error) {
	var known record
	ok, err := st.Recall(kind, key(d), &known)
	if !ok || err != nil {
		return store.Layer{}, false, err
	}
	layer, err := layerOf(d, known.Size)
	if err != nil {
		return store.Layer{}, false, err
	}
	return look(ctx, layer)
}

// keep makes the layer of a file whose content was found right. The file may be
// exchanged meanwhile, so what was stored has to be what it was.
func keep(ctx context.Context, st *store.Store, d policy.Download, file string, size int64) error {
	want, err := layerOf(d, size)
	if err != nil {
		return err
	}
	b, err := st.Begin(kind)
	if err != nil {
		return err
	}
	if err := b.AddFile(d.FileName(), file); err != nil {
		return diag.Join(err, b.Discard())
	}
	layer, err := b.Commit(ctx)
	if err != nil {
		return err
	}
	if layer.Digest != want {
		return diag.Join(diag.New(diag.ExitLock, "`%s` was changed while it was copied into the store", d.URL).
			Note("wanted: %s", want).
			Note("stored: %s", layer.Digest), st.Drop(layer.Digest))
	}
	return st.Remember(kind, key(d), record{size})
}

// mismatch says that somebody has other bytes than the project pins.
func mismatch(d policy.Download, got [sha256.Size]byte, size int64) error {
	return diag.New(diag.ExitLock, "`%s` is not the file that hermetic.toml pins", d.URL).
		In(d.At.File, d.At.Line, d.At.Column).
		Note("pinned:   sha256 %s", d.SHA256).
		Note("received: sha256 %s (%d bytes)", hex.EncodeToString(got[:]), size).
		WithHelp("find out why it changed before you change the digest: who serves it may have been tampered with")
}
