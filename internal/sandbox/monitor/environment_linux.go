package monitor

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
)

// environment is that of a program. Most programs are given the one of the program before,
// or what that has given to the last one too: then nothing of it is read again.
type environment struct {
	entries   []string
	values    map[string]string // by name
	variables []string          // what counts for the place of a program

	set   []observation.Variable // what the program before has not, or has with another value
	unset []string               // names that only that has
	given *environment           // to the program that was begun last
}

// next is the environment of a program that another one begins, which has this one. nil is that of
// nobody.
func (e *environment) next(entries []string) *environment {
	switch {
	case e == nil:
		e = &environment{}
	case slices.Equal(entries, e.entries):
		return &environment{entries: e.entries, values: e.values, variables: e.variables}
	case e.given != nil && slices.Equal(entries, e.given.entries):
		same := *e.given
		same.given = nil
		return &same
	}
	n := &environment{entries: entries, values: make(map[string]string, len(entries)), variables: determinism.Variables(entries)}
	for _, entry := range entries {
		name, value, _ := strings.Cut(entry, "=")
		n.values[name] = value
	}
	n.set, n.unset = changes(e.values, n.values)
	kept := *n // which is given to nobody: or each would keep the next
	e.given = &kept
	return n
}

// changes compares an environment with that of the program before.
func changes(before, now map[string]string) (set []observation.Variable, unset []string) {
	for name, value := range now {
		if old, ok := before[name]; !ok || old != value {
			sum := sha256.Sum256([]byte(value))
			set = append(set, observation.Variable{Name: name, Hash: hex.EncodeToString(sum[:8])})
		}
	}
	for name := range before {
		if _, ok := now[name]; !ok {
			unset = append(unset, name)
		}
	}
	slices.SortFunc(set, func(a, b observation.Variable) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(unset)
	return set, unset
}
