package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// TestInputs changes one input and asks for its name.
func TestInputs(t *testing.T) {
	full := func() *attest.Build {
		b := attested(t)
		b.System.Packages = []attest.Package{{Name: "gcc", Version: "12"}, {Name: "libc6", Version: "2.36"}, {Name: "make", Version: "4"}}
		b.Crates = []attest.Crate{
			{Name: "one", Version: "1.0.0", Checksum: "aa"}, {Name: "one", Version: "2.0.0", Checksum: "bb"},
			{Name: "two", Version: "1.0.0", Git: "https://example.org/two", Commit: "cc"},
		}
		b.Downloads = []attest.Download{{URL: "file:a", SHA256: "dd"}, {URL: "https://example.org/b", SHA256: "ee"}}
		return b
	}
	other := digest.Of([]byte("other"))
	for name, c := range map[string]struct {
		change func(*attest.Build)
		want   []Checked
	}{
		"nothing": {func(b *attest.Build) {}, nil},
		"root":    {func(b *attest.Build) { b.Root = other }, []Checked{{"root", full().Root.String(), other.String()}}},
		"policy":  {func(b *attest.Build) { b.Policy = other }, []Checked{{"policy", full().Policy.String(), other.String()}}},
		"toolchain": {func(b *attest.Build) { b.Toolchain.Release = "1.96.0" },
			[]Checked{{"toolchain", toolchainText(full()), strings.Replace(toolchainText(full()), "1.95", "1.96", 1)}}},
		"package":          {func(b *attest.Build) { b.System.Packages[1].Version = "2.37" }, []Checked{{"package libc6", "2.36", "2.37"}}},
		"a package less":   {func(b *attest.Build) { b.System.Packages = b.System.Packages[:2] }, []Checked{{"package make", "4", ""}}},
		"another package":  {func(b *attest.Build) { b.System.Packages[0].Name = "clang" }, []Checked{{"package clang", "", "12"}}},
		"crate":            {func(b *attest.Build) { b.Crates[1].Checksum = "ff" }, []Checked{{"crate one", "1.0.0 aa, 2.0.0 bb", "1.0.0 aa, 2.0.0 ff"}}},
		"a crate less":     {func(b *attest.Build) { b.Crates = b.Crates[:2] }, []Checked{{"crate two", "1.0.0 of https://example.org/two cc", ""}}},
		"another order":    {func(b *attest.Build) { p := b.System.Packages; p[0], p[1] = p[1], p[0] }, nil},
		"download":         {func(b *attest.Build) { b.Downloads[1].SHA256 = "ff" }, []Checked{{"download https://example.org/b", "ee", "ff"}}},
		"no download":      {func(b *attest.Build) { b.Downloads = nil }, []Checked{{"download file:a", "dd", ""}, {"download https://example.org/b", "ee", ""}}},
		"isolation":        {func(b *attest.Build) { b.Isolation = "landlock" }, []Checked{{"isolation", "namespaces", "landlock"}}},
		"world":            {func(b *attest.Build) { b.World.Digest = other }, []Checked{{"world", full().World.Digest.String(), other.String()}}},
		"vendored crates":  {func(b *attest.Build) { b.Vendored = other }, []Checked{{"crates", digest.Digest{}.String(), other.String()}}},
		"a variable":       {func(b *attest.Build) { b.Env = []attest.Variable{{Name: "A", Value: "b"}} }, []Checked{{"environment", "[]", "[{A b}]"}}},
		"another argument": {func(b *attest.Build) { b.Command = []string{"build", "--release"} }, []Checked{{"command", "build", "build --release"}}},
	} {
		here := full()
		c.change(here)
		var got []Checked
		for _, i := range inputs(full(), here) {
			if i.differs() {
				got = append(got, i)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestReplayedText: nothing that differs makes a match, and what a stranger wrote cannot
// act on a terminal.
func TestReplayedText(t *testing.T) {
	same, not := Checked{"root", "a", "a"}, Checked{"a\x1b[2J", "b\x07", ""}
	refused := refusedBy(diag.Wrap(diag.New(diag.ExitLock, "it is another one\x1b").Note("first\x07").WithHelp("get it"), "looking"))
	for name, c := range map[string]struct {
		r    Replayed
		want bool
	}{
		"all the same":        {Replayed{Inputs: []Checked{same}, Outputs: []Checked{same}}, true},
		"nothing was built":   {Replayed{Inputs: []Checked{same}}, false},
		"an input differs":    {Replayed{Inputs: []Checked{same, not}, Outputs: []Checked{same}}, false},
		"an output differs":   {Replayed{Inputs: []Checked{same}, Outputs: []Checked{same, not}}, false},
		"an input is refused": {Replayed{Inputs: []Checked{same}, Refused: refused, Outputs: []Checked{same}}, false},
	} {
		if c.r.Match() != c.want {
			t.Errorf("%s: a match: %v", name, !c.want)
		}
		if text := c.r.Text(); strings.ContainsAny(text, "\x1b\x07") || strings.HasPrefix(text, "match\n") != c.want {
			t.Errorf("%s: %q", name, text)
		}
	}
	r := Replayed{Inputs: []Checked{same}, Refused: refused, Notes: []string{"which file is not known"}}
	want := "mismatch\n    nobody signed it\n    same     root\n    differs  looking: it is another one\\x1b\n        first\\x07\n" +
		"        help: get it\n    note: which file is not known\n    nothing was built, because an input differs\n"
	if diff := cmp.Diff(want, r.Text()); diff != "" {
		t.Error(diff)
	}
}
