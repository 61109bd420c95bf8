package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// handMade is a report with something of everything.
func handMade() *Report {
	lib, app, mac := unit("lib", script, ""), unit("app", rustc, "app"), unit("mac", rustc, "mac")
	return &Report{
		Name: "root", Version: "1.2.3", Held: false,
		Dimensions: []Varied{
			{Name: "clock", About: "years ahead"}, {Name: "umask", About: "another"}, {Name: "user", About: "another user", Refused: "no user namespaces"},
		},
		Outputs: []Output{{Name: "debug/app", Digest: "aa", Equal: false}, {Name: "debug/gone", Digest: "", Equal: false}, {Name: "debug/libx.rlib", Digest: "bb", Equal: true}},
		Causes: []Cause{
			{Unit: lib, Files: []string{"debug/build/lib-2/out/gen.rs"}, Needed: []string{"clock"}},
			{Unit: app, Files: []string{"debug/deps/app-1"}, Chance: true, Macros: []Unit{mac}},
		},
		Follow: []Unit{app, app}, Unexplained: []string{"debug/app", "debug/gone"},
		Differences: []*compare.Difference{{
			Kind: compare.KindFile, Name: "debug/build/lib-2/out/gen.rs", Format: "text", Notes: []string{"cut"}, More: 3,
			Inside: []*compare.Difference{{
				Kind: compare.KindLine, Place: &compare.Place{A: 20, B: 20, LineA: 3, LineB: 4, Symbol: "here"},
				A: &compare.Excerpt{Before: "at ", Text: "12:00", After: ";"}, B: &compare.Excerpt{Before: "at ", Text: "13:00", After: ";", Cut: 7},
				Causes: []compare.Cause{{Class: compare.Time, Evidence: "of the build", Known: true}, {Class: compare.Random, Evidence: "no pattern"}},
				Notes:  []string{"of the leaf"},
			}, {Kind: compare.KindOnly, Name: "member", B: &compare.Excerpt{Text: "x"}}},
		}, {
			Kind: compare.KindFile, Name: "debug/data", AsBytes: true, Inside: []*compare.Difference{{Kind: compare.KindBytes, A: &compare.Excerpt{Text: "1"}, B: &compare.Excerpt{Text: "2"}}},
			Further: &compare.Further{Program: "diffoscope 1", Cut: true, Lines: slices.Repeat([]string{"- 1", "+ 2"}, mostLines)},
		}},
		Graph: &Graph{Nodes: []Node{
			{Unit: lib, State: First, Files: []string{"debug/build/lib-2/out/gen.rs"}},
			{Unit: mac, State: Suspect},
			{Unit: unit("other", rustc, "other"), State: Same},
			{Unit: app, State: Follows, Files: []string{"debug/deps/app-1"}, More: 2, Uses: []Use{{0, true}, {1, false}, {2, false}}},
		}, More: 5},
		Needed: []string{"clock"}, Builds: 4,
	}
}

// golden compares with a file of testdata; HERMETIC_GOLDEN=1 writes it instead.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("HERMETIC_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("`%s` is written: read it, and run without HERMETIC_GOLDEN", file)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestForms: the text and the JSON of a report that is made by hand, and of one that
// a real build left, in which another clock reaches the output.
func TestForms(t *testing.T) {
	for name, report := range map[string]*Report{"made": handMade(), "real": realMismatch(t)} {
		t.Run(name, func(t *testing.T) {
			data, err := report.JSON()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", string(data))
			golden(t, name+".txt", report.Text())
		})
	}
}

// realMismatch is what `verify --deterministic=no --format json` printed of the root in
// testdata/script/verify_match.txtar.
func realMismatch(t *testing.T) *Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "real.json"))
	if err != nil {
		t.Fatal(err)
	}
	return fromJSON(t, data)
}

func fromJSON(t *testing.T, data []byte) *Report {
	t.Helper()
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// TestTextIsInJSON: all that a person is told stands in the JSON, because from it
// comes the same text; and of each part, because without the part the text is another.
func TestTextIsInJSON(t *testing.T) {
	match, chance := handMade(), handMade()
	match.Outputs, match.Causes, match.Inner, match.Held = match.Outputs[2:], nil, 2, true
	chance.Needed, chance.Chance, chance.Causes = nil, true, nil
	against, offered := handMade(), handMade()
	against.Causes, against.Graph, against.Follow, against.Against = nil, nil, nil, &Against{From: "there"}
	offered.Differences[1].Further, offered.NotAsked = nil, true
	reports := map[string]*Report{"made": handMade(), "real": realMismatch(t), "match": match, "chance": chance, "against": against, "offered": offered}
	texts := map[string]string{}
	for name, r := range reports {
		data, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Text(), fromJSON(t, data).Text()); diff != "" {
			t.Errorf("%s (-text +text from JSON):\n%s", name, diff)
		}
		var verdict struct{ Verdict string }
		if err := json.Unmarshal(data, &verdict); err != nil {
			t.Fatal(err)
		}
		if first, _, _ := strings.Cut(r.Text(), ":"); verdict.Verdict != first {
			t.Errorf("%s: the verdict is %q for programs and %q for people", name, verdict.Verdict, first)
		}
		texts[r.Text()] = name
	}
	if len(texts) != len(reports) {
		t.Errorf("%d reports have %d texts", len(reports), len(texts))
	}
	if text := against.Text(); !strings.Contains(text, "\ncompared with: there\nno first cause can be named: how the first side was made is not known\n    debug/build") {
		t.Errorf("of what was there before:\n%s", text)
	}
}

// TestNothingHostileInText: what a build, a host or an attestation chose cannot steer
// a terminal.
func TestNothingHostileInText(t *testing.T) {
	checked := []Checked{{hostile, hostile, hostile}, {hostile, hostile, ""}}
	for name, text := range map[string]string{
		"two builds":     hostileReport().Text(),
		"an attestation": (&Replayed{Signed: []string{hostile}, Inputs: checked, Outputs: checked}).Text(),
	} {
		if strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, `\u{202e}`) {
			t.Errorf("%s: an escape sequence is in the text, or no name:\n%q", name, text)
		}
	}
}
