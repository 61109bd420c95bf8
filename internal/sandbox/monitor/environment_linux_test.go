package monitor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// TestEnvironmentsEnd: what has ended is kept by nobody.
func TestEnvironmentsEnd(t *testing.T) {
	var nobody *environment
	first := nobody.next([]string{"N=0"})
	last := first
	for i := range 10 {
		last = last.next([]string{"N=" + string(rune('a'+i))})
	}
	if first.given == nil || first.given.given != nil {
		t.Errorf("an environment keeps more than the one that it has given: %+v", first.given)
	}
}

// TestEnvironments: what is remembered of environments is what would be found out again.
func TestEnvironments(t *testing.T) {
	var nobody *environment
	hash := func(name, of string) observation.Variable { // the first of sha256sum
		return observation.Variable{Name: name, Hash: map[string]string{"1": "6b86b273ff34fce1", "2": "d4735e3a265e16ee"}[of]}
	}
	first := nobody.next([]string{"A=1", "B=2", "NUM_JOBS=3"})
	other := []string{"B=2", "C=1"}
	for _, c := range []struct {
		name      string
		got       *environment
		variables []string
		set       []observation.Variable
		unset     []string
	}{
		{"the first", nobody.next([]string{"B=2", "A=1"}), []string{"A=1", "B=2"}, []observation.Variable{hash("A", "1"), hash("B", "2")}, nil},
		{"the same", first.next([]string{"A=1", "B=2", "NUM_JOBS=3"}), []string{"A=1", "B=2"}, nil, nil},
		{"another", first.next(other), []string{"B=2", "C=1"}, []observation.Variable{hash("C", "1")}, []string{"A", "NUM_JOBS"}},
		{"that again", first.next(other), []string{"B=2", "C=1"}, []observation.Variable{hash("C", "1")}, []string{"A", "NUM_JOBS"}},
		{"back from there", first.next(other).next([]string{"A=1", "B=2"}), []string{"A=1", "B=2"}, []observation.Variable{hash("A", "1")}, []string{"C"}},
		{"a third", first.next([]string{"A=2"}), []string{"A=2"}, []observation.Variable{hash("A", "2")}, []string{"B", "NUM_JOBS"}},
		{"none", first.next(nil), nil, nil, []string{"A", "B", "NUM_JOBS"}},
	} {
		if diff := cmp.Diff(c.variables, c.got.variables); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if diff := cmp.Diff(c.set, c.got.set); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if diff := cmp.Diff(c.unset, c.got.unset); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
