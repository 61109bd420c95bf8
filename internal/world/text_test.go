package world

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

var update = flag.Bool("update", false, "write the golden files")

// A change of these files is a change of what every digest names: raise Format.
func TestGolden(t *testing.T) {
	w := Plan(example())
	for name, got := range map[string]string{"world.txt": w.Text(), "world.json": string(w.JSON())} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The JSON form holds all of the world: who reads it can compute the digest.
func TestJSONIsComplete(t *testing.T) {
	w := Plan(example())
	var read struct {
		Digest digest.Digest `json:"digest"`
		World
	}
	decoder := json.NewDecoder(strings.NewReader(string(w.JSON())))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	if read.Digest != w.Digest() || read.World.Digest() != w.Digest() {
		t.Errorf("written %s, named %s, read %s", w.Digest(), read.Digest, read.World.Digest())
	}
}

// Names of the root and of system packages cannot forge a line of the plan, nor
// control the terminal that shows it.
func TestTextOfHostileNames(t *testing.T) {
	const evil = "a\nenv         LD_PRELOAD=/tmp/x\r\x1b[2J"
	in := example()
	in.Dir += evil
	in.Covered[0] += evil
	in.SystemTop[0] = Top{Name: "bin" + evil, Target: "usr" + evil}
	in.SystemTop[1] = Top{Name: "etc" + evil}
	in.Cargo[1] += evil
	in.Env["APP_CHANNEL"] = evil
	in.Sources += evil
	plain, got := Plan(example()).Text(), Plan(in).Text()
	if want, n := strings.Count(plain, "\n"), strings.Count(got, "\n"); n != want {
		t.Errorf("%d lines, want %d:\n%s", n, want, got)
	}
	if i := strings.IndexFunc(strings.ReplaceAll(got, "\n", ""), unicode.IsControl); i >= 0 {
		t.Errorf("a control character in %q", got)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":                     `""`,
		"--release":            "--release",
		"a b":                  `"a b"`,
		"$HOME":                `"$HOME"`,
		"x\x00y":               `"x\x00y"`,
		"é":                    `"é"`,
		"CARGO=/bin:a_b+c@d%,": "CARGO=/bin:a_b+c@d%,",
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}
