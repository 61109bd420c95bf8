package compare

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpans aligns runs of bytes.
func TestSpans(t *testing.T) {
	text := "the quick brown fox jumps over the lazy dog, and then once more over the fox"
	zero := strings.Repeat("\x00", 40)
	for _, test := range []struct {
		name, a, b string
		want       []span
	}{
		{"equal", text, text, nil},
		{"one byte", text, text[:30] + "X" + text[31:], []span{{30, 31, 30, 31}}},
		{"inserted", text, text[:30] + "XYZ" + text[30:], []span{{30, 30, 30, 33}}},
		{"removed", text, text[:30] + text[33:], []span{{30, 33, 30, 30}}},
		{"two changes", text, "T" + text[1:50] + "X" + text[51:], []span{{0, 1, 0, 1}, {50, 51, 50, 51}}},
		{"at the end", text, text[:70] + "x", []span{{70, 75, 70, 70}}},
		{"padding is no sign", "A" + zero + text, "BCDEFGHIJKLMNOPQRSTUVWXYZ" + zero[:16] + text, []span{{0, 25, 0, 25}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, rest, err := spans(Bytes([]byte(test.a)), Bytes([]byte(test.b)), 8)
			if err != nil || rest {
				t.Fatal(rest, err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(span{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			// What is outside of the runs is equal, whatever they are.
			if a, b := outside(test.a, got, true), outside(test.b, got, false); a != b {
				t.Errorf("%q and %q are equal by %v", a, b, got)
			}
		})
	}
}

// outside is what spans leave of one side.
func outside(text string, spans []span, first bool) string {
	kept, at := "", int64(0)
	for _, s := range spans {
		from, to := s.b0, s.b1
		if first {
			from, to = s.a0, s.a1
		}
		kept, at = kept+text[at:from], to
	}
	return kept + text[at:]
}

// TestReadAr reads the names and places of members, in both forms of long names.
func TestReadAr(t *testing.T) {
	member := func(name, content string) string {
		padding := ""
		if len(content)%2 == 1 {
			padding = "\n"
		}
		return pad(name, 16) + pad("1", 12) + pad("2", 6) + pad("3", 6) + pad("100644", 8) + pad(strconv.Itoa(len(content)), 10) + "`\n" + content + padding
	}
	data := []byte("!<arch>\n" + member("//", "a_long_name_of_gnu.o/\nanother_long_name.o/\n") + member("/0", "odd") + member("/22", "even") + member("#1/21", "a_long_name_of_bsd.o\x00x") + member("short/", "") + member("bare", "y"))
	members, err := readAr(Bytes(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range members[1:] {
		content, err := m.data.read(0, m.data.Size, 100)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(content, data[m.start:m.start+m.data.Size]) {
			t.Errorf("%s does not begin at %d", m.name, m.start)
		}
		got = append(got, m.name+"="+string(content)+" "+m.date+m.uid+m.gid+m.mode)
	}
	want := []string{"a_long_name_of_gnu.o=odd 123100644", "another_long_name.o=even 123100644", "a_long_name_of_bsd.o=x 123100644", "short= 123100644", "bare=y 123100644"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestSections finds the metadata's and the module's parts by name.
func TestSections(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b []byte
		want string
	}{
		{"rustc", rmetaFile("rustc 1.95.0", "x"), rmetaFile("rustc 1.96.0", "x"), "header `version of rustc`\n    - [rustc 1.95.0]\n    + [rustc 1.96.0]\n"},
		{"producers", wasmFile("one", "1.0"), wasmFile("one", "2.0"), "wasm section `custom `producers``\n    string at 15\n      - processed-by: rustc [1].0\n      + processed-by: rustc [2].0\n"},
		{"names", wasmFile("one", "1.0"), wasmFile("two", "1.0"), "wasm section `custom `name``\n    string at 0\n      - [one]\n      + [two]\n"},
		{"body", wasmFile("one", "1.0"), wasmFile("one", "1.1"), "wasm section `code`\n    wasm function `one`\n"},
		{"order of members", append(arFile("a", "1", "xx"), arFile("b", "1", "yy")[8:]...), append(arFile("b", "1", "yy"), arFile("a", "1", "xx")[8:]...), "is order: the same names in another order, from number 1 on"},
	} {
		d, err := Files("x", Bytes(test.a), Bytes(test.b), Options{})
		if err != nil {
			t.Fatal(err)
		}
		text := d.Text()
		if !strings.Contains(text, test.want) {
			t.Errorf("%s: no\n%s\nin\n%s", test.name, test.want, text)
		}
	}
}
