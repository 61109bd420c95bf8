package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// archive is an ar archive of one member, with a time in its header.
func archive(when, content string) string {
	header := "x.o/            " + when + "0     0     100644  " + "4         " + "`\n"
	return "!<arch>\n" + header + content
}

// TestGrade: an output that differs in nothing but what has a name is the same without
// that, and it is said; any other byte is a mismatch.
func TestGrade(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second string
		without       []string
		line          string
	}{
		{"bit by bit", archive("1111111111  ", "abcd"), archive("1111111111  ", "abcd"), nil, "match: 1 output, bit by bit\n"},
		{"another time", archive("1111111111  ", "abcd"), archive("2222222222  ", "abcd"), []string{"ar header times"},
			"match: 1 output, 1 of them not bit by bit, but without what is named\n    same     debug/libx.a, without: ar header times\nwithout ar header times: a time of the build in each member's header, which no linker reads\n"},
		{"and another byte", archive("1111111111  ", "abcd"), archive("2222222222  ", "abce"), nil, "mismatch: 1 of 1 output\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sides [2]*built
			for i, text := range []string{c.first, c.second} {
				dir := t.TempDir()
				file := filepath.Join(dir, "debug", "libx.a")
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				sides[i] = &built{dir: dir, counted: true}
			}
			var r Report
			sides[0].record, sides[1].record = &example().record, &example().record
			if err := r.compare(sides[0], sides[1]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.without, r.Outputs[0].Without); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if !strings.HasPrefix(r.Text(), c.line) {
				t.Errorf("got\n%s\nwant first\n%s", r.Text(), c.line)
			}
		})
	}
}
