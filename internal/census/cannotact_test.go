package census

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

// cannotAct is a channel of the census that has no file, because nothing on
// Linux with this cargo can make it act.
type cannotAct struct {
	id, reason string // the reason with its evidence
}

// cannotActLine is the only shape of a line, so that the table can be read,
// sorted and merged as text.
var cannotActLine = regexp.MustCompile(`^([A-K][0-9]{2}) = ".*"$`)

// enoughOfAReason is the length in bytes below which a reason cannot have named
// its evidence.
const enoughOfAReason = 40

// parseCannotAct reads the table of channels that cannot act. It is TOML, one
// line an entry, sorted by id; comments stand before the first entry.
func parseCannotAct(data []byte) ([]cannotAct, error) {
	reasons := map[string]string{}
	if err := toml.Unmarshal(data, &reasons); err != nil {
		return nil, err
	}
	var entries []cannotAct
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if len(entries) == 0 && (line == "" || strings.HasPrefix(line, "#")) {
			continue
		}
		match := cannotActLine.FindStringSubmatch(line)
		if match == nil {
			return nil, fmt.Errorf("line %d is not `ID = \"REASON\"`", number)
		}
		entry := cannotAct{match[1], reasons[match[1]]}
		switch {
		case len(entry.reason) < enoughOfAReason:
			return nil, fmt.Errorf("line %d: `%s` gives no evidence", number, entry.reason)
		case len(entries) > 0 && entries[len(entries)-1].id >= entry.id:
			return nil, fmt.Errorf("line %d: `%s` is not in its place by id", number, entry.id)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// loadCannotAct reads the table of the repository.
func loadCannotAct(t *testing.T) []cannotAct {
	t.Helper()
	name := filepath.Join(directory, "cannot-act.toml")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := parseCannotAct(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return entries
}

func TestParseCannotAct(t *testing.T) {
	const reason = "measured with cargo 1.95: the bytes are the same"
	got, err := parseCannotAct([]byte("# why\n\nA01 = \"" + reason + "\"\nB02 = \"" + reason + " \\\"so\\\"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []cannotAct{{"A01", reason}, {"B02", reason + ` "so"`}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cannotAct{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseCannotActRefuses(t *testing.T) {
	const reason = ` = "measured with cargo 1.95: the bytes are the same"` + "\n"
	for _, test := range []struct{ name, text, want string }{
		{"not TOML", "A01 = bytes\n", "toml"},
		{"not a text", "A01 = 1\n", "string"},
		{"no id of the census", "L01" + reason, "line 1 is not"},
		{"a table", "[A]\nA01" + reason, "toml"},
		{"two lines", "A01 = \"\"\"\n" + reason + "\"\"\"\n", "line 2 is not"},
		{"comment between entries", "A01" + reason + "# so\nA02" + reason, "line 2 is not"},
		{"no evidence", "A01 = \"harmless\"\n", "no evidence"},
		{"not sorted", "A02" + reason + "A01" + reason, "not in its place"},
		{"twice", "A01" + reason + "A01" + reason, "toml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			entries, err := parseCannotAct([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error `%v` does not say `%s`, entries %v", err, test.want, entries)
			}
		})
	}
}
