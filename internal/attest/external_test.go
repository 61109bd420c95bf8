package attest

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// environment is what the commands of these tests get.
func environment() []string { return []string{"PATH=" + os.Getenv("PATH"), "COSIGN_PASSWORD="} }

// TestSignWithOpenSSL signs as docs/attestation.md shows, raw and in base64, and
// verifies with our own reading of the public key.
func TestSignWithOpenSSL(t *testing.T) {
	openssl := program(t, "openssl")
	for name, c := range map[string]struct {
		algorithm []string
		line      string
	}{
		"P-256 raw":            {[]string{"EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, "openssl dgst -sha256 -sign key"},
		"P-256 base64":         {[]string{"EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, "openssl dgst -sha256 -sign key | base64"},
		"P-256 base64, 1 line": {[]string{"EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, "openssl dgst -sha256 -sign key | openssl base64 -A"},
		"ed25519 by a file": {[]string{"ed25519"},
			"cat > message && openssl pkeyutl -sign -inkey key -rawin -in message"},
		"ed25519 base64": {[]string{"ed25519"},
			"cat > message && openssl pkeyutl -sign -inkey key -rawin -in message | base64"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run(t, dir, "", openssl, append([]string{"genpkey", "-out", "key", "-algorithm"}, c.algorithm...)...)
			run(t, dir, "", openssl, "pkey", "-in", "key", "-pubout", "-out", "key.pub")
			_, public := readKeys(t, dir)
			e := sealed(t, statement(t, sample()), &Command{Line: c.line, Key: &public, Env: environment(), Dir: dir, Stderr: os.Stderr})
			if diff := cmp.Diff(public.ID(), e.Signatures[0].KeyID); diff != "" {
				t.Error(diff)
			}
			anonymous := sealed(t, statement(t, sample()), &Command{Line: c.line, Env: environment(), Dir: dir, Stderr: os.Stderr})
			for _, e := range []*Envelope{e, anonymous} {
				if _, _, err := e.Open([]PublicKey{public}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestSignWithSSHKeygen signs as docs/attestation.md shows, with each kind of key
// and each hash, and lets ssh-keygen verify what is in the envelope.
func TestSignWithSSHKeygen(t *testing.T) {
	keygen := sshKeygen(t)
	for name, c := range map[string]struct {
		kind, line string
		good       bool
	}{
		"ed25519":        {"ed25519", "ssh-keygen -Y sign -n file -f key", true},
		"ed25519 sha256": {"ed25519", "ssh-keygen -Y sign -n file -O hashalg=sha256 -f key", true},
		"P-256":          {"ecdsa", "ssh-keygen -Y sign -n file -f key", true},
		"P-256 sha256":   {"ecdsa", "ssh-keygen -Y sign -n file -O hashalg=sha256 -f key", true},
		"other purpose":  {"ed25519", "ssh-keygen -Y sign -n git -f key", false},
		"other message":  {"ed25519", "echo hello | ssh-keygen -Y sign -n file -f key", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run(t, dir, "", keygen, "-q", "-t", c.kind, "-N", "", "-f", "key")
			public, err := ParsePublicKey(read(t, dir, "key.pub"))
			if err != nil {
				t.Fatal(err)
			}
			message := statement(t, sample())
			e, err := Seal(context.Background(), message, &Command{Line: c.line, Key: &public, Env: environment(), Dir: dir})
			if !c.good {
				if err == nil || !strings.Contains(err.Error(), "is not by the key") {
					t.Errorf("signed: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := e.Open([]PublicKey{keyNamed(t, "other").Public(), public}); err != nil {
				t.Error(err)
			}
			sig := base64.StdEncoding.EncodeToString(e.Signatures[0].Bytes)
			write(t, dir, "sig", []byte("-----BEGIN SSH SIGNATURE-----\n"+sig+"\n-----END SSH SIGNATURE-----\n"))
			write(t, dir, "signers", append([]byte("me@example.com "), read(t, dir, "key.pub")...))
			run(t, dir, string(PAE(PayloadType, message)), keygen, "-Y", "verify", "-n", "file", "-I", "me@example.com", "-f", "signers", "-s", "sig")
			e.Payload = statement(t, least())
			if _, err := e.Verify([]PublicKey{public}); err == nil {
				t.Error("the signature is good for another statement")
			}
		})
	}
}

// TestSSHSignatureBits changes every bit of an SSH signature.
func TestSSHSignatureBits(t *testing.T) {
	keygen := sshKeygen(t)
	for _, kind := range []string{"ed25519", "ecdsa"} {
		dir := t.TempDir()
		run(t, dir, "", keygen, "-q", "-t", kind, "-N", "", "-f", "key")
		public, err := ParsePublicKey(read(t, dir, "key.pub"))
		if err != nil {
			t.Fatal(err)
		}
		e := sealed(t, statement(t, least()), &Command{Line: "ssh-keygen -Y sign -n file -f key", Key: &public, Env: environment(), Dir: dir})
		good := e.Signatures[0].Bytes
		for i := range good {
			changed := bytes.Clone(good)
			changed[i] ^= 1 << (i % 8)
			e.Signatures[0].Bytes = changed
			if _, err := e.Verify([]PublicKey{public}); err == nil {
				t.Errorf("%s: byte %d may be another", kind, i)
			}
		}
	}
}

// TestSignWithMinisign signs as docs/attestation.md shows. The minisign of
// its author, which Debian has, knows `-l`; without it, and by other programs of
// that name, only a hash is signed, which is refused.
func TestSignWithMinisign(t *testing.T) {
	minisign := program(t, "minisign")
	dir := t.TempDir()
	if help, err := try(dir, "", minisign, "-h"); !strings.Contains(help, "-l ") {
		t.Skipf("this minisign can sign hashes only: %v", err)
	}
	run(t, dir, "", minisign, "-G", "-W", "-p", "key.pub", "-s", "key")
	public, err := ParsePublicKey(read(t, dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	const script = ` -s key -m message -x signature >&2 && cat signature`
	hashed := &Command{Line: "cat > message && '" + minisign + "' -S" + script, Key: &public, Env: environment(), Dir: dir}
	if _, err := hashed.Sign(context.Background(), []byte("x")); err == nil || !strings.Contains(err.Error(), errPrehashed.Error()) {
		t.Errorf("a signature of a hash: %v", err)
	}
	e := sealed(t, statement(t, sample()), &Command{Line: "cat > message && '" + minisign + "' -S -l" + script, Key: &public, Env: environment(), Dir: dir})
	if _, _, err := e.Open([]PublicKey{public}); err != nil {
		t.Error(err)
	}
}

// TestCommandFails lists commands that do not sign.
func TestCommandFails(t *testing.T) {
	public := keyNamed(t, "alice").Public()
	for name, c := range map[string]struct{ line, want string }{
		"fails":            {"exit 3", "exit status 3"},
		"signs and fails":  {"head -c 64 /dev/zero; exit 1", "exit status 1"},
		"dies":             {"kill -9 $$", "signal: killed"},
		"says nothing":     {"true", "wrote nothing"},
		"white space":      {"echo", "wrote nothing"},
		"too little":       {"printf x", "wrote 1 bytes"},
		"short base64":     {"printf AAAA", "wrote 4 bytes"},
		"never ends":       {"exec cat /dev/zero", errMuch.Error()},
		"much":             {"head -c 20000 /dev/zero", "wrote 20000 bytes"},
		"wrong signature":  {"head -c 64 /dev/zero", "is not by the key"},
		"damaged armour":   {"echo '-----BEGIN SSH SIGNATURE-----'", "damaged"},
		"other armour":     {"printf '%s\n' '-----BEGIN SSH SIGNATURE-----' AAAA '-----END SSH SIGNATURE-----'", "damaged"},
		"damaged minisign": {"echo 'untrusted comment: x'", "not a file of minisign"},
		"no such program":  {"./does-not-exist", "exit status 127"},
		"no environment":   {`test -z "$HOME" && test -z "$PWDX" && exit 4`, "exit status 4"},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			_, err := (&Command{Line: c.line, Key: &public, Dir: t.TempDir(), Stderr: &said}).Sign(context.Background(), []byte("message"))
			if diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestCommandCancelled cancels a command that waits for a child which has our
// pipes and outlives it.
func TestCommandCancelled(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "", "mkfifo", "started", "held")
	held, err := os.OpenFile(filepath.Join(dir, "held"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { // the child ends
		if err := held.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		if data, err := os.ReadFile(filepath.Join(dir, "started")); err != nil || string(data) != "now\n" {
			t.Errorf("%q, %v", data, err)
		}
	}()
	before := time.Now()
	_, err = (&Command{Line: "(exec <held; echo now >started; exec cat) & wait", Env: environment(), Dir: dir}).Sign(ctx, nil)
	if err == nil {
		t.Error("a cancelled command signed")
	}
	if d := time.Since(before); d > time.Minute {
		t.Errorf("it took %v", d)
	}
}
