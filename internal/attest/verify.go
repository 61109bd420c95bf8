package attest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Verify returns those of the trusted keys that signed the envelope, in the order
// in which they were given; there is at least one if the error is nil.
//
// Signatures by others may stand beside a trusted one: they prove nothing and
// harm nothing. But a signature that names a trusted key and is not by that key
// is an attempt at something, and is refused whatever else is there.
func (e *Envelope) Verify(trusted []PublicKey) ([]PublicKey, error) {
	if len(e.Signatures) == 0 {
		return nil, refuse(ErrUnsigned, "the envelope has no signature")
	}
	message := PAE(PayloadType, e.Payload)
	var signers []PublicKey
	forged, strangers := "", 0
	for _, s := range e.Signatures {
		by := slices.IndexFunc(trusted, func(k PublicKey) bool { return k.verifies(message, s.Bytes) })
		named := slices.IndexFunc(trusted, func(k PublicKey) bool { return k.id == s.KeyID })
		switch {
		case by >= 0 && named >= 0 && by != named:
			return nil, refuse(ErrResigned, "a signature names the key %s, and %s made it", trusted[named].id, trusted[by].id)
		case by >= 0:
			signers = append(signers, trusted[by])
		case named >= 0:
			forged = trusted[named].id
		default:
			strangers++
		}
	}
	switch {
	case forged != "" && strangers > 0:
		return nil, refuse(ErrResigned, "the signature of %s is not of this content, and a key that is not trusted signed as well", forged)
	case forged != "":
		return nil, refuse(ErrForged, "the signature of %s is not of this content", forged)
	case len(signers) == 0:
		return nil, refuse(ErrWrongKey, "none of %d signatures is by one of %d trusted keys", len(e.Signatures), len(trusted)).
			Note("the envelope names: %s", e.keyIDs())
	}
	return inOrder(trusted, signers), nil
}

// inOrder is the trusted keys that are among the signers, each once.
func inOrder(trusted, signers []PublicKey) []PublicKey {
	var out []PublicKey
	for _, k := range trusted {
		same := func(s PublicKey) bool { return s.id == k.id }
		if slices.ContainsFunc(signers, same) && !slices.ContainsFunc(out, same) {
			out = append(out, k)
		}
	}
	return out
}

// keyIDs lists what the signatures say of themselves. They are quoted: anybody
// may have written them.
func (e *Envelope) keyIDs() string {
	var ids []string
	for _, s := range e.Signatures {
		if s.KeyID == "" {
			ids = append(ids, "no key")
		} else {
			ids = append(ids, fmt.Sprintf("%.80q", s.KeyID))
		}
	}
	return strings.Join(ids, ", ")
}

// Open verifies an envelope and reads its statement, in that order, so that no
// line of a statement is parsed that nobody trusted wrote.
func (e *Envelope) Open(trusted []PublicKey) (*Build, []PublicKey, error) {
	signers, err := e.Verify(trusted)
	if err != nil {
		return nil, nil, err
	}
	b, err := ParseStatement(e.Payload)
	return b, signers, err
}

// Expectation is what somebody wants an attestation to be about. Zero fields
// expect nothing.
type Expectation struct {
	Outputs []Output      // each is there with this SHA-256; Embedded does not count
	World   digest.Digest // the world that was planned from the source at hand
	Root    digest.Digest // the root at hand
	Commit  string        // the commit that was asked for
}

// Expect refuses a valid attestation that is of something else: one that was
// moved to other files, to another source or to another world.
func (b *Build) Expect(want Expectation) error {
	for _, o := range want.Outputs {
		i := slices.IndexFunc(b.Outputs, func(have Output) bool { return have.Name == o.Name })
		if i < 0 {
			return refuse(ErrReplayed, "it does not speak of the output %.200q", o.Name)
		}
		if b.Outputs[i].SHA256 != o.SHA256 {
			return refuse(ErrReplayed, "the output %.200q has SHA-256 %.64s there and %.64s here", o.Name, b.Outputs[i].SHA256, o.SHA256)
		}
	}
	for _, c := range []struct {
		what       string
		have, want digest.Digest
	}{{"world", b.World.Digest, want.World}, {"root", b.Root, want.Root}} {
		if !c.want.IsZero() && c.have != c.want {
			return refuse(ErrReplayed, "the %s is %s there and %s here", c.what, c.have, c.want)
		}
	}
	if want.Commit == "" {
		return nil
	}
	switch {
	case b.Git == nil:
		return refuse(ErrReplayed, "it names no commit, and %.64s is expected", want.Commit)
	case b.Git.Commit != want.Commit:
		return refuse(ErrReplayed, "the commit is %s there and %.64s here", b.Git.Commit, want.Commit)
	case !b.Git.Clean:
		return refuse(ErrReplayed, "its root was not as the commit %s has it", b.Git.Commit)
	}
	return nil
}
