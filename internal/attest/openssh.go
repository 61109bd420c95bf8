package attest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// OpenSSH's forms of keys: RFC 4253 (section 6.6), RFC 5656, RFC 8709, and
// PROTOCOL.key in OpenSSH's sources.
const (
	sshEd25519 = "ssh-ed25519"
	sshP256    = "ecdsa-sha2-nistp256"
	sshMagic   = "openssh-key-v1\x00"
)

var errSSH = errors.New("not a key in OpenSSH's form")

// wire reads RFC 4251 values one after the other; after the first that is not
// there, everything is empty and bad is set.
type wire struct {
	rest []byte
	bad  bool
}

func (w *wire) take(n uint64) []byte {
	if n > uint64(len(w.rest)) {
		w.rest, w.bad = nil, true
		return nil
	}
	b := w.rest[:n]
	w.rest = w.rest[n:]
	return b
}

func (w *wire) number() uint32 {
	b := w.take(4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

func (w *wire) string() []byte { return w.take(uint64(w.number())) }

// done reports whether everything was there and nothing follows.
func (w *wire) done() bool { return !w.bad && len(w.rest) == 0 }

func appendWire(b []byte, parts ...[]byte) []byte {
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// opensshPublic reads a public key as it stands in lines and signatures.
func opensshPublic(blob []byte) (any, error) {
	w := &wire{rest: blob}
	switch kind := string(w.string()); kind {
	case sshEd25519:
		if key := w.string(); w.done() && len(key) == ed25519.PublicKeySize {
			return ed25519.PublicKey(bytes.Clone(key)), nil
		}
	case sshP256:
		if curve, point := w.string(), w.string(); w.done() && string(curve) == "nistp256" {
			return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		}
	default:
		return nil, fmt.Errorf("%w: a key of the kind %.40q", errKey, kind)
	}
	return nil, errSSH
}

// opensshBlob writes a public key as opensshPublic reads it.
func opensshBlob(key any) ([]byte, error) {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return appendWire(nil, []byte(sshEd25519), key), nil
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("%w: another curve", errKey)
		}
		point, err := key.Bytes()
		return appendWire(nil, []byte(sshP256), []byte("nistp256"), point), err
	}
	return nil, fmt.Errorf("%w: a %T", errKey, key)
}

// opensshLine reads a line of an `id_ed25519.pub`: kind, base64, comment.
func opensshLine(line string) (any, error) {
	words := strings.Fields(line)
	if len(words) < 2 || strings.ContainsAny(line, "\r\n") {
		return nil, errSSH
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(words[1])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSSH, err)
	}
	if w := (&wire{rest: blob}); string(w.string()) != words[0] {
		return nil, errSSH
	}
	return opensshPublic(blob)
}

// opensshPrivate reads the body of an `OPENSSH PRIVATE KEY` with one Ed25519
// key. Keys with a passphrase stay with `ssh-keygen -Y sign`.
func opensshPrivate(body []byte) (any, error) {
	rest, ok := bytes.CutPrefix(body, []byte(sshMagic))
	if !ok {
		return nil, errSSH
	}
	w := &wire{rest: rest}
	cipher, kdf, options, count := string(w.string()), string(w.string()), w.string(), w.number()
	outer, inner := w.string(), &wire{}
	inner.rest = w.string()
	switch {
	case !w.done() || count != 1:
		return nil, errSSH
	case cipher != "none" || kdf != "none" || len(options) != 0:
		return nil, fmt.Errorf("the key has a passphrase: sign with `--sign-with 'ssh-keygen -Y sign -n file -f KEY'`")
	}
	check1, check2 := inner.number(), inner.number()
	if kind := string(inner.string()); kind != sshEd25519 {
		return nil, fmt.Errorf("%w: an OpenSSH file with a key of the kind %.40q", errKey, kind)
	}
	public, private := inner.string(), inner.string()
	inner.string() // the comment
	if inner.bad || check1 != check2 || len(private) != ed25519.PrivateKeySize || len(inner.rest) > 255 {
		return nil, errSSH
	}
	for i, b := range inner.rest { // padding up to the block of the cipher: 1, 2, 3, ...
		if b != byte(i+1) {
			return nil, errSSH
		}
	}
	key := ed25519.NewKeyFromSeed(private[:ed25519.SeedSize])
	if !bytes.Equal(key, private) || !bytes.Equal(public, private[ed25519.SeedSize:]) ||
		!bytes.Equal(outer, appendWire(nil, []byte(sshEd25519), public)) {
		return nil, fmt.Errorf("%w: its halves do not belong together", errSSH)
	}
	return key, nil
}
