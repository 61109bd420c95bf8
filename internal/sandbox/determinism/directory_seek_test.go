package determinism

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed makes entries in the order in which a file system lists them.
func listed(t *testing.T, names []string, positions []int64) Entries {
	t.Helper()
	var data []byte
	for i, name := range names {
		entry := make([]byte, (entryName+len(name)+8)&^7)
		binary.LittleEndian.PutUint64(entry[entryOffset:], uint64(positions[i]))
		binary.LittleEndian.PutUint16(entry[entryLength:], uint16(len(entry)))
		copy(entry[entryName:], name)
		data = append(data, entry...)
	}
	entries, err := ParseEntries(data)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestEntriesAfter: from the position of each entry, what comes after it by name
// is listed, also from that of the one which the file system lists last.
func TestEntriesAfter(t *testing.T) {
	const end = 1<<63 - 1 // as of ext4
	for _, c := range []struct {
		name      string
		positions []int64
	}{
		{"in memory", []int64{2, 3, 4, end}},
		{"by hash", []int64{1 << 60, 1, 1 << 61, end}},
		{"by number", []int64{1, 2, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			last := c.positions[3]
			entries := listed(t, []string{"c", "a", "d", "b"}, c.positions)
			entries.Sort()
			entries.Distinguish(last)
			all := []string{"a", "b", "c", "d"}
			for i, entry := range entries {
				if position(entry) == last || position(entry) == 0 {
					t.Errorf("%s has the position %d, which is the end or the beginning", all[i], position(entry))
				}
				got := []string{}
				for _, after := range entries.After(position(entry)) {
					got = append(got, string(name(after)))
				}
				if diff := cmp.Diff(all[i+1:], got); diff != "" {
					t.Errorf("after %s (-want +got):\n%s", all[i], diff)
				}
			}
			if got := len(entries.After(12345)); got != len(all) {
				t.Errorf("%d entries after a position that no entry has, want all", got)
			}
		})
	}
}
