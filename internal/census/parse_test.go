package census

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

const sound = `id = "A01"
title = "a config"
how = "output"
plain = "moved"
moved-to = "ambient"
ours = "same"
-- root/Cargo.toml --
-- ambient/home/file --
text
`

func TestParseChannel(t *testing.T) {
	got, err := parseChannel("ch-A01.txtar", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	want := &channel{
		ID: "A01", Title: "a config", How: howOutput, Plain: "moved", MovedTo: "ambient", Ours: "same",
		Args: []string{"build"}, Dir: "debug", Cwd: "@ROOT@", Cargo: "@TOOLCHAIN@/bin/cargo",
		root:    []txtar.File{{Name: "Cargo.toml", Data: []byte{}}},
		ambient: []txtar.File{{Name: "home/file", Data: []byte("text\n")}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(channel{})); diff != "" {
		t.Error(diff)
	}
}

// TestParseChannelRefuses breaks a sound file in one way each: what is
// misspelled would silently perturb nothing.
func TestParseChannelRefuses(t *testing.T) {
	for _, test := range []struct {
		name    string
		replace []string // old and new texts by turns
		want    string
	}{
		{"unknown key", []string{`ours = "same"`, "our = \"same\""}, "our"},
		{"other id", []string{`"A01"`, `"A02"`}, "file name"},
		{"unknown comparison", []string{`"output"`, `"bits"`}, "how = `bits`"},
		{"no proof by plain cargo", []string{`"moved"`, `"same"`}, "proves nothing"},
		{"no evidence of the move", []string{`moved-to = "ambient"`, ""}, "moved-to"},
		{"evidence for bytes", []string{`"output"`, `"bytes"`}, "moved-to"},
		{"refusal without a text", []string{`"same"`, `"refused:"`}, "refused:TEXT"},
		{"open without a reason", []string{`"same"`, `"open: "`}, "open:REASON"},
		{"neither closed nor open", []string{`"same"`, `"opened:text"`}, "open:REASON"},
		{"alone with a perturbation", []string{`moved-to = "ambient"`, "alone = true"}, "`alone` with a perturbation"},
		{"alone with a value", []string{`ours = `, "alone = true\nours = ", "-- ambient/home/file --\ntext\n", ""}, "what it would move to"},
		{"unknown place", []string{"ambient/home/", "ambient/house/"}, "no known place"},
		{"unknown section", []string{"ambient/home/", "ambent/home/"}, "no known place"},
		{"path out of its place", []string{"ambient/home/", "ambient/home/../../"}, "clean relative path"},
		{"no project", []string{"-- root/Cargo.toml --\n", ""}, "no root/ section"},
		{"earlier state without a build", []string{"ambient/home/file", "before/Cargo.toml"}, "[earlier]"},
		{"earlier state that would stay", []string{"-- root", "[earlier]\n-- root", "ambient/home/file", "before/file"}, "no counterpart"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.NewReplacer(test.replace...).Replace(sound)
			_, err := parseChannel("ch-A01.txtar", []byte(text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error `%v` does not say `%s`", err, test.want)
			}
		})
	}
}

func TestExpandRefusesUnknownNames(t *testing.T) {
	p := newPlace("base", &host{}, &voice{})
	if text, err := p.expand("a @HOUSE@ b"); err == nil {
		t.Errorf("got `%s`, want an error", text)
	}
	if text, err := p.expand("@HOME@/x"); err != nil || text != p.sub("home")+"/x" {
		t.Errorf("got `%s`, %v", text, err)
	}
}
