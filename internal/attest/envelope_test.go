package attest

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// keyNamed is the Ed25519 key that a name gives.
func keyNamed(t testing.TB, name string) PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	key := ed25519.NewKeyFromSeed(seed[:])
	public, err := newPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return PrivateKey{key, public}
}

// p256 is a new ECDSA key.
func p256(t testing.TB) PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := newPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return PrivateKey{key, public}
}

func sealed(t testing.TB, payload []byte, signers ...Signer) *Envelope {
	t.Helper()
	e, err := Seal(context.Background(), payload, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestPAE is the example of the DSSE specification, protocol.md.
func TestPAE(t *testing.T) {
	want := "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
	if diff := cmp.Diff(want, string(PAE("http://example.com/HelloWorld", []byte("hello world")))); diff != "" {
		t.Error(diff)
	}
}

// TestSealAndOpen goes the whole way of one attestation with each kind of key.
func TestSealAndOpen(t *testing.T) {
	for _, key := range []PrivateKey{keyNamed(t, "alice"), p256(t)} {
		e := sealed(t, statement(t, sample()), key)
		if diff := cmp.Diff(e, sealed(t, statement(t, sample()), key)); diff != "" {
			t.Error("signed again, it is another envelope:", diff)
		}
		read, err := Read(strings.NewReader(string(e.Encode())))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, read); diff != "" {
			t.Error(diff)
		}
		b, signers, err := read.Open([]PublicKey{keyNamed(t, "other").Public(), key.Public()})
		if err != nil {
			t.Fatal(err)
		}
		if diff := equalBuilds(sample().normal(), b); diff != "" {
			t.Error(diff)
		}
		if len(signers) != 1 || signers[0].ID() != key.Public().ID() {
			t.Errorf("signed by %v", signers)
		}
	}
	golden(t, "envelope.json", sealed(t, statement(t, sample()), keyNamed(t, "alice")).Encode())
}

// TestVerify is the table of who signed what under which name, and what follows.
func TestVerify(t *testing.T) {
	alice, bob, eve := keyNamed(t, "alice"), keyNamed(t, "bob"), keyNamed(t, "eve")
	payload, other := statement(t, sample()), statement(t, least())
	by := func(k PrivateKey, payload []byte, name string) Signature {
		s := sealed(t, payload, k).Signatures[0]
		s.KeyID = name
		return s
	}
	a, b, x := alice.Public().ID(), bob.Public().ID(), eve.Public().ID()
	for name, c := range map[string]struct {
		signatures []Signature
		want       error
		signers    string
	}{
		"nobody":                    {nil, ErrUnsigned, ""},
		"trusted":                   {[]Signature{by(alice, payload, a)}, nil, "alice"},
		"without a name":            {[]Signature{by(alice, payload, "")}, nil, "alice"},
		"under a name of others":    {[]Signature{by(alice, payload, "SHA256:of-another-tool")}, nil, "alice"},
		"both":                      {[]Signature{by(bob, payload, b), by(alice, payload, a)}, nil, "alice bob"},
		"twice the same":            {[]Signature{by(alice, payload, a), by(alice, payload, a)}, nil, "alice"},
		"a stranger beside":         {[]Signature{by(eve, payload, x), by(alice, payload, a)}, nil, "alice"},
		"wrong key":                 {[]Signature{by(eve, payload, x)}, ErrWrongKey, ""},
		"wrong key, no name":        {[]Signature{by(eve, payload, "")}, ErrWrongKey, ""},
		"of other content":          {[]Signature{by(alice, other, a)}, ErrForged, ""},
		"of other content, no name": {[]Signature{by(alice, other, "")}, ErrWrongKey, ""},
		"forged in her name":        {[]Signature{by(eve, payload, a)}, ErrForged, ""},
		"one good and one forged":   {[]Signature{by(bob, payload, b), by(eve, payload, a)}, ErrForged, ""},
		"re-signed beside":          {[]Signature{by(alice, other, a), by(eve, payload, x)}, ErrResigned, ""},
		"re-signed by a colleague":  {[]Signature{by(bob, payload, a)}, ErrResigned, ""},
		"garbage":                   {[]Signature{{a, []byte("garbage")}}, ErrForged, ""},
		"an SSH signature cut off":  {[]Signature{{a, []byte(sshsigMagic)}}, ErrForged, ""},
	} {
		e := &Envelope{Payload: payload, Signatures: c.signatures}
		signers, err := e.Verify([]PublicKey{alice.Public(), bob.Public()})
		if !errors.Is(err, c.want) || (err != nil && diag.ExitCode(err) != diag.ExitAttestation) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		var names []string
		for _, k := range signers {
			names = append(names, map[string]string{a: "alice", b: "bob", x: "eve"}[k.ID()])
		}
		if diff := cmp.Diff(c.signers, strings.Join(names, " ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := sealed(t, payload, alice).Verify(nil); !errors.Is(err, ErrWrongKey) {
		t.Errorf("without any trusted key: %v", err)
	}
}

// TestOpenVerifiesFirst shows that what nobody trusted signed is not parsed.
func TestOpenVerifiesFirst(t *testing.T) {
	alice, eve := keyNamed(t, "alice"), keyNamed(t, "eve")
	if _, _, err := sealed(t, []byte("no statement"), eve).Open([]PublicKey{alice.Public()}); !errors.Is(err, ErrWrongKey) {
		t.Error(err)
	}
	if _, _, err := sealed(t, []byte(`"no statement"`), alice).Open([]PublicKey{alice.Public()}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}
