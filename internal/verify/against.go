package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// Against is what a build was compared with in place of another one of the same root.
type Against struct {
	From        string    `json:"from"` // the path or the address that the caller gave
	Attestation bool      `json:"attestation"`
	Signed      []string  `json:"signedBy,omitempty"` // names of keys; empty if nobody signed, or nobody could
	Outputs     []Checked `json:"outputs,omitempty"`  // of an attestation: digests, all that it has

	named *attest.Build // of an attestation
}

// existing is what the caller has to compare with.
func (v *verification) existing(ctx context.Context) (*built, error) {
	v.against = &Against{From: v.request.Against}
	path := v.host.Absolute(v.request.Against)
	if isAddress(v.request.Against) {
		var err error
		if path, err = v.fetch(ctx, v.request.Against, againstLimits); err != nil {
			return nil, err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, diag.New(diag.ExitUsage, "there is nothing to compare with at `%s`", path).Because(err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, diag.New(diag.ExitUsage, "`%s` is no file and no directory", path)
	}
	if info.IsDir() {
		if len(v.request.Keys) > 0 {
			return nil, diag.New(diag.ExitUsage, "`%s` is a directory, which nobody can have signed", path).
				WithHelp("leave out `--trust`, or name an attestation")
		}
		return &built{dir: path}, nil
	}
	return &built{dir: path}, v.readNamed(path)
}

// readNamed reads a file if it is an attestation: if the caller says so by naming keys,
// or if it begins as an object of JSON does, which nothing does that cargo links. What is
// damaged is so refused, and not taken for another kind of file.
func (v *verification) readNamed(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return diag.New(diag.ExitUsage, "`%s` cannot be read", v.request.Against).Because(err)
	}
	defer f.Close() // only read
	if len(v.request.Keys) == 0 {
		start := make([]byte, 512)
		n, err := io.ReadFull(f, start)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return diag.Wrap(err, "reading `%s`", v.request.Against)
		}
		if !strings.HasPrefix(strings.TrimLeft(string(start[:n]), " \t\r\n"), "{") {
			return nil
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	v.against.Attestation = true
	v.against.named, v.against.Signed, err = readAttestation(v.host, f, v.request.Against, v.request.Keys)
	return err
}

// compare compares the outputs of a build with the digests that an attestation names.
// Outputs that it does not name say nothing.
func (a *Against) compare(r *Report, second *built) error {
	made, err := likeThose(a.named, second.dir)
	if err != nil {
		return err
	}
	a.Outputs = outputs(a.named, &attest.Build{Outputs: made})
	if !slices.ContainsFunc(a.Outputs, func(c Checked) bool { return c.Here != "" }) {
		return diag.New(diag.ExitFailed, "there is nothing to compare: the build made nothing that the attestation `%s` names", a.From).
			Note("it names: %s", outputNames(a.named.Outputs)).
			Note("the build made: %s", outputNames(made)).
			WithHelp("give the flags of the build that was attested, such as `--release`")
	}
	for _, c := range a.Outputs {
		r.Outputs = append(r.Outputs, Output{Name: c.Name, Digest: c.Here, Equal: c.equal()})
	}
	return nil
}

// outputNames lists outputs for a message. A stranger may have chosen their names, but
// attest lets in only what can be printed.
func outputNames(list []attest.Output) string {
	var names []string
	for _, o := range list {
		names = append(names, o.Name)
	}
	return strings.Join(names, ", ")
}

// text says for people what a build was compared with.
func (a *Against) text() string {
	if a == nil {
		return ""
	}
	var b strings.Builder
	switch from := ui.Escape(a.From); {
	case !a.Attestation:
		fmt.Fprintf(&b, "compared with: %s\n", from)
		return b.String()
	case len(a.Signed) == 0:
		fmt.Fprintf(&b, "compared with: the attestation %s, which nobody signed\n", from)
	default:
		fmt.Fprintf(&b, "compared with: the attestation %s, signed by %s\n", from, ui.Escape(strings.Join(a.Signed, ", ")))
	}
	for _, c := range a.Outputs {
		if c.differs() {
			fmt.Fprintf(&b, "    %s: an attestation has only its digest, so what differs in it cannot be shown\n", ui.Escape(c.Name))
			c.writeSides(&b)
		}
	}
	return b.String()
}
