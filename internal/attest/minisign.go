package attest

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
)

// minisign's files (jedisct1.github.io/minisign, and OpenBSD's signify before
// it): a comment, then base64 of two letters, eight bytes of key number, and the
// key or the signature. The letters `Ed` mean that the message itself was
// signed, as DSSE has it; `ED`, that a BLAKE2b of it was.
const (
	minisignComment = "untrusted comment:"
	minisignHead    = 10
)

var (
	errMinisign  = errors.New("not a file of minisign")
	errPrehashed = errors.New("minisign signed a hash, which DSSE does not allow: give it `-l`")
)

// minisignBody decodes the second line of a file whose body has size bytes after
// the key number.
func minisignBody(file string, size int) ([]byte, error) {
	lines := strings.Split(file, "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[0], minisignComment) {
		return nil, errMinisign
	}
	body, err := base64.StdEncoding.Strict().DecodeString(strings.TrimRight(lines[1], "\r"))
	if err != nil || len(body) != minisignHead+size {
		return nil, errMinisign
	}
	switch string(body[:2]) {
	case "Ed":
		return body[minisignHead:], nil
	case "ED":
		return nil, errPrehashed
	}
	return nil, errMinisign
}

func minisignKey(file string) (any, error) {
	body, err := minisignBody(file, ed25519.PublicKeySize)
	return ed25519.PublicKey(body), err
}
