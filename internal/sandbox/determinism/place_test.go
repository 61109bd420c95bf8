package determinism

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlaces: what makes a place another, and what does not.
func TestPlaces(t *testing.T) {
	first := First("seed")
	argv, env := []string{"rustc", "lib.rs"}, []string{"A=1", "B=2"}
	program := first.Program(argv, env, "/w", 0)
	for _, c := range []struct {
		name string
		got  Place
		same bool
	}{
		{"the same again", First("seed").Program(argv, env, "/w", 0), true},
		{"the environment in another order", first.Program(argv, Variables([]string{"B=2", "A=1"}), "/w", 0), true},
		{"another world", First("other").Program(argv, env, "/w", 0), false},
		{"another parent", first.Child(0).Program(argv, env, "/w", 0), false},
		{"another argument", first.Program([]string{"rustc", "main.rs"}, env, "/w", 0), false},
		{"arguments in another order", first.Program([]string{"lib.rs", "rustc"}, env, "/w", 0), false},
		{"arguments cut elsewhere", first.Program([]string{"rustcl", "ib.rs"}, env, "/w", 0), false},
		{"an argument that is a variable", first.Program(append(argv, "A=1"), env[1:], "/w", 0), false},
		{"a directory that is an argument", first.Program(append(argv, "/w"), env, "", 0), false},
		{"another variable", first.Program(argv, []string{"A=1", "B=3"}, "/w", 0), false},
		{"another directory", first.Program(argv, env, "/v", 0), false},
		{"the second time", first.Program(argv, env, "/w", 1), false},
		{"a child", first.Child(0), false},
	} {
		if got := c.got == program; got != c.same {
			t.Errorf("%s: the same is %t, want %t", c.name, got, c.same)
		}
	}
	if first.Child(0) == first.Child(1) || first.Child(0).Child(0) == first.Child(0) || first.Child(1<<40) == first.Child(1<<40+1) {
		t.Error("two tasks have one place")
	}
	given := []string{"B=2", "A=1"}
	Variables(given)
	if diff := cmp.Diff([]string{"B=2", "A=1"}, given); diff != "" {
		t.Errorf("it changes what it is given (-want +got)\n%s", diff)
	}
}

// TestStream: these bytes are in programs that somebody built. Another algorithm
// builds others from the same root.
func TestStream(t *testing.T) {
	drawn := func(p Place, sizes ...int) string {
		stream, all := p.Stream(), []byte(nil)
		for _, n := range sizes {
			data := make([]byte, n)
			stream.Read(data)
			all = append(all, data...)
		}
		return hex.EncodeToString(all)
	}
	const want = "4e25c01127967b360778948b7f426d54"
	if diff := cmp.Diff(want, drawn(First("seed"), 16)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(drawn(First("seed"), 40), drawn(First("seed"), 1, 7, 8, 24)); diff != "" {
		t.Errorf("in pieces (-want +got)\n%s", diff)
	}
	if drawn(First("seed"), 16) == drawn(First("seed").Child(0), 16) {
		t.Error("a child draws what its parent does")
	}
}
