package crates

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const aTranscript = "    Updating registry\n" +
	"   Vendoring a v1.0.0 (/hermetic/cargo/registry/src/x) to /hermetic/vendor/a\n" +
	"\x1b[1m Downloading\x1b[0m 3 crates\r" +
	"   Vendoring b v1.0.0 (x) to y\r\n" +
	"warning: Vendoring is not what this is about\n" +
	"\n  \n" +
	"To use vendored sources, add this to your .cargo/config.toml for this project:\n" +
	"\n" +
	"error: failed\n"

func TestProgress(t *testing.T) {
	const want = "    Updating registry\n" +
		"\x1b[1m Downloading\x1b[0m 3 crates\r" +
		"warning: Vendoring is not what this is about\n" +
		"error: failed\n"
	for size := 1; size <= len(aTranscript); size += 1 + size/3 {
		var got bytes.Buffer
		p := &progress{w: &got, vendor: true}
		for rest := aTranscript; rest != ""; {
			n := min(size, len(rest))
			if wrote, err := io.WriteString(p, rest[:n]); wrote != n || err != nil {
				t.Fatal(wrote, err)
			}
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("in parts of %d (-want +got):\n%s", size, diff)
		}
	}
	broken := &progress{w: failing{}}
	if _, err := io.WriteString(broken, "a line\n"); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}

var errBroken = errors.New("broken")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errBroken }

// Where cargo draws, nothing is held back until the end of a line, and of which
// package it complains is found whatever the colours.
func TestProgressOfFetch(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[1m Downloading\x1b[0m 3 crates\r\x1b[K":                                                    "",
		"\x1b[1m\x1b[91merror\x1b[0m: failed to verify the checksum of `one v1.0.0 (registry `mine`)`\n": "one 1.0.0",
		"error: checksum for `one v1.0.0-a.1+b` changed between lock files\n":                            "one 1.0.0-a.1+b",
		"  failed to verify the checksum of `one v1.0.0`\r\n":                                            "one 1.0.0",
		"error: failed to verify the checksum of `one v1.0.0`":                                           "", // not a whole line
	} {
		var got bytes.Buffer
		p := &progress{w: &got}
		for i := range len(text) {
			if _, err := io.WriteString(p, text[i:i+1]); err != nil {
				t.Fatal(err)
			}
			if got.String() != text[:i+1] {
				t.Fatalf("%q after %q", got.String(), text[:i+1])
			}
		}
		if p.refused != want {
			t.Errorf("%q: %q, want %q", text, p.refused, want)
		}
	}
}
