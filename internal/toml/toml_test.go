package toml

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

type shared struct {
	Edition string `toml:"edition"`
}

type sample struct {
	shared
	Name    string            `toml:"name"`
	Count   int8              `toml:"count"`
	Size    uint              `toml:"size"`
	Ratio   float64           `toml:"ratio"`
	On      bool              `toml:"on,omitempty"`
	List    []string          `toml:"list"`
	Set     map[string]string `toml:"set"`
	Any     any               `toml:"any"`
	Inner   *sample           `toml:"inner"`
	Many    []sample          `toml:"many"`
	Layer   digest.Digest     `toml:"layer"`
	Plain   string
	Ignored string `toml:"-"`
}

func TestDecodeValues(t *testing.T) {
	d := digest.Of([]byte("x"))
	text := "\ufeff" + `
name = "n"
edition = "2024"
count = -3
size = 7
ratio = 2
on = true
list = ["a", "b"]
set = { A = "1", "b c" = "2" }
any = [1, { x = true }]
plain = "p"
layer = "` + d.String() + `"
inner.name = "i"
[[many]]
name = "m0"
[[many]]
name = "m1"
`
	var got sample
	if err := Decode("f.toml", []byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := sample{
		shared: shared{"2024"}, Name: "n", Count: -3, Size: 7, Ratio: 2, On: true,
		List: []string{"a", "b"}, Set: map[string]string{"A": "1", "b c": "2"},
		Any:   []any{int64(1), map[string]any{"x": true}},
		Plain: "p", Layer: d, Inner: &sample{Name: "i"},
		Many: []sample{{Name: "m0"}, {Name: "m1"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{}, digest.Digest{})); diff != "" {
		t.Error(diff)
	}
}

// report is what a user sees of a diagnostic.
func report(err error) string {
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok {
		return fmt.Sprint(err)
	}
	lines := []string{fmt.Sprintf("%d %s", d.Exit, d.Message)}
	for _, at := range d.At {
		lines = append(lines, "--> "+at.String())
	}
	for _, note := range d.Notes {
		lines = append(lines, "note: "+note)
	}
	if d.Help != "" {
		lines = append(lines, "help: "+d.Help)
	}
	return strings.Join(lines, "\n")
}

func TestDecodeErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"syntax": {"a = 1\nb = é", "111 invalid TOML: unexpected character U+00C3 'Ã' at start of value\n--> f.toml:2:5"},
		"syntax after wide characters": {`name = "éé" x`,
			"111 invalid TOML: expected newline but got U+0078 'x'\n--> f.toml:1:13"},
		"duplicate": {"name = 'a'\nname = 'b'", "111 invalid TOML: key name is already defined\n--> f.toml:2:1"},
		"one unknown key": {"\n  nmae = 'a'",
			"111 unknown key `nmae`\n--> f.toml:2:3\nhelp: a key with a similar name exists: `name`"},
		"unknown key without a neighbour": {"zzzzzz = 1", "111 unknown key `zzzzzz`\n--> f.toml:1:1"},
		"other case is another key": {"NAME = 'a'",
			"111 unknown key `NAME`\n--> f.toml:1:1\nhelp: a key with a similar name exists: `name`"},
		"ignored field is unknown": {"Ignored = 'a'\nignored = 'b'",
			"111 `f.toml` has 2 errors\n--> f.toml:1:1\n--> f.toml:2:1\nnote: 1:1: unknown key `Ignored`\nnote: 2:1: unknown key `ignored`"},
		"unknown table is one error": {"[\"no\\nsuch\"]\nx = 1\ny = 2", "111 unknown key `\"no\\nsuch\"`\n--> f.toml:1:2"},
		"all at once, in order": {"inner.frob = 1\nset = { 'ä' = 1, b = 2 }\n[[many]]\n[[many]]\nzzz = 2\nlist = ['x', 3]\n", "" +
			"111 `f.toml` has 5 errors\n--> f.toml:1:7\n--> f.toml:2:15\n--> f.toml:2:22\n--> f.toml:5:1\n--> f.toml:6:14\n" +
			"note: 1:7: unknown key `inner.frob`\n" +
			"note: 2:15: `set.\"ä\"` must be a string, but is the integer 1\n" +
			"note: 2:22: `set.b` must be a string, but is the integer 2\n" +
			"note: 5:1: unknown key `many[1].zzz`\n" +
			"note: 6:14: `many[1].list[1]` must be a string, but is the integer 3"},
		"types": {"name = 2024-01-01\ncount = 128\nsize = -1\nratio = 'x'\non = 1\nlist = 'x'\nset = []\ninner = 1.5\nmany = {}\nlayer = true", "" +
			"111 `f.toml` has 10 errors\n--> f.toml:1:8\n--> f.toml:2:9\n--> f.toml:3:8\n--> f.toml:4:9\n--> f.toml:5:6\n--> f.toml:6:8\n" +
			"--> f.toml:7:1\n--> f.toml:8:9\n--> f.toml:9:1\n--> f.toml:10:9\n" +
			"note: 1:8: `name` must be a string, but is a date or time\n" +
			"note: 2:9: `count` must be an integer of at most 8 bits, but is the integer 128\n" +
			"note: 3:8: `size` must be an integer from 0 of at most 64 bits, but is the integer -1\n" +
			"note: 4:9: `ratio` must be a number, but is a string\n" +
			"note: 5:6: `on` must be a boolean, but is the integer 1\n" +
			"note: 6:8: `list` must be an array, but is a string\n" +
			"note: 7:1: `set` must be a table, but is an array\n" +
			"note: 8:9: `inner` must be a table, but is a float\n" +
			"note: 9:1: `many` must be an array, but is a table\n" +
			"note: 10:9: `layer` must be a string, but is a boolean"},
		"text of a type that parses itself": {"layer = 'sha1:00'",
			"111 `layer`: `sha1:00` is not a digest of the form `sha256:HEX/SIZE`\n--> f.toml:1:9"},
		"too large": {strings.Repeat("#", maxSize+1), "111 TOML file is larger than 8 MiB\n--> f.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			var v sample
			if diff := cmp.Diff(c.want, report(DecodeAs(diag.ExitPolicy, "f.toml", []byte(c.text), &v))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeLoose(t *testing.T) {
	var v sample
	text := "name = 'a'\nNAME = 'b'\nzzz = 1\n[Inner]\nname = 1\n[inner]\nname = 'c'\n"
	if err := DecodeLoose("f.toml", []byte(text), &v); err != nil {
		t.Fatal(err)
	}
	want := sample{Name: "a", Inner: &sample{Name: "c"}}
	if diff := cmp.Diff(want, v, cmp.AllowUnexported(sample{}, digest.Digest{})); diff != "" {
		t.Error(diff)
	}
	err := DecodeLoose("f.toml", []byte("name = 1"), &v)
	if diff := cmp.Diff("101 `name` must be a string, but is the integer 1\n--> f.toml:1:8", report(err)); diff != "" {
		t.Error(diff)
	}
}

func TestAt(t *testing.T) {
	text := "a.b = 1\nc = [1, [2, 3], { d = 4 }]\n[x]\n[[x.y]]\nz = 1\n[[x.y]]\nz = 2\n"
	doc, err := Parse(diag.ExitFailed, "f.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for want, path := range map[string][]any{
		"f.toml:1:1":  {"a"},
		"f.toml:1:3":  {"a", "b"},
		"f.toml:2:1":  {"c"},
		"f.toml:2:6":  {"c", 0},
		"f.toml:2:13": {"c", 1, 1},
		"f.toml:2:19": {"c", 2, "d"},
		"f.toml:3:2":  {"x"},
		"f.toml:5:1":  {"x", "y", 0, "z"},
		"f.toml:7:1":  {"x", "y", 1, "z"},
		"f.toml:6:5":  {"x", "y", 1, "nope"},
		"f.toml":      {"nope", "z"},
	} {
		if got := doc.At(path...).String(); got != want {
			t.Errorf("At(%v) = %s, want %s", path, got, want)
		}
	}
}

func TestLongKeyIsCut(t *testing.T) {
	var v sample
	err := Decode("f.toml", []byte(strings.Repeat("ab.", 100000)+"c = 1"), &v)
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("%.500v", err)
	}
	err = Decode("f.toml", []byte("inner."+strings.Repeat("inner.", 1000)+"c = 1"), &v)
	if err == nil || len(err.Error()) > 400 || !strings.HasSuffix(err.Error(), "...`") {
		t.Errorf("%.500v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "name = 'x'\n", "[inner]\nset = {a = '1'}\n", "[[many]]\n[[many]]\nx.y = [1, {z = 2}]\n", "\ufeffcount = 1_0\n",
		"a = [[1,2],[[3]]]\r\n", "x = 1979-05-27T07:32:00Z", "\"\" = ''",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, again sample
		first, second := report(Decode("f", data, &v)), report(Decode("f", data, &again))
		if first != second {
			t.Fatalf("not deterministic:\n%s\n%s", first, second)
		}
		doc, err := Parse(diag.ExitFailed, "f", data)
		if err != nil {
			return
		}
		lines := strings.Split(string(data), "\n")
		for key := range doc.values {
			at := doc.At(key)
			if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column > len(lines[at.Line-1])+1 {
				t.Errorf("`%s` stands at %s, outside of the document", key, at)
			}
		}
	})
}
