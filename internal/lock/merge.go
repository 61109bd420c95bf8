package lock

import (
	"bytes"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// The forms of Encode let git merge two branches line by line: a package or a
// component is a line of its own, and what neither touched stays. What it cannot
// merge are the digests. Each names all of what lies below it, so that of two
// changes together is in neither branch, and somebody has to make it: git stops
// there with a conflict, or, with `merge=union` in .gitattributes, keeps the lines
// of both. Either is found here and refused by what it is.

// markers are what git writes into a file that it could not merge. No line of a
// lock begins like that.
var markers = []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"}

const (
	ours  = 0 // index in markers: begins a conflict, and the side of the current branch
	ended = 3 // ends a conflict
)

// marker returns which marker begins a line, -1 for none.
func marker(line []byte) int {
	for i, m := range markers {
		if bytes.HasPrefix(line, []byte(m)) {
			return i
		}
	}
	return -1
}

// unmerged refuses what a merge left: conflicts with all their places, or the
// first key that is there from both sides.
func unmerged(file string, data []byte) error {
	const why = "a digest names everything below it, so nobody but this program can tell that of both changes together"
	var first, begins []int
	for n, line := range lineKeys(data) {
		switch m := marker(line.text); {
		case m == ours:
			begins = append(begins, n+1)
		case m > ours && len(first) == 0:
			first = append(first, n+1) // what is left of a conflict that somebody began to solve
		}
	}
	if len(begins) == 0 {
		begins = first
	}
	if len(begins) > 0 {
		d := diag.New(diag.ExitLock, "`%s` holds the markers of a merge conflict", file).Note("%s", why)
		for _, n := range begins {
			d.In(file, n, 0)
		}
		return d
	}
	seen := map[string]int{}
	for n, line := range lineKeys(data) {
		if before := seen[line.key]; before > 0 && line.key != "" {
			d := diag.New(diag.ExitLock, "`%s` holds `%s` twice, as a merge leaves it that keeps both sides", file, line.key).
				In(file, before, 0).In(file, n+1, 0)
			if strings.HasSuffix(line.key, ".digest") || strings.HasSuffix(line.key, ".layer") {
				d.Note("%s", why)
			}
			return d
		}
		seen[line.key] = n + 1
	}
	return nil
}

// lineKey is a line and the key that it gives a value, `system.layer`; empty if
// it gives none.
type lineKey struct {
	text []byte
	key  string
}

// lineKeys reads the lines as Encode writes them: a key begins its line, and the
// elements of a list are indented. What else TOML allows is left to its parser.
func lineKeys(data []byte) []lineKey {
	var all []lineKey
	table := ""
	for text := range bytes.Lines(data) {
		line := lineKey{text: text}
		name, _, found := strings.Cut(string(text), " = ")
		switch {
		case text[0] == '[':
			table = strings.Trim(string(text), "[]\r\n") + "."
		case found && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "":
			line.key = table + name
		}
		all = append(all, line)
	}
	return all
}

// Merged reads what a merge left, to say what changes when it is made anew: of
// each conflict the side of the current branch, of each key that is there twice
// the first. It returns nil for a lock that even so is none. The digests in it are
// those of one side, so nothing may be built from it.
func Merged(file string, data []byte) *Lock {
	l, err := Parse(file, oneSide(data))
	if err != nil {
		return nil
	}
	return l
}

// oneSide returns the text without what only the other branch has in a conflict.
func oneSide(data []byte) []byte {
	var kept []byte
	side := -1 // the marker that began the part of a conflict that we are in
	for line := range bytes.Lines(data) {
		switch m := marker(line); {
		case m == ended:
			side = -1
		case m >= 0:
			side = m
		case side <= ours:
			kept = append(kept, line...)
		}
	}
	var text []byte
	seen := map[string]bool{}
	for _, line := range lineKeys(kept) {
		if line.key == "" || !seen[line.key] {
			text = append(text, line.text...)
		}
		seen[line.key] = true
	}
	return text
}
