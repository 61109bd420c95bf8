package attest

import (
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Why an attestation is refused. Every refusal is a *diag.Diagnostic with exit
// code diag.ExitAttestation whose cause is one of these.
var (
	ErrTruncated = errors.New("the attestation ends too early")
	ErrForm      = errors.New("the attestation is not in the form that is written")
	ErrHuge      = errors.New("the attestation is larger than any that is read")
	ErrDeep      = errors.New("the attestation is nested deeper than any that is read")
	ErrUnknown   = errors.New("the attestation is of a kind that this version does not know")
	ErrUnsigned  = errors.New("nobody signed the attestation")
	ErrWrongKey  = errors.New("no signature is by a key that is trusted")
	ErrForged    = errors.New("what stands there is not what was signed")
	ErrResigned  = errors.New("somebody else signed the attestation again")
	ErrReplayed  = errors.New("the attestation is of something else")
	ErrNote      = errors.New("the embedded note is damaged")
	ErrNoNote    = errors.New("nothing is embedded")
)

// refuse reports an attestation that is not accepted.
func refuse(kind error, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ExitAttestation, format, args...).Because(kind)
}
