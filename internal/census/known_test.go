package census

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// sections is the census: how many channels each of its sections numbers,
// counting from 01, and how many more were found since, which go on counting.
// What the census lists as harmless has no numbers.
var sections = map[string]struct{ numbered, since int }{
	"A": {27, 0},  // discovery in ancestors and in the home
	"B": {13, 0},  // config keys
	"C": {22, 0},  // environment that cargo reads
	"D": {14, 0},  // toolchain selection
	"E": {15, 0},  // programs, dynamic loader, system libraries
	"F": {4, 0},   // crates that build C
	"G": {19, 0},  // source escape, registry and git state
	"H": {8, 1},   // state of the output directory
	"I": {17, 20}, // kernel and host
	"J": {5, 0},   // network
	"K": {7, 0},   // paths in the output
}

// ids lists every channel of the census, sorted.
func ids() []string {
	var list []string
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		count := sections[section]
		for number := 1; number <= count.numbered+count.since; number++ {
			list = append(list, fmt.Sprintf("%s%02d", section, number))
		}
	}
	return list
}

// TestEveryChannelIsAccountedFor wants each channel of the census exactly once:
// as a file, closed or open, or as a line of the table of those that cannot act.
// What is nowhere has been forgotten, and what is twice is wrong in one place.
func TestEveryChannelIsAccountedFor(t *testing.T) {
	times := map[string]int{}
	for _, c := range load(t) {
		times[c.ID]++
	}
	for _, entry := range loadCannotAct(t) {
		times[entry.id]++
	}
	for _, id := range ids() {
		switch n := times[id]; {
		case n == 0:
			t.Errorf("`%s` is neither a file nor a line of the table", id)
		case n > 1:
			t.Errorf("`%s` is there %d times", id, n)
		}
		delete(times, id)
	}
	for id := range times {
		t.Errorf("`%s` is no channel of the census: what was found since is counted in `sections`", id)
	}
}
