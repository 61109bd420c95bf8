//go:build linux

package hermetic_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/rogpeppe/go-internal/txtar"
)

// zooDir holds the exhibits; its README.md has the form of one.
const zooDir = "testdata/zoo"

// Where the sin of an exhibit shows.
const (
	exposedNo    = "no"    // ours, with --deterministic=no: the walls are not enough
	exposedPlain = "plain" // plain cargo: the walls close it
)

// How an exhibit comes out; the last two go on with a text after a colon.
const (
	zooCured   = "cured"
	zooRefused = "refused" // the build ends with 101 and that text
	zooOpen    = "open"    // it still differs, for that reason
)

// zooUnits are the scenes: what is built of an exhibit around its sin.
var zooUnits = map[string]string{"build script": "script", "proc macro": "macro", "library": "library", "binary": "binary"}

// exhibit is a workspace of which one package does one thing that makes it
// irreproducible.
type exhibit struct {
	Title   string   `toml:"title"`   // one line for people
	Guilty  string   `toml:"guilty"`  // the package that has the sin
	Unit    string   `toml:"unit"`    // what of it has the sin, a key of zooUnits
	First   string   `toml:"first"`   // PACKAGE/FILE: the artifact that differs first
	Cause   string   `toml:"cause"`   // the dimension, a key of zooDimensions
	Exposed string   `toml:"exposed"` // exposedNo or exposedPlain
	Outcome string   `toml:"outcome"` // as above
	Needs   []string `toml:"needs"`   // keys of zooNeeds, without which it cannot be shown

	// CureNeeds are those without which it stays open, although it is cured elsewhere.
	CureNeeds []string `toml:"cure-needs"`

	name  string
	files []txtar.File
}

// loadZoo reads every exhibit, by name.
func loadZoo(t *testing.T) []*exhibit {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(zooDir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no exhibits: %v", err)
	}
	var exhibits []*exhibit
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		x, err := parseExhibit(strings.TrimSuffix(filepath.Base(name), ".txtar"), data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		exhibits = append(exhibits, x)
	}
	return exhibits
}

// parseExhibit refuses what it does not know: a misspelled key would be a sin
// that nobody looks at.
func parseExhibit(name string, data []byte) (*exhibit, error) {
	archive := txtar.Parse(data)
	x := &exhibit{name: name, files: archive.Files}
	if err := toml.NewDecoder(strings.NewReader(string(archive.Comment))).DisallowUnknownFields().Decode(x); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	kind, text := x.outcome()
	_, unit := zooUnits[x.Unit]
	_, cause := zooDimensions[x.Cause]
	switch {
	case x.Title == "":
		return nil, errors.New("no `title`")
	case x.Guilty != name && x.Guilty != "app":
		return nil, fmt.Errorf("the guilty package `%s` is neither the one of the file's name nor the program", x.Guilty)
	case (x.Guilty == "app") != (x.Unit == "binary"):
		return nil, errors.New("a program is guilty as `app`, everything else by its own name")
	case !unit:
		return nil, fmt.Errorf("`%s` is no unit", x.Unit)
	case !cause:
		return nil, fmt.Errorf("`%s` is no dimension", x.Cause)
	case x.Exposed != exposedNo && x.Exposed != exposedPlain:
		return nil, fmt.Errorf("exposed = `%s` is neither no nor plain", x.Exposed)
	case kind != zooCured && kind != zooRefused && kind != zooOpen, (kind == zooCured) != (text == ""):
		return nil, fmt.Errorf("outcome = `%s` is none of cured, refused: TEXT and open: REASON", x.Outcome)
	case !strings.Contains(x.First, "/"):
		return nil, fmt.Errorf("first = `%s` is not PACKAGE/FILE", x.First)
	}
	for _, need := range append(x.Needs, x.CureNeeds...) {
		if _, ok := zooNeeds[need]; !ok {
			return nil, fmt.Errorf("`%s` is nothing that can be needed", need)
		}
	}
	for _, file := range x.files {
		top, _, _ := strings.Cut(file.Name, "/")
		if !filepath.IsLocal(file.Name) || !slices.Contains([]string{"guilty", "app"}, top) {
			return nil, fmt.Errorf("section `%s` is neither of the guilty package nor of the program", file.Name)
		}
	}
	return x, nil
}

// outcome takes the value apart.
func (x *exhibit) outcome() (kind, text string) {
	kind, text, _ = strings.Cut(x.Outcome, ":")
	return kind, strings.TrimSpace(text)
}

// library is the package that the program takes the consequence of the sin from.
func (x *exhibit) library() string {
	if x.Unit == "proc macro" {
		return "almanac"
	}
	return x.Guilty
}

// lay writes the workspace of an exhibit below dir: the common scene, that of its
// unit, and its own files, each of which may replace one of an earlier. Its pins
// come last.
func (x *exhibit) lay(dir string) error {
	files := map[string]string{}
	for _, scene := range []string{"every", zooUnits[x.Unit]} {
		archive, err := txtar.ParseFile(filepath.Join(zooDir, "scene", scene+".txtar"))
		if err != nil {
			return err
		}
		for _, file := range archive.Files {
			files[file.Name] = string(file.Data)
		}
	}
	for _, file := range x.files {
		files[file.Name] = string(file.Data)
	}
	pins, err := theHost.pinned()
	if err != nil {
		return err
	}
	for name, data := range pins {
		files[name] = string(data)
	}
	words := strings.NewReplacer("@GUILTY@", x.Guilty, "@GUILTY_CRATE@", crateName(x.Guilty), "@LIBRARY@", x.library(), "@CRATE@", crateName(x.library()))
	for name, text := range files {
		if rest, ok := strings.CutPrefix(name, "guilty/"); ok {
			name = x.Guilty + "/" + rest
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(words.Replace(text)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// crateName is a package's name in Rust.
func crateName(pkg string) string { return strings.ReplaceAll(pkg, "-", "_") }

// TestZooIsWhole asks that the zoo is what it is said to be: enough exhibits, no
// sin twice, no dimension without one.
func TestZooIsWhole(t *testing.T) {
	exhibits := loadZoo(t)
	if len(exhibits) < 30 {
		t.Errorf("%d exhibits, want at least 30", len(exhibits))
	}
	titles, causes := map[string]string{}, map[string]bool{}
	for _, x := range exhibits {
		if other := titles[x.Title]; other != "" {
			t.Errorf("`%s` and `%s` have one title", other, x.name)
		}
		titles[x.Title], causes[x.Cause] = x.name, true
	}
	for dimension := range zooDimensions {
		if !causes[dimension] {
			t.Errorf("no exhibit differs by `%s`", dimension)
		}
	}
}
