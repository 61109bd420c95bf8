package census

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestReadme: the README says the count that the census prints, and names every
// channel that is open. TestCensus proves that the kinds counted here are so.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := strings.Join(strings.Fields(string(data)), " ")
	kinds := map[string]int{}
	channels, others := load(t), loadCannotAct(t)
	for _, c := range channels {
		kind, _ := c.asked()
		kinds[kind]++
		if kind == oursOpen && !strings.Contains(readme, c.ID+" ") {
			t.Errorf("the README does not name the open channel %s (%s)", c.ID, c.Title)
		}
	}
	want := fmt.Sprintf("%d channels: %d closed, %d refused, %d open, %d cannot act",
		len(channels)+len(others), kinds[oursSame], kinds[oursRefused], kinds[oursOpen], len(others))
	if !strings.Contains(readme, want) {
		t.Errorf("the README does not say %q", want)
	}
}
