package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThreatModel holds docs/threat-model.md to what exists: every promise names
// tests, and every test that it names is there.
func TestThreatModel(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testSources(t)
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) == 4 && !strings.Contains(line, "---") && strings.TrimSpace(cells[2]) != "shown by" && !testName.MatchString(cells[2]) {
			t.Errorf("no test shows the promise %q", cells[1])
		}
	}
	named := testName.FindAllStringSubmatch(string(page), -1)
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, match := range named {
		if err := testExists(match[1], tests); err != nil {
			t.Error(err)
		}
	}
}

// testName is a test, a script or a channel in a page.
var testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_/]+|ch-[A-K][0-9]{2})`")
