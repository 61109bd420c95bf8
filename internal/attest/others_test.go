package attest

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// python runs a script of testdata with a Python that has these modules, or
// skips. HERMETIC_ATTEST_TOOLS may name the directory of one that has.
func python(t *testing.T, modules string) func(dir, script string, args ...string) string {
	t.Helper()
	interpreter := program(t, "python3")
	if out, err := try(t.TempDir(), "", interpreter, "-c", "import "+modules); err != nil {
		t.Skipf("this Python has not all of %s (docs/attestation.md says how to get them): %v\n%s", modules, err, out)
	}
	return func(dir, script string, args ...string) string {
		code := string(read(t, "testdata", script))
		return run(t, dir, "", interpreter, append([]string{"-c", code}, args...)...)
	}
}

// TestInTotoAttestation gives our statements to the Python package of the
// in-toto project, which validates them against its own schema.
func TestInTotoAttestation(t *testing.T) {
	check := python(t, "in_toto_attestation.v1.statement, in_toto_attestation.predicates.provenance.v1.provenance_pb2")
	for name, b := range map[string]*Build{"sample": sample(), "least": least(), "downloads": filed()} {
		dir := t.TempDir()
		write(t, dir, "statement", statement(t, b))
		want := fmt.Sprintf("valid %s %d\nrefused\n", b.normal().Outputs[0].Name, len(b.Outputs))
		if diff := cmp.Diff(want, check(dir, "intoto.py", "statement", b.buildType())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestSecuresystemslib lets securesystemslib, which in-toto and TUF verify with,
// read and verify our envelopes, and ours read and verify its.
func TestSecuresystemslib(t *testing.T) {
	check := python(t, "securesystemslib.dsse, securesystemslib.signer, cryptography")
	for name, key := range map[string]PrivateKey{"ed25519": keyNamed(t, "alice"), "P-256": p256(t)} {
		dir := t.TempDir()
		pem, err := key.Public().PEM()
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "key.pem", pem)
		write(t, dir, "envelope", sealed(t, statement(t, sample()), key).Encode())
		if diff := cmp.Diff("verified\nrefused\n", check(dir, "dsse.py", "envelope", "key.pem")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		theirs := read(t, dir, "theirs")
		e, err := ParseEnvelope(theirs)
		if err != nil {
			t.Fatal(err)
		}
		public, err := ParsePublicKey(read(t, dir, "theirs.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.Open([]PublicKey{key.Public(), public}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCosign signs by `--sign-with 'cosign sign-blob'` as docs/attestation.md
// shows, and lets cosign verify the signature, the envelope of a key of ours,
// and that an output is the one that the statement names.
func TestCosign(t *testing.T) {
	cosign := program(t, "cosign")
	dir := t.TempDir()
	run(t, dir, "", cosign, "generate-key-pair")
	public, err := ParsePublicKey(read(t, dir, "cosign.pub"))
	if err != nil {
		t.Fatal(err)
	}
	b := least()
	write(t, dir, "output", []byte("the bytes of an output\n"))
	b.Outputs[0].SHA256 = sha256Of(t, filepath.Join(dir, "output"))
	line := "'" + cosign + "' sign-blob --yes --key cosign.key --tlog-upload=false"
	if help := run(t, dir, "", cosign, "sign-blob", "--help"); strings.Contains(help, "--use-signing-config") {
		line += " --use-signing-config=false --new-bundle-format=false" // version 3
	}
	env := append(environment(), "HOME="+dir)
	e := sealed(t, statement(t, b), &Command{Line: line + " -", Key: &public, Env: env, Dir: dir, Stderr: os.Stderr})
	if _, _, err := e.Open([]PublicKey{public}); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "pae", PAE(PayloadType, e.Payload))
	write(t, dir, "sig", []byte(base64.StdEncoding.EncodeToString(e.Signatures[0].Bytes)))
	verify := []string{"verify-blob", "--key", "cosign.pub", "--signature", "sig", "--insecure-ignore-tlog=true"}
	if strings.Contains(run(t, dir, "", cosign, "verify-blob", "--help"), "--new-bundle-format") {
		verify = append(verify, "--new-bundle-format=false")
	}
	run(t, dir, "", cosign, append(verify, "pae")...)
	write(t, dir, "other", append(PAE(PayloadType, e.Payload), ' '))
	if out, err := try(dir, "", cosign, append(verify, "other")...); err == nil {
		t.Errorf("cosign verifies anything: %s", out)
	}

	for name, signer := range map[string]Signer{"cosign's": nil, "ours": p256(t), "ours of Ed25519": keyNamed(t, "alice")} {
		key, envelope := "cosign.pub", e
		if signer != nil {
			key, envelope = "ours.pub", sealed(t, e.Payload, signer)
			pem, err := signer.(PrivateKey).Public().PEM()
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, key, pem)
		}
		bundle := `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":""}},"dsseEnvelope":` + string(envelope.Encode()) + `}`
		write(t, dir, "bundle", []byte(bundle))
		verify := []string{"verify-blob-attestation", "--key", key, "--bundle", "bundle", "--insecure-ignore-tlog=true", "--type", "slsaprovenance1"}
		if strings.Contains(run(t, dir, "", cosign, "verify-blob-attestation", "--help"), "--new-bundle-format") {
			verify = append(verify, "--new-bundle-format=true")
		}
		run(t, dir, "", cosign, append(verify, "output")...)
		if out, err := try(dir, "", cosign, append(verify, "pae")...); err == nil {
			t.Errorf("%s: cosign takes another file for the output: %s", name, out)
		}
	}
}

// TestCycloneDX validates our bills of materials with the schema that the
// CycloneDX project ships, and its reading of each package URL with ours.
func TestCycloneDX(t *testing.T) {
	check := python(t, "cyclonedx.validation.json, packageurl, jsonschema")
	for name, b := range map[string]*Build{"sample": sample(), "least": least(), "downloads": filed()} {
		dir := t.TempDir()
		write(t, dir, "bom.json", bill(t, b))
		if diff := cmp.Diff("valid\nrefused\n", check(dir, "bom.py", "bom.json")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func sha256Of(t *testing.T, path string) string {
	t.Helper()
	return digest.Of(read(t, filepath.Dir(path), filepath.Base(path))).Hex()
}
