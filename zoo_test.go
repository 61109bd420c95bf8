//go:build linux

package hermetic_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// zooEveryDay are the exhibits of an ordinary test run. HERMETIC_ZOO asks for all
// of them, which takes minutes: `make zoo`.
var zooEveryDay = []string{"macro-hashmap", "path-manifest-dir", "script-mtime"}

// zooTries is how often a build may be repeated until it differs: a race may come
// out the same. What is to be the same has one try.
const zooTries = 8

// TestZoo shows for every exhibit that it differs where nothing holds it, in the
// one dimension that its header names; that the difference begins where the
// header says and goes only where the dependencies go; and what becomes of it in
// two builds of ours whose circumstances differ in every dimension.
func TestZoo(t *testing.T) {
	all := os.Getenv("HERMETIC_ZOO") != ""
	table := &zooTable{}
	t.Cleanup(func() { // after the last exhibit
		if !all {
			return
		}
		// Not t.Log: the table is the output of this test, also without -v.
		if err := table.write(os.Stdout); err != nil {
			t.Error(err)
		}
	})
	turns := make(chan struct{}, atOnce)
	for _, x := range loadZoo(t) {
		if !all && !slices.Contains(zooEveryDay, x.name) {
			continue
		}
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			row := &zooRow{exhibit: x}
			defer func() { table.add(row, t) }()
			if row.said = lackingHere(append(x.Needs, zooDimensions[x.Cause].needs)...); row.said != "" {
				t.Skip(row.said)
			}
			turns <- struct{}{}
			defer func() { <-turns }()
			s := newZooScene(t, x.name)
			s.exposed(x)
			row.end = s.held(x)
			row.blamed = s.blamed(x)
		})
	}
}

// exposed shows the sin, and that its header tells the truth about it.
func (s *zooScene) exposed(x *exhibit) {
	s.t.Helper()
	one, other := ours(false), ours(false)
	quiet, c := s.pair(x.Cause)
	switch {
	case x.Exposed == exposedPlain:
		one, other = plainCargo(), plainCargo()
	case c.Hold:
		other = ours(true)
	}
	first := s.build(x, one, quiet)
	if kind, text := x.outcome(); kind == zooRefused {
		// It cannot be built at all without what it takes from outside.
		if second := s.build(x, other, c); first.code == 0 || second.code != 0 || !strings.Contains(first.said, text) {
			s.t.Fatalf("%s ended with %d without `%s`, and with %d with it\n%s\n%s", one.name, first.code, x.Cause, second.code, first.said, second.said)
		}
		return
	}
	s.begins(x, s.untilDifferent(x, first, other, c), first.graph)
}

// untilDifferent builds in c until something differs from the first build, and
// returns what.
func (s *zooScene) untilDifferent(x *exhibit, first made, b zooBuilder, c circumstances) []string {
	s.t.Helper()
	if first.code != 0 {
		s.t.Fatalf("%s: exit code %d\n%s", b.name, first.code, first.said)
	}
	for range zooTries {
		nextSecond()
		second := s.build(x, b, c)
		if second.code != 0 {
			s.t.Fatalf("%s: exit code %d\n%s", b.name, second.code, second.said)
		}
		if list := differing(first.artifacts, second.artifacts, first.graph.depths()); len(list) > 0 {
			return list
		}
	}
	s.t.Fatalf("%s made the same %d times, so this is no sin, or it is closed", b.name, zooTries+1)
	return nil
}

// begins asks that a difference begins where the header says, goes only to what
// depends on the guilty package, and arrives in the program.
func (s *zooScene) begins(x *exhibit, list []string, g graph) {
	s.t.Helper()
	if list[0] != x.First {
		s.t.Errorf("`%s` differs first, and not `%s`: %v", list[0], x.First, list)
	}
	for _, name := range list {
		if pkg, _, _ := strings.Cut(name, "/"); !g.reaches(pkg, x.Guilty) {
			s.t.Errorf("`%s` is innocent and differs: %v", name, list)
		}
	}
	if !slices.Contains(list, "app/app") {
		s.t.Errorf("the program is the same, so nobody would notice: %v", list)
	}
}

// held is what determinism makes of an exhibit: nothing moves what is cured, and
// what is open is moved by its cause. It returns how that is counted.
func (s *zooScene) held(x *exhibit) string {
	s.t.Helper()
	kind, text := x.outcome()
	if kind == zooOpen || lackingHere(x.CureNeeds...) != "" {
		quiet, c := s.pair(x.Cause)
		first := s.build(x, ours(true), quiet)
		s.begins(x, s.untilDifferent(x, first, ours(true), c), first.graph)
		return zooOpen
	}
	first := s.build(x, ours(true), s.quiet())
	nextSecond()
	second := s.build(x, ours(true), s.everyOther())
	want := 0
	if kind == zooRefused {
		want = 101
	}
	for _, m := range []made{first, second} {
		if m.code != want || kind == zooRefused && !strings.Contains(m.said, text) {
			s.t.Fatalf("exit code %d, want %d and %q\n%s", m.code, want, text, m.said)
		}
	}
	if list := differing(first.artifacts, second.artifacts, first.graph.depths()); len(list) > 0 {
		s.t.Errorf("not cured: %v", list)
	}
	return kind
}
