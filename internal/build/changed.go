package build

import (
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// outlinesKind is the kind of the records of what is in a toolchain layer, by its
// digest. They outlive the layer: a digest alone cannot name the file that changed.
const outlinesKind = "outlines"

// keepOutline remembers what is in a toolchain layer.
func keepOutline(st *store.Store, layer store.Layer) error {
	outline, err := st.Outline(layer.Digest)
	if err != nil {
		return err
	}
	return st.Jot(outlinesKind, layer.Digest.String(), outline)
}

// changedFiles says what became of the locked layer in the one that is here. It is
// empty where this store has never held the locked one.
func changedFiles(st *store.Store, locked, here digest.Digest) ([]store.Damage, error) {
	var outline []digest.Node
	ok, err := st.Recall(outlinesKind, locked.String(), &outline)
	if err != nil || !ok {
		return nil, err
	}
	return st.Since(outline, locked, here)
}

// nameChanged adds to a refusal of a toolchain which of its files changed.
func nameChanged(st *store.Store, locked, here digest.Digest, refusal error) error {
	d, ok := errors.AsType[*diag.Diagnostic](refusal)
	if !ok || locked == here {
		return refusal
	}
	changed, err := changedFiles(st, locked, here)
	if err != nil {
		return diag.Join(refusal, diag.Wrap(err, "comparing the toolchain with the locked one"))
	}
	for _, c := range changed[:min(len(changed), maxChanges)] {
		d.Note("`%s` %s", c.Path, c.What)
	}
	if more := len(changed) - maxChanges; more > 0 {
		d.Note("and %d more", more)
	}
	return refusal
}
