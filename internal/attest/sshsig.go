package attest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"math/big"
)

// What `ssh-keygen -Y sign` writes: PROTOCOL.sshsig in OpenSSH's sources. The
// signature in the envelope is the whole SSHSIG, because the namespace and the
// hash in it are signed together with the message.
const (
	sshsigMagic     = "SSHSIG"
	sshsigVersion   = 1
	sshsigNamespace = "file" // what ssh-keygen's manual names for files
)

// sshsig is a parsed signature.
type sshsig struct {
	public                          any
	namespace, reserved, hash, kind string
	raw                             []byte // as its kind has it
}

func isSSH(signature []byte) bool { return bytes.HasPrefix(signature, []byte(sshsigMagic)) }

// parseSSH reads a signature without its armour.
func parseSSH(data []byte) (*sshsig, bool) {
	w := &wire{rest: data[len(sshsigMagic):]}
	version := w.number()
	key, namespace, reserved, hash, signature := w.string(), w.string(), w.string(), w.string(), w.string()
	inner := &wire{rest: signature}
	kind, raw := inner.string(), inner.string()
	public, err := opensshPublic(key)
	if err != nil || version != sshsigVersion || !w.done() || !inner.done() {
		return nil, false
	}
	return &sshsig{public, string(namespace), string(reserved), string(hash), string(kind), raw}, true
}

// verifiesSSH reports whether an SSHSIG is this key's for message. A signature
// for another namespace was made for another purpose, and counts as none.
func (k PublicKey) verifiesSSH(message, signature []byte) bool {
	s, ok := parseSSH(signature)
	if !ok || s.namespace != sshsigNamespace || s.reserved != "" {
		return false
	}
	var sum []byte
	switch s.hash {
	case "sha256":
		h := sha256.Sum256(message)
		sum = h[:]
	case "sha512":
		h := sha512.Sum512(message)
		sum = h[:]
	default:
		return false
	}
	signed := appendWire([]byte(sshsigMagic), []byte(s.namespace), nil, []byte(s.hash), sum)
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return key.Equal(s.public) && s.kind == sshEd25519 && ed25519.Verify(key, signed, s.raw)
	case *ecdsa.PublicKey:
		der, ok := sshECDSA(s.raw)
		h := sha256.Sum256(signed)
		return key.Equal(s.public) && s.kind == sshP256 && ok && ecdsa.VerifyASN1(key, h[:], der)
	}
	return false
}

// sshECDSA turns the two numbers of an OpenSSH signature (RFC 5656, section
// 3.1.2) into the ASN.1 of the same.
func sshECDSA(raw []byte) ([]byte, bool) {
	w := &wire{rest: raw}
	r, s := w.string(), w.string()
	if !w.done() || len(r) > 33 || len(s) > 33 {
		return nil, false
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)})
	return der, err == nil
}
