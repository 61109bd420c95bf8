package attest

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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

// TestEveryBit changes every bit of an envelope. Either the file is refused, or
// it still says the same.
func TestEveryBit(t *testing.T) {
	key := keyNamed(t, "alice")
	data := sealed(t, statement(t, least()), key).Encode()
	same := 0
	for i := range data {
		for bit := range 8 {
			changed := []byte(string(data))
			changed[i] ^= 1 << bit
			e, err := ParseEnvelope(changed)
			var b *Build
			if err == nil {
				b, _, err = e.Open([]PublicKey{key.Public()})
			}
			if err == nil {
				same++
				if diff := equalBuilds(least().normal(), b); diff != "" {
					t.Fatalf("bit %d of byte %d: %s", bit, i, diff)
				}
			} else if diag.ExitCode(err) != diag.ExitAttestation {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
	// The line feed at the end may be another white space, and the hint of who
	// signed may be any text.
	if id := len(key.Public().ID()); same == 0 || same > 8*(id+1) {
		t.Errorf("%d changes passed", same)
	}
}

// TestEveryLength cuts an envelope everywhere.
func TestEveryLength(t *testing.T) {
	data := sealed(t, statement(t, least()), keyNamed(t, "alice")).Encode()
	for n := range len(data) - 1 {
		if _, err := ParseEnvelope(data[:n]); !errors.Is(err, ErrTruncated) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Fatalf("%d bytes of %d: %v", n, len(data), err)
		}
	}
}

// TestPayloadCutOff cuts the statement inside of a whole envelope, signed so.
func TestPayloadCutOff(t *testing.T) {
	key, data := keyNamed(t, "alice"), statement(t, least())
	for n := range data {
		if _, _, err := sealed(t, data[:n], key).Open([]PublicKey{key.Public()}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// TestMalformed lists envelopes that some readers take and we do not.
func TestMalformed(t *testing.T) {
	sig := base64.StdEncoding.EncodeToString(make([]byte, 64))
	good := `{"payload":"eyJ9","payloadType":"` + PayloadType + `","signatures":[{"keyid":"k","sig":"` + sig + `"}]}`
	if _, err := ParseEnvelope([]byte(good)); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatal(old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"trailing value":        {good + "{}", ErrForm},
		"trailing text":         {good + "x", ErrForm},
		"trailing NUL":          {good + "\x00", ErrForm},
		"two lines of JSON":     {good + "\n" + good, ErrForm},
		"byte order mark":       {"\ufeff" + good, ErrForm},
		"key twice":             {change(`{"payload"`, `{"payload":"e30=","payload"`), ErrForm},
		"key twice by escape":   {change(`{"payload"`, `{"payl\u006fad":"e30=","payload"`), ErrForm},
		"signature key twice":   {change(`{"keyid"`, `{"sig":"AA==","keyid"`), ErrForm},
		"another key":           {change(`{"payload"`, `{"x":1,"payload"`), ErrForm},
		"key in capitals":       {change(`"payload"`, `"Payload"`), ErrForm},
		"another signature key": {change(`{"keyid"`, `{"cert":"","keyid"`), ErrForm},
		"no payload":            {change(`"payload":"eyJ9",`, ``), ErrForm},
		"payload is null":       {change(`"eyJ9"`, `null`), ErrForm},
		"payload is a number":   {change(`"eyJ9"`, `1`), ErrForm},
		"no signatures":         {change(`"signatures":[{"keyid":"k","sig":"`+sig+`"}]`, `"signatures":{}`), ErrForm},
		"signature is text":     {change(`[{"keyid":"k","sig":"`+sig+`"}]`, `["x"]`), ErrForm},
		"empty signature":       {change(sig, ""), ErrForm},
		"key id is a number":    {change(`"k"`, `1`), ErrForm},
		"another type":          {change(PayloadType, "application/json"), ErrUnknown},
		"type in capitals":      {change(PayloadType, "application/vnd.in-toto+JSON"), ErrUnknown},
		"type with parameter":   {change(PayloadType, PayloadType+"; v=1"), ErrUnknown},
		"no type":               {change(`"payloadType":"`+PayloadType+`",`, ``), ErrUnknown},
		"base64 unpadded":       {change("eyJ9", "e30"), ErrForm},
		"base64 line feed":      {change("eyJ9", `eyJ9\n`), ErrForm},
		"base64 space":          {change("eyJ9", "eyJ9 "), ErrForm},
		"base64 stray bits":     {change("eyJ9", "eyK="), ErrForm},
		"base64 two alphabets":  {change("eyJ9", "-_+/"), ErrForm},
		"not UTF-8":             {change(`"k"`, "\"\xff\""), ErrForm},
		"fraction":              {change(`"k"`, `1.5`), ErrForm},
		"huge number":           {change(`"k"`, `9007199254740992`), ErrForm},
		"exponent":              {change(`"k"`, `1e3`), ErrForm},
		"minus zero":            {change(`"k"`, `-0`), ErrForm},
		"an array":              {`[` + good + `]`, ErrForm},
		"a text":                {`"x"`, ErrForm},
		"no JSON":               {`hello`, ErrForm},
		"a comma too many":      {change(`}]`, `},]`), ErrForm},
		"single quotes":         {`{'payload':1}`, ErrForm},
		"empty":                 {"", ErrTruncated},
		"white space":           {" \n", ErrTruncated},
	} {
		if _, err := ParseEnvelope([]byte(c.text)); !errors.Is(err, c.want) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, text := range map[string]string{
		"white space":  " \n\t" + change(":", " : ") + "\r\n",
		"url alphabet": change("eyJ9", "-_-_"), "padded": change("eyJ9", "e30="), "no key id": change(`"keyid":"k",`, ""),
	} {
		if _, err := ParseEnvelope([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
