package cli

import "testing"

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"build", "build", 0},
		{"buid", "build", 1},
		{"buidl", "build", 1}, // a swap is one step
		{"biuld", "build", 1},
		{"relase", "release", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3}, // restricted: no edit inside a swap
	} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := editDistance(test.b, test.a); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}

func TestClosestName(t *testing.T) {
	names := []string{"build", "bench", "run", "test"}
	for word, want := range map[string]string{
		"buidl":              "build",
		"bnech":              "bench",
		"tset":               "test",
		"ru":                 "run",
		"xyz":                "", // three substitutions share nothing with `run`
		"":                   "",
		"publish-everything": "",
	} {
		if got := closestName(word, names, commandDistance); got != want {
			t.Errorf("closestName(%q) = %q, want %q", word, got, want)
		}
	}
	if got := closestName("ab", []string{"abcd", "abc", "abd"}, 3); got != "abc" {
		t.Errorf("of several equally near names the first counts, got %q", got)
	}
}
