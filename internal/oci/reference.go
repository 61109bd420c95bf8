package oci

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Reference names an image: a repository of a registry (`debian`,
// `localhost:5000/team/base`), or a path, which begins with `./` or `/`. It is
// what stands in `[system] image` and, always with a digest, in hermetic.lock.
type Reference struct {
	Name   string
	Digest v1.Hash // of the manifest or index; zero for a path that is not pinned yet
}

// ParseReference reads `NAME@sha256:HEX`, or a path with or without a digest.
func ParseReference(text string) (Reference, error) {
	bad := func(err error) (Reference, error) {
		return Reference{}, diag.New(diag.ExitPolicy, "`%.200s` does not name an image", text).Because(err).
			WithHelp("write `NAME@sha256:DIGEST`, or a path that begins with `./` or `/`")
	}
	at, digest, pinned := strings.Cut(text, "@")
	ref := Reference{Name: at}
	if pinned {
		var err error
		if ref.Digest, err = v1.NewHash(digest); err != nil {
			return bad(err)
		}
		if err := checkHash(ref.Digest); err != nil {
			return bad(err)
		}
	}
	if ref.IsPath() {
		return ref, nil
	}
	if !pinned {
		return bad(fmt.Errorf("an image of a registry has to be named by its digest"))
	}
	if _, err := ref.remote(); err != nil {
		return bad(err)
	}
	return ref, nil
}

// IsPath reports whether the image lies on this host.
func (r Reference) IsPath() bool {
	return strings.HasPrefix(r.Name, "./") || strings.HasPrefix(r.Name, "/")
}

// Pinned reports whether the reference has a digest.
func (r Reference) Pinned() bool { return r.Digest != (v1.Hash{}) }

// String returns the form that ParseReference reads.
func (r Reference) String() string {
	if !r.Pinned() {
		return r.Name
	}
	return r.Name + "@" + r.Digest.String()
}

// remote is the reference in the form of the registry library.
func (r Reference) remote() (name.Digest, error) { return name.NewDigest(r.String()) }

// checkHash refuses digests that we do not compute.
func checkHash(h v1.Hash) error {
	if h.Algorithm != "sha256" || len(h.Hex) != 2*sha256.Size {
		return fmt.Errorf("the digest `%.100s` is not a SHA-256", h)
	}
	if raw, err := hex.DecodeString(h.Hex); err != nil || hex.EncodeToString(raw) != h.Hex {
		return fmt.Errorf("the digest `%.100s` is not written in lower-case hexadecimal digits", h)
	}
	return nil
}

// hashOf returns the SHA-256 of some bytes as registries write it.
func hashOf(data []byte) v1.Hash {
	sum := sha256.Sum256(data)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}
