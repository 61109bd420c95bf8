package toml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Problem is one thing that is wrong in a document. Readers of a file add
// their own to those of Decode, so that all are reported at once.
type Problem struct {
	At      diag.Position
	Message string // as diag.Diagnostic.Message
	Help    string // as diag.Diagnostic.Help, may be empty
}

// Unknown is the problem of a key that is not known, with the known key that is
// nearest to it in spelling, if one is near. path is the whole key as the user
// would write it, key its last part.
func Unknown[V any](at diag.Position, path, key string, known map[string]V) Problem {
	p := Problem{At: at, Message: fmt.Sprintf("unknown key `%s`", path)}
	if similar := nearest(key, known); similar != "" {
		p.Help = fmt.Sprintf("a key with a similar name exists: `%s`", similar)
	}
	return p
}

// Report makes one *diag.Diagnostic of all problems, with exit code exit, in
// the order of the document. It returns nil if there are none.
func Report(exit int, file string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	problems = slices.Clone(problems)
	sortProblems(problems)
	if len(problems) == 1 {
		p := problems[0]
		d := diag.New(exit, "%s", p.Message)
		d.At = []diag.Position{p.At}
		d.Help = p.Help
		return d
	}
	d := diag.New(exit, "`%s` has %d errors", file, len(problems))
	for _, p := range problems {
		d.At = append(d.At, p.At)
		note := p.Message
		if p.At.Line > 0 {
			note = fmt.Sprintf("%d:%d: %s", p.At.Line, p.At.Column, note)
		}
		if p.Help != "" {
			note += " (" + p.Help + ")"
		}
		d.Note("%s", note)
	}
	return d
}

func sortProblems(problems []Problem) {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.At.Line, b.At.Line),
			cmp.Compare(a.At.Column, b.At.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// maxShownPath bounds a key in a message, in bytes: a hostile document can
// have keys of megabytes.
const maxShownPath = 200

// Key writes a path of keys (string) and array indices (int) as the user would
// write it, quoted where TOML needs it and cut where it is very long.
func Key(path ...any) string {
	var b strings.Builder
	for i, step := range path {
		if b.Len() > maxShownPath {
			break
		}
		switch s := step.(type) {
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			if isBare(s) {
				b.WriteString(s)
			} else {
				fmt.Fprintf(&b, "%q", s)
			}
		case int:
			fmt.Fprintf(&b, "[%d]", s)
		}
	}
	if b.Len() > maxShownPath {
		return strings.ToValidUTF8(b.String()[:maxShownPath], "") + "..."
	}
	return b.String()
}

// isBare reports whether a key needs no quotes (TOML 1.0, unquoted-key).
func isBare(key string) bool {
	for _, c := range []byte(key) {
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return key != ""
}

// nearest returns the known key that is at most a third of its length away
// from key in edits, the first in the alphabet among equals, or nothing.
func nearest[V any](key string, known map[string]V) string {
	best, bestDistance := "", 0
	for candidate := range known {
		if abs(len(key)-len(candidate)) > len(candidate) {
			continue // also bounds the work for a key of megabytes
		}
		d := distance(strings.ToLower(key), strings.ToLower(candidate))
		if d > max(1, len(candidate)/3) {
			continue
		}
		if best == "" || d < bestDistance || d == bestDistance && candidate < best {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance is the number of inserted, removed, changed and swapped neighbouring
// bytes between two strings (optimal string alignment).
func distance(a, b string) int {
	var before []int // the row two above
	above := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, row[j]+1, above[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}

func abs(n int) int { return max(n, -n) }
