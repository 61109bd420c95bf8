package attest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// PublicKey is an Ed25519 or ECDSA P-256 key that may verify.
type PublicKey struct {
	key crypto.PublicKey // ed25519.PublicKey or *ecdsa.PublicKey
	id  string
}

// PrivateKey is a key that signs.
type PrivateKey struct {
	key    crypto.Signer
	public PublicKey
}

var errKey = errors.New("not an Ed25519 or ECDSA P-256 key")

// newPublicKey accepts the two kinds of keys.
func newPublicKey(key any) (PublicKey, error) {
	blob, err := opensshBlob(key)
	if err != nil {
		return PublicKey{}, err
	}
	sum := sha256.Sum256(blob)
	return PublicKey{key, "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])}, nil
}

// ID names the key, the same for every file form of it: the fingerprint that
// `ssh-keygen -l` prints. Sigstore's and in-toto's Go programs name keys so, and
// pass over a signature that has another name.
func (k PublicKey) ID() string { return k.id }

// PEM returns the key as a `PUBLIC KEY` block.
func (k PublicKey) PEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// verifies reports whether signature is this key's for message.
func (k PublicKey) verifies(message, signature []byte) bool {
	if isSSH(signature) {
		return k.verifiesSSH(message, signature)
	}
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, sum[:], signature)
	}
	return false
}

// Public returns the half that others may have.
func (k PrivateKey) Public() PublicKey { return k.public }

// Sign implements Signer. Ed25519 signs the message itself, ECDSA its SHA-256.
// The same message always gets the same signature: without a source of chance
// ECDSA takes its nonce from key and message (RFC 6979).
func (k PrivateKey) Sign(_ context.Context, message []byte) (Signature, error) {
	options, signed := crypto.SignerOpts(crypto.Hash(0)), message
	if _, ok := k.key.(*ecdsa.PrivateKey); ok {
		sum := sha256.Sum256(message)
		options, signed = crypto.SHA256, sum[:]
	}
	data, err := k.key.Sign(nil, signed, options)
	return Signature{k.public.id, data}, err
}

// ParsePrivateKey reads a key file: PKCS #8 (`openssl genpkey`), SEC 1
// (`openssl ecparam -genkey`) or OpenSSH's own form (`ssh-keygen`), without a
// passphrase. Errors are diagnostics with exit code diag.ExitUsage.
func ParsePrivateKey(data []byte) (PrivateKey, error) {
	key, err := privateKey(data)
	if err != nil {
		return PrivateKey{}, diag.New(diag.ExitUsage, "this is no key to sign with").Because(err).
			WithHelp("openssl genpkey -algorithm ed25519 -out attest.key")
	}
	return key, nil
}

func privateKey(data []byte) (PrivateKey, error) {
	block, err := onlyBlock(data)
	if err != nil {
		return PrivateKey{}, err
	}
	var key any
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "OPENSSH PRIVATE KEY":
		key, err = opensshPrivate(block.Bytes)
	default:
		err = fmt.Errorf("a block `%.60s`, which is encrypted or of another kind", block.Type)
	}
	if err != nil {
		return PrivateKey{}, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return PrivateKey{}, errKey
	}
	public, err := newPublicKey(signer.Public())
	return PrivateKey{signer, public}, err
}

// ParsePublicKey reads a key file: a PEM block `PUBLIC KEY`, the line of an
// OpenSSH public key, or minisign's public key. Errors are diagnostics with exit
// code diag.ExitUsage.
func ParsePublicKey(data []byte) (PublicKey, error) {
	key, err := publicKey(data)
	if err != nil {
		return PublicKey{}, diag.New(diag.ExitUsage, "this is no key to verify with").Because(err).
			WithHelp("openssl pkey -in attest.key -pubout -out attest.pub")
	}
	return key, nil
}

func publicKey(data []byte) (PublicKey, error) {
	if len(data) > maxKey {
		return PublicKey{}, fmt.Errorf("%w: it has more than %d bytes", errKey, maxKey)
	}
	var key any
	var err error
	switch s := strings.TrimSpace(string(data)); {
	case strings.HasPrefix(s, "ssh-") || strings.HasPrefix(s, "ecdsa-"):
		key, err = opensshLine(s)
	case strings.HasPrefix(s, minisignComment):
		key, err = minisignKey(s)
	default:
		var block *pem.Block
		if block, err = onlyBlock(data); err == nil {
			if block.Type != "PUBLIC KEY" {
				return PublicKey{}, fmt.Errorf("a block `%.60s`, not `PUBLIC KEY`", block.Type)
			}
			key, err = x509.ParsePKIXPublicKey(block.Bytes)
		}
	}
	if err != nil {
		return PublicKey{}, err
	}
	return newPublicKey(key)
}

// onlyBlock is the one PEM block of a file. openssl writes the parameters of a
// curve before its key, which are in the key as well.
func onlyBlock(data []byte) (*pem.Block, error) {
	if len(data) > maxKey {
		return nil, fmt.Errorf("%w: it has more than %d bytes", errKey, maxKey)
	}
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, fmt.Errorf("%w: no PEM block", errKey)
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, fmt.Errorf("%w: several PEM blocks", errKey)
	}
	return block, nil
}
