package store

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Differences says how one layer of the store differs from another, in the order
// of the paths: what became of the first in the second. Both must be there; only
// their manifests are read.
func (s *Store) Differences(from, to digest.Digest) ([]Damage, error) {
	outline, err := s.Outline(from)
	if err != nil {
		return nil, err
	}
	return s.Since(outline, from, to)
}

// Outline lists what is in a layer, for a caller that remembers it for the time
// when the layer is gone.
func (s *Store) Outline(d digest.Digest) ([]digest.Node, error) {
	m, err := readManifest(s.layerPath(d), d)
	if err != nil {
		return nil, fmt.Errorf("reading what is in the layer `%s`: %w", d.Short(), err)
	}
	return m.Entries, nil
}

// Since says how a layer differs from an outline, as Differences does. The outline
// is believed only if it adds up to the digest that it is said to be of.
func (s *Store) Since(outline []digest.Node, of, to digest.Digest) ([]Damage, error) {
	sum, err := digest.Tree(outline)
	if err != nil {
		return nil, err
	}
	if sum != of {
		return nil, fmt.Errorf("the outline is of `%s`, not of the layer `%s`", sum.Short(), of.Short())
	}
	found, err := s.Outline(to)
	if err != nil {
		return nil, err
	}
	return manifest{Entries: outline}.differences(found), nil
}
