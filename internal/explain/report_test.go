package explain

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// many is more than a unit may have.
const many = 3 * maxFindings

// TestFailureIsBounded: a build script that looks for everything.
func TestFailureIsBounded(t *testing.T) {
	s, host := newScene(), fakeHost{files: map[string]string{}}
	id := s.script("p")
	for i := range many {
		s.exec(id, fmt.Sprintf("tool%d", i))
		host.files[fmt.Sprintf("/usr/bin/tool%d", i)] = "tools"
	}
	s.fail(id)
	got, err := Failure(Build{Record: &s.Record, Policy: &policy.Policy{}, Root: "/r", Host: host})
	if err != nil || len(got.Notes) != maxNotes || got.More != many-maxNotes || len(lines(got)) != maxNotes+3 {
		t.Errorf("%d notes, %d more, %v", len(got.Notes), got.More, err)
	}
	if want := fmt.Sprintf("`tool%d`", many-1); !strings.Contains(lines(got)[0], want) {
		t.Errorf("the last miss comes not first: %s", lines(got)[0])
	}
}

// TestFailureOfTheHost: a package database that cannot be read takes no more
// than itself.
func TestFailureOfTheHost(t *testing.T) {
	broken := errors.New("broken")
	s := newScene()
	id := s.script("p")
	s.exec(id, "protoc")
	s.fail(id)
	got, err := Failure(Build{Record: &s.Record, Policy: &policy.Policy{}, Root: "/r", Host: fakeHost{err: broken, files: map[string]string{"/usr/bin/protoc": ""}}})
	if !errors.Is(err, broken) || !got.Has(Program) {
		t.Errorf("%v, %v", err, lines(got))
	}
}

// TestShown: a path of the host, from where the reader stands.
func TestShown(t *testing.T) {
	for _, c := range []struct{ root, home, host, want string }{
		{"/home/me/src/app", "/home/me", "/home/me/src/app/a/b", "`a/b`"},
		{"/home/me/src/app", "/home/me", "/home/me/src/b", "`../b`"},
		{"/home/me/src/app", "/home/me", "/home/me/b", "`~/b`"},
		{"/home/me/src/app", "/home/me", "/srv/b", "`/srv/b`"},
		{"/data/app", "/data/home", "/data/home/b", "`~/b`"},
		{"/data/app", "/data/home", "/data/b", "`../b`"},
		{"/home/me/app", "/home/me", "/home/me/b", "`../b`"},
		{"/app", "", "/b", "`/b`"},
	} {
		if got := (Build{Root: c.root, Home: c.home}).shown(c.host); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestFailureWithoutARecord: under an isolation that writes none, and of one
// that was cut off before anything ended.
func TestFailureWithoutARecord(t *testing.T) {
	words := said("error: environment variable `A` not defined at compile time")
	want := []string{"the build: reads the variable `A`; your environment has it, and the build has not; add to hermetic.toml: [env] allow = [\"A\"], or give it once: --allow-env A [H020]", more(Variable)}
	for _, r := range []*observation.Record{nil, {Cut: true}, &newScene().Record} {
		got, err := Failure(Build{Record: r, Said: words, Policy: &policy.Policy{}, Root: "/r", Host: fakeHost{variables: []string{"A"}}})
		if diff := cmp.Diff(want, lines(got)); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// lines is a whole report for people.
func lines(r Report) []string {
	var all []string
	for _, n := range r.Notes {
		all = append(all, n.String())
	}
	return append(all, r.Rest()...)
}
