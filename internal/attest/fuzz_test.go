package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// refusals are the causes that a refused attestation may have.
var refusals = []error{ErrTruncated, ErrForm, ErrHuge, ErrDeep, ErrUnknown, ErrUnsigned, ErrWrongKey, ErrForged, ErrResigned, ErrReplayed}

// properly fails unless err is one refusal with the exit code of refusals.
func properly(t *testing.T, err error) {
	t.Helper()
	kinds := 0
	for _, kind := range refusals {
		if errors.Is(err, kind) {
			kinds++
		}
	}
	if kinds != 1 || diag.ExitCode(err) != diag.ExitAttestation {
		t.Fatalf("refused with %v, which is %d of the kinds", err, kinds)
	}
}

// FuzzStatement reads any bytes. What is accepted is written back as the same
// bytes, has a recipe and a bill of materials, and a copy has the same.
func FuzzStatement(f *testing.F) {
	f.Add(statement(f, sample()))
	f.Add(statement(f, least()))
	f.Add(statement(f, filed()))
	f.Add([]byte(`{"_type":[[[[[[[[[[[[[[[[[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseStatement(data)
		if err != nil {
			properly(t, err)
			return
		}
		again, err := b.Statement()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), string(again)); diff != "" {
			t.Fatal(diff)
		}
		if _, err := b.Recipe(); err != nil {
			t.Fatal(err)
		}
		bom, err := b.SBOM("app", "")
		if err != nil || !json.Valid(bom) {
			t.Fatalf("%v\n%s", err, bom)
		}
	})
}

// FuzzBuild puts any text in the places of a build that hold text. What can be
// written can be read, is the same build, and is canonical.
func FuzzBuild(f *testing.F) {
	f.Add("build", "APP", "value", "release/app", "https://example.com", "name", "1.0")
	f.Add("\u2028", "A B", "\x01\"\\\b\f\r\t", "a/b", "pkg:cargo/", "libc6:i386", "2:1+b%2F~")
	f.Fuzz(func(t *testing.T, command, variable, value, output, remote, name, version string) {
		b := sample()
		b.Command, b.Env[0], b.Git.Remote = []string{command, value}, Variable{variable, value}, remote
		b.Outputs[0].Name, b.Crates[0].Git, b.Crates[2].Registry = output, remote, remote
		b.System.Packages[0], b.System.Source = Package{name, version}, name
		b.Crates[1].Name, b.Crates[1].Version = name, version
		data, err := b.Statement()
		if err != nil {
			return
		}
		again, err := ParseStatement(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := equalBuilds(b.normal(), again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzEnvelope reads any bytes. What is accepted is written back as an envelope
// that says the same, and nobody's key has signed it but the one that did.
func FuzzEnvelope(f *testing.F) {
	key, other := keyNamed(f, "alice"), keyNamed(f, "eve")
	good := sealed(f, statement(f, least()), key)
	f.Add(good.Encode())
	f.Add(sealed(f, nil, key, other).Encode())
	f.Add([]byte(`{"payload":"-_-_","payloadType":"` + PayloadType + `","signatures":[{"sig":"U1NIU0lH"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEnvelope(data)
		if err != nil {
			properly(t, err)
			return
		}
		again, err := ParseEnvelope(e.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatal(diff)
		}
		if _, _, err := e.Open([]PublicKey{key.Public()}); err != nil {
			properly(t, err)
		} else if !bytes.Equal(e.Payload, good.Payload) {
			t.Fatal("a forgery")
		}
	})
}

// FuzzCanonical compares our reading and writing of JSON with encoding/json's.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":[1,true,"x\u0000\ud83d\ude00"],"a":{"":-9}}`, `"\/"`, `[1,]`, `{"a":1,"a":1}`, `"\ud800"`, "1 2", "\"\x7f\u2028\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := scan(data, MaxStatement)
		if err != nil {
			properly(t, err)
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted, and no JSON: %s", data)
		}
		text := canonical(v)
		var theirs, ours any
		if err := json.Unmarshal(data, &theirs); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &ours); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Fatal(diff)
		}
		again, err := scan(text, MaxStatement)
		if err != nil || !bytes.Equal(canonical(again), text) {
			t.Fatalf("%s is %s, %v", text, canonical(again), err)
		}
	})
}

// FuzzKeys reads any bytes as keys and as what a signing program printed.
func FuzzKeys(f *testing.F) {
	pem, err := keyNamed(f, "alice").Public().PEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem)
	f.Add([]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7hZ0mVn1Z5v0M0mXvKcJ7hZ0mVn1Z5v0M0mXvKcJ7h me"))
	f.Add([]byte(minisignComment + " x\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n"))
	f.Add([]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if public, err := ParsePublicKey(data); err == nil {
			again, err := public.PEM()
			if err != nil {
				t.Fatal(err)
			}
			same, err := ParsePublicKey(again)
			if err != nil || same.ID() != public.ID() {
				t.Fatalf("%s is read as %s, %v", public.ID(), same.ID(), err)
			}
			if public.verifies([]byte("message"), data) {
				t.Fatal("a signature by chance")
			}
		}
		if private, err := ParsePrivateKey(data); err == nil {
			s, err := private.Sign(t.Context(), data)
			if err != nil || !private.Public().verifies(data, s.Bytes) {
				t.Fatalf("a key that does not sign: %v", err)
			}
		}
		if signature, err := signatureIn(data); err == nil && (len(signature) < shortest || len(signature) > maxSignature) {
			t.Fatalf("a signature of %d bytes", len(signature))
		}
	})
}

// FuzzEmbed adds notes to any bytes. What can be embedded can be extracted.
func FuzzEmbed(f *testing.F) {
	for _, seed := range programs(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, before := Extract(data)
		out, err := Embed(data, oneRecipe)
		if err != nil {
			if diag.ExitCode(err) != diag.ExitFailed {
				t.Fatal(err)
			}
			return
		}
		if before != nil && !errors.Is(before, ErrNoNote) {
			t.Fatalf("embedded in what cannot be read: %v", before)
		}
		if got, err := Extract(out); err != nil || got != oneRecipe {
			t.Fatalf("extracted %v, %v", got, err)
		}
		if again := mustEmbed(t, out, oneRecipe); !bytes.Equal(again, out) {
			t.Fatal("embedding twice is not embedding once")
		}
		if errors.Is(before, ErrNoNote) {
			embedded(t, data)
		}
	})
}
