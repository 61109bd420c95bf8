package census

import (
	"fmt"
	"testing"
)

// sections is the census: how many channels each of its sections numbers,
// counting from 01. Section L holds what was found harmless and has no ids.
var sections = map[string]int{
	"A": 27, // discovery in ancestors and in the home
	"B": 13, // config keys
	"C": 22, // environment that cargo reads
	"D": 14, // toolchain selection
	"E": 15, // programs, dynamic loader, system libraries
	"F": 4,  // crates that build C
	"G": 19, // source escape, registry and git state
	"H": 8,  // state of the output directory
	"I": 17, // kernel and host
	"J": 5,  // network
	"K": 7,  // paths in the output
}

// TestKnownIDs fails for a channel that the census does not number, and for a
// section without a single channel. That ids are unique follows from parsing,
// which wants the id in the file name, and is checked all the same.
func TestKnownIDs(t *testing.T) {
	known := map[string]bool{}
	for section, count := range sections {
		for number := 1; number <= count; number++ {
			known[fmt.Sprintf("%s%02d", section, number)] = true
		}
	}
	seen := map[string]bool{}
	covered := map[string]bool{}
	for _, c := range load(t) {
		if !known[c.ID] {
			t.Errorf("`%s` is no channel of the census", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("`%s` is there twice", c.ID)
		}
		seen[c.ID] = true
		covered[c.ID[:1]] = true
	}
	for section := range sections {
		if !covered[section] {
			t.Errorf("no channel of section %s", section)
		}
	}
	t.Logf("census: %d of %d known channels are test data", len(seen), len(known))
}
