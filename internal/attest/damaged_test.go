package attest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// TestEveryByte changes one bit of every byte of an envelope, every bit in the
// end of it. Either the file is refused, or it still says the same.
func TestEveryByte(t *testing.T) {
	key := keyNamed(t, "alice")
	data := sealed(t, statement(t, least()), key).Encode()
	same := 0
	for i := range data {
		for bit := range 8 {
			if bit != i%8 && i < len(data)-len(`"}]}`) {
				continue
			}
			changed := bytes.Clone(data)
			changed[i] ^= 1 << bit
			e, err := ParseEnvelope(changed)
			var b *Build
			if err == nil {
				b, _, err = e.Open([]PublicKey{key.Public()})
			}
			if err != nil {
				if diag.ExitCode(err) != diag.ExitAttestation {
					t.Fatalf("bit %d of byte %d: %v", bit, i, err)
				}
				continue
			}
			same++
			if diff := equalBuilds(least().normal(), b); diff != "" {
				t.Fatalf("bit %d of byte %d: %s", bit, i, diff)
			}
		}
	}
	// The hint of who signed may be any text, and the line feed at the end another
	// white space.
	if id := len(key.Public().ID()); same == 0 || same > id+8 {
		t.Errorf("%d changes passed", same)
	}
}

// TestEveryLength cuts an envelope everywhere.
func TestEveryLength(t *testing.T) {
	data := sealed(t, statement(t, least()), keyNamed(t, "alice")).Encode()
	for n := range len(data) - 1 {
		if _, err := ParseEnvelope(data[:n]); !errors.Is(err, ErrTruncated) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Fatalf("%d bytes of %d: %v", n, len(data), err)
		}
	}
}

// TestPayloadCutOff cuts the statement inside of a whole envelope, signed so.
func TestPayloadCutOff(t *testing.T) {
	key, data := keyNamed(t, "alice"), statement(t, least())
	for n := 0; n < len(data); n += 7 {
		if _, _, err := sealed(t, data[:n], key).Open([]PublicKey{key.Public()}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// TestMalformed lists envelopes that some readers take and we do not.
func TestMalformed(t *testing.T) {
	sig := base64.StdEncoding.EncodeToString(make([]byte, 64))
	good := `{"payload":"eyJ9","payloadType":"` + PayloadType + `","signatures":[{"keyid":"k","sig":"` + sig + `"}]}`
	if _, err := ParseEnvelope([]byte(good)); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatal(old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"trailing value":        {good + "{}", ErrForm},
		"trailing text":         {good + "x", ErrForm},
		"trailing NUL":          {good + "\x00", ErrForm},
		"two lines of JSON":     {good + "\n" + good, ErrForm},
		"byte order mark":       {"\ufeff" + good, ErrForm},
		"key twice":             {change(`{"payload"`, `{"payload":"e30=","payload"`), ErrForm},
		"key twice by escape":   {change(`{"payload"`, `{"payl\u006fad":"e30=","payload"`), ErrForm},
		"signature key twice":   {change(`{"keyid"`, `{"sig":"AA==","keyid"`), ErrForm},
		"another key":           {change(`{"payload"`, `{"x":1,"payload"`), ErrForm},
		"key in capitals":       {change(`"payload"`, `"Payload"`), ErrForm},
		"another signature key": {change(`{"keyid"`, `{"cert":"","keyid"`), ErrForm},
		"no payload":            {change(`"payload":"eyJ9",`, ``), ErrForm},
		"payload is null":       {change(`"eyJ9"`, `null`), ErrForm},
		"payload is a number":   {change(`"eyJ9"`, `1`), ErrForm},
		"no signatures":         {change(`"signatures":[{"keyid":"k","sig":"`+sig+`"}]`, `"signatures":{}`), ErrForm},
		"signature is text":     {change(`[{"keyid":"k","sig":"`+sig+`"}]`, `["x"]`), ErrForm},
		"empty signature":       {change(sig, ""), ErrForm},
		"key id is a number":    {change(`"k"`, `1`), ErrForm},
		"another type":          {change(PayloadType, "application/json"), ErrUnknown},
		"type in capitals":      {change(PayloadType, "application/vnd.in-toto+JSON"), ErrUnknown},
		"type with parameter":   {change(PayloadType, PayloadType+"; v=1"), ErrUnknown},
		"no type":               {change(`"payloadType":"`+PayloadType+`",`, ``), ErrUnknown},
		"base64 unpadded":       {change("eyJ9", "e30"), ErrForm},
		"base64 line feed":      {change("eyJ9", `eyJ9\n`), ErrForm},
		"base64 space":          {change("eyJ9", "eyJ9 "), ErrForm},
		"base64 stray bits":     {change("eyJ9", "eyK="), ErrForm},
		"base64 two alphabets":  {change("eyJ9", "-_+/"), ErrForm},
		"not UTF-8":             {change(`"k"`, "\"\xff\""), ErrForm},
		"fraction":              {change(`"k"`, `1.5`), ErrForm},
		"huge number":           {change(`"k"`, `9007199254740992`), ErrForm},
		"exponent":              {change(`"k"`, `1e3`), ErrForm},
		"minus zero":            {change(`"k"`, `-0`), ErrForm},
		"an array":              {`[` + good + `]`, ErrForm},
		"a text":                {`"x"`, ErrForm},
		"no JSON":               {`hello`, ErrForm},
		"a comma too many":      {change(`}]`, `},]`), ErrForm},
		"single quotes":         {`{'payload':1}`, ErrForm},
		"empty":                 {"", ErrTruncated},
		"white space":           {" \n", ErrTruncated},
	} {
		if _, err := ParseEnvelope([]byte(c.text)); !errors.Is(err, c.want) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, text := range map[string]string{
		"white space":  " \n\t" + change(":", " : ") + "\r\n",
		"url alphabet": change("eyJ9", "-_-_"), "padded": change("eyJ9", "e30="), "no key id": change(`"keyid":"k",`, ""),
	} {
		if _, err := ParseEnvelope([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
