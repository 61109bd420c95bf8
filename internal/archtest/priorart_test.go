package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proposals are the threads of the census with how many numbered items each
// has.
var proposals = map[string]int{
	"9506": 14, "15620": 21, "5418": 2, "7871": 8, "6805": 1, "6706": 1, "16562": 1, "16563": 1, "7887": 3, "7894": 4,
	"9769": 1, "7621": 3, "8643": 1, "16947": 1, "24210": 6, "1063": 1, "12519": 1, "5042": 4, "3279": 11,
}

// TestPriorArt holds docs/prior-art.md to what exists: a row for every proposal,
// and every test that a row names.
func TestPriorArt(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "prior-art.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testSources(t)
	rows := map[string]bool{}
	row := regexp.MustCompile(`^\| (\d+-\d+) \| .+ \| .+ \| (.+) \|$`)
	named := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(string(page)) {
		cells := row.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil {
			continue
		}
		if rows[cells[1]] {
			t.Errorf("two rows for %s", cells[1])
		}
		rows[cells[1]] = true
		for _, test := range named.FindAllStringSubmatch(cells[2], -1) {
			if err := testExists(test[1], tests); err != nil {
				t.Errorf("%s: %v", cells[1], err)
			}
		}
	}
	count := 0
	for thread, n := range proposals {
		for i := range n {
			count++
			if id := fmt.Sprintf("%s-%d", thread, i+1); !rows[id] {
				t.Errorf("no row for %s", id)
			}
		}
	}
	if len(rows) != count {
		t.Errorf("%d rows for %d proposals", len(rows), count)
	}
}
