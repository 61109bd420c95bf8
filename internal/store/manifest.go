package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// The manifest of a layer lists what is in it, as JSON. It needs no check sum
// of its own: its entries must add up to the digest of the layer.
const (
	manifestFile   = "manifest"
	manifestFormat = 1
)

type manifest struct {
	Format  int           `json:"format"`
	Kind    string        `json:"kind,omitempty"` // the label it was made under; for people, and no part of the digest
	Digest  digest.Digest `json:"digest"`
	Entries []digest.Node `json:"entries"` // sorted by path
}

func writeManifest(dir string, m manifest) error {
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return fsx.WriteFile(filepath.Join(dir, manifestFile), append(data, '\n'), 0o444)
}

// readManifest reads the manifest of the layer d. Any error means that it
// cannot be used to check the layer.
func readManifest(dir string, d digest.Digest) (manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return manifest{}, err
	}
	return parseManifest(data, d)
}

func parseManifest(data []byte, d digest.Digest) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return manifest{}, err
	}
	if m.Format != manifestFormat {
		return manifest{}, fmt.Errorf("the manifest has the format %d, not %d", m.Format, manifestFormat)
	}
	found, err := digest.Tree(m.Entries)
	if err != nil {
		return manifest{}, err
	}
	if found != d || m.Digest != d {
		return manifest{}, fmt.Errorf("the manifest describes `%v` and says `%v`", found, m.Digest)
	}
	for i := 1; i < len(m.Entries); i++ {
		if m.Entries[i-1].Path >= m.Entries[i].Path {
			return manifest{}, errors.New("the manifest is not sorted")
		}
	}
	return m, nil
}

// Damage is one way in which a layer is not what its digest says.
type Damage struct {
	Path string `json:"path"` // below the tree, slash-separated; `manifest` or `tree` for the layer's own parts
	What string `json:"what"` // as in `has other content`
}

// differences says how the found entries, sorted by path, differ from the
// manifest, in the order of the paths.
func (m manifest) differences(found []digest.Node) []Damage {
	var all []Damage
	want := m.Entries
	for len(want) > 0 || len(found) > 0 {
		switch {
		case len(found) == 0 || len(want) > 0 && want[0].Path < found[0].Path:
			all = append(all, Damage{want[0].Path, "is missing"})
			want = want[1:]
			continue
		case len(want) == 0 || found[0].Path < want[0].Path:
			all = append(all, Damage{found[0].Path, "was added"})
			found = found[1:]
			continue
		case want[0] != found[0]:
			all = append(all, Damage{want[0].Path, change(want[0], found[0])})
		}
		want, found = want[1:], found[1:]
	}
	return all
}

func change(want, found digest.Node) string {
	switch {
	case want.Kind != found.Kind:
		return "became a " + found.Kind.String()
	case want.Content != found.Content:
		return "has other content"
	case want.Target != found.Target:
		return "points elsewhere"
	case found.Executable:
		return "became executable"
	}
	return "is no longer executable"
}
