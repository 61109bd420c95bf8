package determinism

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(e Entries) []string {
	var list []string
	for _, entry := range e {
		list = append(list, string(name(entry)))
	}
	return list
}

// TestEntriesSort: byte by byte, also what is not UTF-8.
func TestEntriesSort(t *testing.T) {
	e := listed(t, []string{"b", "a", "..", "\xff", "ab", ".", "a\x01", "Z", "é"}, make([]int64, 9))
	e.Sort()
	if diff := cmp.Diff([]string{".", "..", "Z", "a", "a\x01", "ab", "b", "é", "\xff"}, names(e)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestEntriesTake: entries come whole, all of them, and in their order, however
// little room there is.
func TestEntriesTake(t *testing.T) {
	all := listed(t, []string{"a", "bb", "a-name-that-is-longer", "c"}, make([]int64, 4))
	for _, c := range []struct {
		size int
		want [][]string // by call
	}{
		{0, nil}, {23, nil},
		{24, [][]string{{"a"}, {"bb"}}}, // the third one does not fit
		{48, [][]string{{"a", "bb"}, {"a-name-that-is-longer"}, {"c"}}},
		{1 << 20, [][]string{{"a", "bb", "a-name-that-is-longer", "c"}}},
	} {
		var got [][]string
		for rest := all; len(rest) > 0; {
			var data []byte
			before := len(rest)
			if data, rest = rest.Take(c.size); len(data) == 0 {
				if len(rest) != before {
					t.Errorf("size %d: something is lost", c.size)
				}
				break
			}
			part, err := ParseEntries(data)
			if err != nil || len(data) > c.size {
				t.Fatalf("size %d: %d bytes, %v", c.size, len(data), err)
			}
			got = append(got, names(part))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("size %d (-want +got)\n%s", c.size, diff)
		}
	}
}

func TestParseEntriesRefuses(t *testing.T) {
	whole := bytes.Join(listed(t, []string{"a"}, []int64{1}), nil)
	longer := slices.Clone(whole)
	longer[entryLength]++
	none := slices.Clone(whole)
	none[entryLength] = 0
	short := slices.Clone(whole)
	short[entryLength] = entryName
	for name, data := range map[string][]byte{"cut": whole[:len(whole)-1], "less than a head": whole[:entryName-1], "too long": longer, "no length": none, "no name": short} {
		if e, err := ParseEntries(data); err == nil {
			t.Errorf("%s: %q", name, e)
		}
	}
}

// FuzzParseEntries: whatever is accepted is the same in pieces as in one, and its
// parts can be sorted and listed from each position.
func FuzzParseEntries(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Join(Entries{
		append(append(make([]byte, entryLength), 24, 0, 8, 'a'), make([]byte, 4)...),
		append(append(make([]byte, entryLength), 24, 0, 4, 'b'), make([]byte, 4)...),
	}, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEntries(data)
		if err != nil {
			return
		}
		if !bytes.Equal(bytes.Join(e, nil), data) {
			t.Fatal("the parts are not the whole")
		}
		e.Sort()
		if !slices.IsSortedFunc(e, func(a, b []byte) int { return bytes.Compare(name(a), name(b)) }) {
			t.Fatal("it is not sorted")
		}
		for _, entry := range e {
			if len(e.After(position(entry))) > len(e) {
				t.Fatal("more follows than there is")
			}
		}
		part, rest := e.Take(len(data) / 2)
		if all, err := ParseEntries(slices.Concat(part, bytes.Join(rest, nil))); err != nil || len(all) != len(e) {
			t.Fatalf("%d entries of %d, %v", len(all), len(e), err)
		}
	})
}
