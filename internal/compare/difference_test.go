package compare_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// TestTelling: what is known comes first, and what follows from another finding last.
func TestTelling(t *testing.T) {
	leaf := func(name string, known bool, class compare.Class) *compare.Difference {
		d := &compare.Difference{Name: name}
		if class != "" {
			d.Causes = []compare.Cause{{Class: class, Known: known}}
		}
		return d
	}
	d := &compare.Difference{Inside: []*compare.Difference{
		leaf("derived", true, compare.Derived), leaf("nothing", false, ""),
		{Inside: []*compare.Difference{leaf("guess", false, compare.Time), leaf("known", true, compare.Path)}},
		leaf("known later", true, compare.Time),
	}}
	for most, want := range map[int][]string{
		0: nil, 1: {"known"}, 3: {"known", "known later", "guess"}, 9: {"known", "known later", "guess", "nothing", "derived"},
	} {
		var got []string
		for _, path := range d.Telling(most) {
			if path[0] != d {
				t.Error("a finding without what holds it")
			}
			got = append(got, path[len(path)-1].Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d (-want +got)\n%s", most, diff)
		}
	}
}
