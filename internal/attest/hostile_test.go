package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// endless is a stream that never ends, and counts what was taken of it.
type endless struct {
	start io.Reader
	taken int
}

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.start.Read(p)
	if err == io.EOF {
		n, err = len(p), nil
		for i := range p {
			p[i] = ' '
		}
	}
	e.taken += n
	return n, err
}

// TestBounds gives more of everything than is read. The error has to come in
// time and memory that do not grow with what was sent.
func TestBounds(t *testing.T) {
	envelope := func(payload, signatures string) string {
		return `{"payload":` + payload + `,"payloadType":"` + PayloadType + `","signatures":` + signatures + `}`
	}
	one := `{"sig":"` + strings.Repeat("A", 88) + `"}`
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"huge file":               {strings.Repeat(" ", MaxEnvelope+1), ErrHuge},
		"huge payload":            {envelope(`"`+strings.Repeat("AAAA", MaxStatement/3+2)+`"`, "[]"), ErrHuge},
		"huge signature":          {envelope(`""`, `[{"sig":"`+strings.Repeat("AAAA", maxSignature/3+2)+`"}]`), ErrHuge},
		"many signatures":         {envelope(`""`, `[`+strings.Repeat(one+",", maxSigners)+one+`]`), ErrHuge},
		"many values":             {envelope(`""`, `[`+strings.Repeat("1,", maxValues)+`1]`), ErrHuge},
		"deep arrays":             {strings.Repeat("[", 1<<20), ErrDeep},
		"deep objects":            {strings.Repeat(`{"a":`, 1<<20), ErrDeep},
		"deep in a signature":     {envelope(`""`, strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth)), ErrDeep},
		"as deep as may be, junk": {envelope(`""`, strings.Repeat("[", maxDepth-1)+strings.Repeat("]", maxDepth-1)), ErrForm},
	} {
		if _, err := ParseEnvelope([]byte(c.text)); !errors.Is(err, c.want) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	stream := &endless{start: strings.NewReader("{")}
	if _, err := Read(stream); !errors.Is(err, ErrHuge) {
		t.Errorf("a stream without an end: %v", err)
	}
	if stream.taken > 2*MaxEnvelope {
		t.Errorf("%d bytes were read of a stream without an end", stream.taken)
	}
}

// TestRoom shows that the bounds are far from what a project needs.
func TestRoom(t *testing.T) {
	b := sample()
	for i := range 4000 {
		b.Crates = append(b.Crates, Crate{Name: fmt.Sprint("a-crate-with-a-long-name-", i), Version: "1.2.3-alpha.4", Checksum: strings.Repeat("ab", 32)})
	}
	for i := range 1000 {
		b.System.Packages = append(b.System.Packages, Package{fmt.Sprint("a-package-with-a-long-name-", i), "1:2.3.4-5+deb12u6"})
	}
	data := statement(t, b)
	if len(data) > MaxStatement/10 {
		t.Errorf("%d bytes", len(data))
	}
	tokens := 0
	for decoder := json.NewDecoder(bytes.NewReader(data)); ; tokens++ {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if tokens > maxValues/3 {
		t.Errorf("%d tokens", tokens)
	}
}

// TestPayloadBounds does the same inside of a payload that a trusted key signed:
// a key may be stolen, and a signature is no reason to fall over.
func TestPayloadBounds(t *testing.T) {
	key := keyNamed(t, "alice")
	plain := string(statement(t, least()))
	for name, c := range map[string]struct {
		payload string
		want    error
	}{
		"deep":                  {`{"_type":` + strings.Repeat("[", 1<<20), ErrDeep},
		"deep and whole":        {strings.Repeat("[", 40) + strings.Repeat("]", 40), ErrDeep},
		"many values":           {`[` + strings.Repeat("1,", maxValues) + `1]`, ErrHuge},
		"another statement":     {strings.Replace(plain, "Statement/v1", "Statement/v0.1", 1), ErrUnknown},
		"another predicate":     {strings.Replace(plain, "provenance/v1", "provenance/v2", 1), ErrUnknown},
		"predicate in capitals": {strings.Replace(plain, "provenance/v1", "Provenance/v1", 1), ErrUnknown},
		"another build type":    {strings.Replace(plain, "build-type-1", "build-type-3", 1), ErrUnknown},
		"no downloads":          {strings.Replace(plain, "build-type-1", "build-type-2", 1), ErrForm},
		"downloads in type 1":   {strings.Replace(string(statement(t, filed())), "build-type-2", "build-type-1", 1), ErrForm},
		"another builder":       {strings.Replace(plain, "#builder", "#other", 1), ErrUnknown},
		"no object":             {`[]`, ErrUnknown},
		"another field":         {strings.Replace(plain, `"flags":`, `"extra":1,"flags":`, 1), ErrForm},
		"a field less":          {strings.Replace(plain, `"flags":[],`, ``, 1), ErrForm},
		"another order":         {strings.Replace(plain, `"name":"root"`, `"name":"root" `, 1), ErrForm},
		"key twice":             {strings.Replace(plain, `"flags":[]`, `"flags":[],"flags":[]`, 1), ErrForm},
		"another spelling":      {strings.Replace(plain, `"flags"`, `"fl\u0061gs"`, 1), ErrForm},
		"trailing line feed":    {plain + "\n", ErrForm},
		"trailing value":        {plain + "{}", ErrForm},
		"time":                  {strings.Replace(plain, `"runDetails":{`, `"runDetails":{"metadata":{"startedOn":"2000-01-01T00:00:00Z"},`, 1), ErrForm},
		"a second digest":       {strings.Replace(plain, `"digest":{"sha256"`, `"digest":{"sha1":"00","sha256"`, 1), ErrForm},
		"upper case digest":     {strings.Replace(plain, strings.Repeat("56", 32), strings.Repeat("AB", 32), 1), ErrForm},
		"second root":           {twice(plain), ErrForm},
	} {
		if c.payload == plain {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, _, err := sealed(t, []byte(c.payload), key).Open([]PublicKey{key.Public()})
		if !errors.Is(err, c.want) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// twice repeats the first resolved dependency.
func twice(plain string) string {
	const start = `"resolvedDependencies":[`
	before, after, _ := strings.Cut(plain, start)
	first, _, _ := strings.Cut(after, `,{"annotations":`)
	return before + start + first + "," + after
}

// TestReplayed holds a valid attestation against what it is not of.
func TestReplayed(t *testing.T) {
	b := sample().normal()
	other := digest.Of([]byte("other"))
	fine := Expectation{Outputs: b.Outputs, World: b.World.Digest, Root: b.Root, Commit: b.Git.Commit}
	for name, want := range map[string]Expectation{"all": fine, "nothing": {}, "one output": {Outputs: b.Outputs[1:]}} {
		if err := b.Expect(want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	dirty, nowhere := sample(), sample()
	dirty.Git.Clean, nowhere.Git = false, nil
	for name, c := range map[string]struct {
		b    *Build
		want Expectation
		says string
	}{
		"other world":    {b, Expectation{World: other}, "world"},
		"other root":     {b, Expectation{Root: other}, "root"},
		"other bytes":    {b, Expectation{Outputs: []Output{{Name: b.Outputs[0].Name, SHA256: strings.Repeat("0", 64)}}}, b.Outputs[0].Name},
		"other name":     {b, Expectation{Outputs: []Output{{Name: "release/other", SHA256: b.Outputs[0].SHA256}}}, "release/other"},
		"swapped names":  {b, Expectation{Outputs: []Output{{Name: b.Outputs[0].Name, SHA256: b.Outputs[1].SHA256}}}, b.Outputs[0].Name},
		"other commit":   {b, Expectation{Commit: strings.Repeat("0", 40)}, "commit"},
		"dirty checkout": {dirty, Expectation{Commit: b.Git.Commit}, "was not as the commit"},
		"no checkout":    {nowhere, Expectation{Commit: b.Git.Commit}, "no commit"},
	} {
		err := c.b.Expect(c.want)
		if !errors.Is(err, ErrReplayed) || diag.ExitCode(err) != diag.ExitAttestation || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMessagesShowNothingRaw gives text that would drive a terminal in every
// place whose content is repeated in an error.
func TestMessagesShowNothingRaw(t *testing.T) {
	bad := "\x1b[2J\u202e"
	b := sample()
	b.Toolchain.Channel = bad
	_, channel := ParseStatement(b.normal().encode())
	_, kind := ParseStatement(canonical(object{"_type": bad}))
	_, payload := ParseEnvelope(canonical(object{"payloadType": bad, "payload": "", "signatures": []any{}}))
	_, twice := ParseEnvelope(bytes.ReplaceAll([]byte(`{"K":1,"K":1}`), []byte("K"), []byte(`\u001b[2J`)))
	_, wrong := (&Envelope{Signatures: []Signature{{bad, []byte("x")}}}).Verify(nil)
	replayed := sample().Expect(Expectation{Outputs: []Output{{Name: bad}}})
	for name, err := range map[string]error{"channel": channel, "type": kind, "payload type": payload, "key twice": twice, "wrong key": wrong, "replayed": replayed} {
		d, ok := errors.AsType[*diag.Diagnostic](err)
		if !ok {
			t.Fatalf("%s: %v", name, err)
		}
		if all := err.Error() + strings.Join(d.Notes, ""); strings.ContainsAny(all, "\x1b\u202e") {
			t.Errorf("%s: %q", name, all)
		}
	}
}
