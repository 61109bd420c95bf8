package verify

import (
	"bytes"
	"io"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// readAttestation reads an attestation, and says which keys signed it: one that is
// signed by a trusted key, or, where no key is named, a bare statement, which nobody
// signed. What somebody signed is not believed unless the caller says whom to trust.
func readAttestation(h *build.Host, from io.Reader, name string, keys []string) (*attest.Build, []string, error) {
	if len(keys) == 0 {
		data, err := io.ReadAll(io.LimitReader(from, attest.MaxEnvelope+1)) // what is longer is refused as such
		if err != nil {
			return nil, nil, diag.Wrap(err, "reading `%s`", name)
		}
		if e, err := attest.ParseEnvelope(data); err == nil {
			if len(e.Signatures) == 0 {
				_, err := e.Verify(nil)
				return nil, nil, err
			}
			return nil, nil, diag.New(diag.ExitAttestation, "`%s` is signed, and no key says whom to trust", name).
				WithHelp("--trust KEY, a public key of whoever is to have signed it")
		}
		b, err := attest.ParseStatement(bytes.TrimSuffix(data, []byte("\n")))
		return b, nil, err
	}
	trusted, err := publicKeys(h, keys)
	if err != nil {
		return nil, nil, err
	}
	e, err := attest.Read(from)
	if err != nil {
		return nil, nil, err
	}
	b, by, err := e.Open(trusted)
	var names []string
	for _, k := range by {
		names = append(names, k.ID())
	}
	return b, names, err
}

func publicKeys(h *build.Host, files []string) ([]attest.PublicKey, error) {
	var keys []attest.PublicKey
	for _, name := range files {
		data, err := os.ReadFile(h.Absolute(name))
		if err != nil {
			return nil, diag.New(diag.ExitUsage, "the key `%s` cannot be read", name).Because(err)
		}
		key, err := attest.ParsePublicKey(data)
		if err != nil {
			return nil, diag.Wrap(err, "reading `%s`", name)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
