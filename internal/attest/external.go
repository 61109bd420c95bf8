package attest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Command signs with the program of `--sign-with`, for keys that live in a
// token, a cloud or an agent. The shell runs it. It gets the message (the PAE of
// the envelope) on its standard input and writes the signature to its standard
// output; docs/attestation.md lists the forms that are read, with examples.
//
// A program that ends with anything but 0, says nothing, or says what is no
// signature fails the signing. With Key, its signature is verified before
// anybody relies on it, and carries the key's name; without, it carries none.
type Command struct {
	Line   string
	Key    *PublicKey
	Env    []string  // NAME=VALUE; the whole environment of the command
	Dir    string    // where it runs
	Stderr io.Writer // for what it says to the user
}

// Sign implements Signer.
func (c *Command) Sign(ctx context.Context, message []byte) (Signature, error) {
	out := &limited{left: maxSignature * 2}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", c.Line)
	cmd.Env = append([]string{}, c.Env...) // nil would be the environment of this process
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Dir, bytes.NewReader(message), out, c.Stderr
	cmd.WaitDelay = time.Second // after a cancellation, for what it left with our pipes
	if err := cmd.Run(); out.left < 0 {
		return Signature{}, c.failed(errMuch)
	} else if err != nil {
		return Signature{}, c.failed(err)
	}
	data, err := signatureIn(out.kept)
	if err != nil {
		return Signature{}, c.failed(err)
	}
	if c.Key == nil {
		return Signature{Bytes: data}, nil
	}
	if !c.Key.verifies(message, data) {
		return Signature{}, c.failed(fmt.Errorf("its signature is not by the key %s", c.Key.ID()))
	}
	return Signature{c.Key.ID(), data}, nil
}

func (c *Command) failed(err error) error {
	return diag.New(diag.ExitFailed, "`%s` did not sign", c.Line).Because(err).
		WithHelp("it gets what is to be signed on its standard input and writes the signature to its standard output")
}

var errMuch = errors.New("it writes more than any signature has")

// limited keeps what is written to it, and fails the writer beyond a bound. It
// is no bytes.Buffer, whose ReadFrom would be used in place of Write.
type limited struct {
	kept []byte
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errMuch
	}
	l.kept = append(l.kept, p...)
	return len(p), nil
}

const sshArmour = "SSH SIGNATURE"

// signatureIn finds the signature in what a program wrote: the armour of
// ssh-keygen, the file of minisign, base64, or else the bytes as they are. What
// is valid base64 of as many bytes as a signature has is taken for that: that
// raw bytes are so by chance has the probability 2^-128.
func signatureIn(out []byte) ([]byte, error) {
	trimmed := strings.TrimSpace(string(out))
	switch {
	case trimmed == "":
		return nil, errors.New("it wrote nothing")
	case strings.HasPrefix(trimmed, "-----BEGIN "+sshArmour):
		block, rest := pem.Decode(out)
		if block == nil || block.Type != sshArmour || len(bytes.TrimSpace(rest)) > 0 || !isSSH(block.Bytes) {
			return nil, errors.New("its SSH signature is damaged")
		}
		return within(block.Bytes)
	case strings.HasPrefix(trimmed, minisignComment):
		return minisignBody(trimmed, 64)
	}
	if data, err := base64.StdEncoding.Strict().DecodeString(trimmed); err == nil && len(data) >= shortest {
		return within(data)
	}
	return within(out)
}

// shortest is fewer bytes than any signature of these kinds has: Ed25519 has 64,
// and an ECDSA P-256 signature in ASN.1 has fewer than 54 less often than once in
// 2^64.
const shortest = 54

func within(signature []byte) ([]byte, error) {
	if len(signature) < shortest || len(signature) > maxSignature {
		return nil, fmt.Errorf("it wrote %d bytes, and no signature has so many", len(signature))
	}
	return signature, nil
}
