// Package digest names content: SHA-256 and size, as the Bazel Remote
// Execution API names blobs and directories, so that every layer is
// addressable in any such store as it stands.
//
// A Digest is a comparable value that cannot be malformed: the zero value means
// "none", every other value comes from hashing or from Parse.
package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Digest is the SHA-256 and the size in bytes of some content.
type Digest struct {
	sum  [sha256.Size]byte
	size int64
	set  bool
}

// Of returns the digest of b.
func Of(b []byte) Digest { return Digest{sha256.Sum256(b), int64(len(b)), true} }

// FromReader hashes all of r.
func FromReader(r io.Reader) (Digest, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return Digest{}, err
	}
	return Digest{[sha256.Size]byte(h.Sum(nil)), n, true}, nil
}

// FromSum makes a digest of a finished SHA-256 sum and the number of bytes
// that went into it.
func FromSum(sum [sha256.Size]byte, size int64) Digest { return Digest{sum, size, true} }

// Parse reads the form that String writes. It refuses anything else, so that a
// digest has exactly one spelling.
func Parse(s string) (Digest, error) {
	hash, size, ok := strings.Cut(strings.TrimPrefix(s, "sha256:"), "/")
	sum, err := hex.DecodeString(hash)
	n, serr := strconv.ParseInt(size, 10, 64)
	d := Digest{size: n, set: true}
	if err != nil || serr != nil || !ok || n < 0 || len(sum) != sha256.Size {
		return Digest{}, fmt.Errorf("`%.100s` is not a digest of the form `sha256:HEX/SIZE`", s)
	}
	copy(d.sum[:], sum)
	if d.String() != s {
		return Digest{}, fmt.Errorf("`%.100s` is not a digest of the form `sha256:HEX/SIZE`", s)
	}
	return d, nil
}

// IsZero reports whether d names nothing.
func (d Digest) IsZero() bool { return !d.set }

// Hex returns the 64 lower-case hexadecimal digits of the hash.
func (d Digest) Hex() string { return hex.EncodeToString(d.sum[:]) }

// Size returns the size of the content in bytes; for a directory, of its
// encoded Directory message.
func (d Digest) Size() int64 { return d.size }

// String returns `sha256:HEX/SIZE`, or the empty string for the zero value.
func (d Digest) String() string {
	if !d.set {
		return ""
	}
	return fmt.Sprintf("sha256:%s/%d", d.Hex(), d.size)
}

// Short returns `sha256:` and the first 12 hexadecimal digits, for people.
func (d Digest) Short() string {
	if !d.set {
		return ""
	}
	return "sha256:" + d.Hex()[:12]
}

// MarshalText implements encoding.TextMarshaler with String.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler with Parse; the empty
// string is the zero value.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Digest{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}
