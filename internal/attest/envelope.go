package attest

import (
	"context"
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Envelope is a DSSE envelope (github.com/secure-systems-lab/dsse, version 1.0)
// with the payload type of in-toto. Nobody has checked its signatures until
// Verify did, and until then the payload is a stranger's word.
type Envelope struct {
	Payload    []byte
	Signatures []Signature
}

// Signature is one signature of an envelope.
type Signature struct {
	KeyID string // a hint, signed by nobody; empty if the signer gave none
	Bytes []byte // Ed25519: 64 bytes; ECDSA: ASN.1; OpenSSH: the whole SSHSIG
}

// Signer makes one signature of a message.
type Signer interface {
	Sign(ctx context.Context, message []byte) (Signature, error)
}

// PAE is what is signed in place of a payload: its type and itself, each with
// its length (DSSE, protocol.md), so that no payload passes for one of another
// type.
func PAE(payloadType string, payload []byte) []byte {
	b := []byte("DSSEv1 " + strconv.Itoa(len(payloadType)) + " " + payloadType + " " + strconv.Itoa(len(payload)) + " ")
	return append(b, payload...)
}

// Seal puts a statement in an envelope with a signature by each signer.
func Seal(ctx context.Context, statement []byte, signers ...Signer) (*Envelope, error) {
	e := &Envelope{Payload: statement}
	for _, s := range signers {
		signature, err := s.Sign(ctx, PAE(PayloadType, statement))
		if err != nil {
			return nil, diag.Wrap(err, "signing the attestation")
		}
		e.Signatures = append(e.Signatures, signature)
	}
	return e, nil
}

// Encode writes the envelope in canonical JSON and one line feed.
func (e *Envelope) Encode() []byte {
	return append(canonical(object{
		"payload":     base64.StdEncoding.EncodeToString(e.Payload),
		"payloadType": PayloadType,
		"signatures": array(e.Signatures, func(s Signature) any {
			return object{"keyid": s.KeyID, "sig": base64.StdEncoding.EncodeToString(s.Bytes)}
		}),
	}), '\n')
}

// Read reads an envelope and no more of a stream than the largest envelope has.
func Read(r io.Reader) (*Envelope, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxEnvelope+1))
	if err != nil {
		return nil, diag.Wrap(err, "reading the attestation")
	}
	return ParseEnvelope(data)
}

// ParseEnvelope reads an envelope. Other programs may have written it: order of
// keys, white space and either alphabet of base64 are free. Keys that are not
// known are refused, because no signature covers them.
func ParseEnvelope(data []byte) (*Envelope, error) {
	v, err := scan(data, MaxEnvelope)
	if err != nil {
		return nil, err
	}
	o, err := only(v, "the envelope", "payload", "payloadType", "signatures")
	if err != nil {
		return nil, err
	}
	if kind, ok := o["payloadType"].(string); !ok || kind != PayloadType {
		return nil, refuse(ErrUnknown, "its `payloadType` is %.200q, and only `%s` is known", text(o["payloadType"]), PayloadType)
	}
	e := &Envelope{}
	if e.Payload, err = base64Text(o["payload"], "payload", MaxStatement); err != nil {
		return nil, err
	}
	signatures, ok := o["signatures"].([]any)
	switch {
	case !ok:
		return nil, refuse(ErrForm, "its `signatures` are no array")
	case len(signatures) > maxSigners:
		return nil, refuse(ErrHuge, "it has %d signatures, and %d are read", len(signatures), maxSigners)
	}
	for _, v := range signatures {
		s, err := parseSignature(v)
		if err != nil {
			return nil, err
		}
		e.Signatures = append(e.Signatures, s)
	}
	return e, nil
}

func parseSignature(v any) (Signature, error) {
	o, err := only(v, "a signature", "keyid", "sig")
	if err != nil {
		return Signature{}, err
	}
	id, given := o["keyid"]
	if _, ok := id.(string); given && !ok {
		return Signature{}, refuse(ErrForm, "the `keyid` of a signature is no text")
	}
	data, err := base64Text(o["sig"], "sig", maxSignature)
	if err == nil && len(data) == 0 {
		err = refuse(ErrForm, "a signature is empty")
	}
	return Signature{text(id), data}, err
}

// only is v as an object with no keys but these.
func only(v any, what string, keys ...string) (object, error) {
	o, ok := v.(object)
	if !ok {
		return nil, refuse(ErrForm, "%s is no object", what)
	}
	known := 0
	for _, key := range keys {
		if _, there := o[key]; there {
			known++
		}
	}
	if known != len(o) {
		return nil, refuse(ErrForm, "%s has keys besides `%s`", what, strings.Join(keys, "`, `"))
	}
	return o, nil
}

// base64Text decodes a field in one of the two alphabets that DSSE allows, with
// padding, without line breaks and without stray bits at the end: of all the
// texts that lenient readers take for the same bytes, the one of each alphabet.
func base64Text(v any, name string, limit int) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return nil, refuse(ErrForm, "its `%s` is missing or no text", name)
	}
	if base64.StdEncoding.DecodedLen(len(s)) > limit+2 {
		return nil, refuse(ErrHuge, "its `%s` has more than %d bytes", name, limit)
	}
	encoding := base64.StdEncoding.Strict()
	if strings.ContainsAny(s, "-_") {
		encoding = base64.URLEncoding.Strict()
	}
	data, err := encoding.DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, refuse(ErrForm, "its `%s` is not plain base64", name)
	}
	return data, nil
}
