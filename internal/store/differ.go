package store

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Differences says how one layer of the store differs from another, in the order
// of the paths: what became of the first in the second. Both must be there; only
// their manifests are read.
func (s *Store) Differences(from, to digest.Digest) ([]Damage, error) {
	want, err := readManifest(s.layerPath(from), from)
	if err != nil {
		return nil, fmt.Errorf("reading what is in the layer `%s`: %w", from.Short(), err)
	}
	found, err := readManifest(s.layerPath(to), to)
	if err != nil {
		return nil, fmt.Errorf("reading what is in the layer `%s`: %w", to.Short(), err)
	}
	return want.differences(found.Entries), nil
}
