package attest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// program is the path of another tool, or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("HERMETIC_ATTEST_TOOLS")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("this host has no %s: %v (docs/attestation.md says how to get it)", name, err)
	}
	return path
}

// sshKeygen is the path of ssh-keygen, which serves only users that have a name.
func sshKeygen(t *testing.T) string {
	t.Helper()
	path := program(t, "ssh-keygen")
	if out, err := exec.Command(path, "-l", "-f", os.DevNull).CombinedOutput(); err != nil && strings.HasPrefix(string(out), "No user exists") {
		t.Skipf("ssh-keygen: %s", bytes.TrimSpace(out))
	}
	return path
}

// run runs another tool in a directory and returns what it printed.
func run(t *testing.T, dir, stdin, name string, args ...string) string {
	t.Helper()
	out, err := try(dir, stdin, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return out
}

func try(dir, stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "COSIGN_PASSWORD=", "HOME="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestKeysOfOthers makes keys in every form with openssl and ssh-keygen, and
// asks that the private and the public file be the same key, that it sign, and
// that the tools that made it find the signature good.
func TestKeysOfOthers(t *testing.T) {
	openssl, keygen := program(t, "openssl"), sshKeygen(t)
	for name, c := range map[string]struct {
		private, public []string
	}{
		"ed25519 PKCS8": {[]string{openssl, "genpkey", "-algorithm", "ed25519", "-out", "key"}, []string{openssl, "pkey", "-in", "key", "-pubout", "-out", "key.pub"}},
		"P-256 PKCS8": {[]string{openssl, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key"},
			[]string{openssl, "pkey", "-in", "key", "-pubout", "-out", "key.pub"}},
		"P-256 SEC1": {[]string{openssl, "ecparam", "-name", "prime256v1", "-genkey", "-out", "key"},
			[]string{openssl, "pkey", "-in", "key", "-pubout", "-out", "key.pub"}},
		"ed25519 OpenSSH":         {[]string{keygen, "-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", "key"}, nil},
		"P-256 PEM of ssh-keygen": {[]string{keygen, "-q", "-t", "ecdsa", "-b", "256", "-m", "PEM", "-N", "", "-f", "key"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run(t, dir, "", c.private[0], c.private[1:]...)
			if c.public != nil {
				run(t, dir, "", c.public[0], c.public[1:]...)
			}
			private, public := readKeys(t, dir)
			if diff := cmp.Diff(public.ID(), private.Public().ID()); diff != "" {
				t.Fatal(diff)
			}
			if strings.HasSuffix(name, "OpenSSH") || strings.HasSuffix(name, "ssh-keygen") {
				if diff := cmp.Diff(public.ID(), strings.Fields(run(t, dir, "", keygen, "-l", "-f", "key.pub"))[1]); diff != "" {
					t.Error(diff)
				}
			}
			message := []byte("a message")
			s, err := private.Sign(context.Background(), message)
			if err != nil {
				t.Fatal(err)
			}
			if !public.verifies(message, s.Bytes) || public.verifies([]byte("another"), s.Bytes) {
				t.Error("the signature is not good, or good for anything")
			}
			pem, err := public.PEM()
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "public.pem", pem)
			write(t, dir, "message", message)
			write(t, dir, "signature", s.Bytes)
			if strings.Contains(name, "ed25519") {
				run(t, dir, "", openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message", "-sigfile", "signature")
			} else {
				run(t, dir, "", openssl, "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "message")
			}
		})
	}
}

func readKeys(t *testing.T, dir string) (PrivateKey, PublicKey) {
	t.Helper()
	private, err := ParsePrivateKey(read(t, dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublicKey(read(t, dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestKeysRefused makes keys that do not sign here, and damages good ones.
func TestKeysRefused(t *testing.T) {
	openssl, keygen := program(t, "openssl"), sshKeygen(t)
	for name, c := range map[string]struct {
		make []string
		want string
	}{
		"RSA":                {[]string{openssl, "genpkey", "-algorithm", "RSA", "-out", "key"}, "not an Ed25519 or ECDSA P-256 key"},
		"P-384":              {[]string{openssl, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "key"}, "another curve"},
		"X25519":             {[]string{openssl, "genpkey", "-algorithm", "X25519", "-out", "key"}, "not an Ed25519 or ECDSA P-256 key"},
		"encrypted PKCS8":    {[]string{openssl, "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out", "key"}, "ENCRYPTED PRIVATE KEY"},
		"encrypted OpenSSH":  {[]string{keygen, "-q", "-t", "ed25519", "-N", "secret", "-f", "key"}, "passphrase"},
		"ECDSA OpenSSH":      {[]string{keygen, "-q", "-t", "ecdsa", "-N", "", "-f", "key"}, "ecdsa-sha2-nistp256"},
		"RSA OpenSSH":        {[]string{keygen, "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", "key"}, "ssh-rsa"},
		"no PEM at all":      {[]string{"/bin/sh", "-c", "echo hello > key"}, "no PEM block"},
		"two keys":           {[]string{"/bin/sh", "-c", "'" + openssl + "' genpkey -algorithm ed25519 > k && cat k k > key"}, "several PEM blocks"},
		"public for private": {[]string{"/bin/sh", "-c", "'" + openssl + "' genpkey -algorithm ed25519 | '" + openssl + "' pkey -pubout > key"}, "`PUBLIC KEY`"},
		"huge":               {[]string{"/bin/sh", "-c", "head -c 100000 /dev/zero > key"}, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run(t, dir, "", c.make[0], c.make[1:]...)
			_, err := ParsePrivateKey(read(t, dir, "key"))
			if diag.ExitCode(err) != diag.ExitUsage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestPublicKeysRefused lists lines that are no keys.
func TestPublicKeysRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":           "",
		"private":         "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"only a kind":     "ssh-ed25519",
		"no base64":       "ssh-ed25519 %%%%",
		"another kind":    "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA",
		"short":           "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==",
		"two lines":       "ssh-ed25519 AAAA\nssh-ed25519 AAAA",
		"minisign short":  minisignComment + " x\nRWQ=\n",
		"minisign binary": minisignComment + " x\n\x00\xff\n",
		"huge":            strings.Repeat("x", maxKey+1),
	} {
		if _, err := ParsePublicKey([]byte(text)); diag.ExitCode(err) != diag.ExitUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
}
