package verify

import (
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/perturb"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// TestAlike: which of the caller's files an output is compared with. Every case is run
// often, because maps have no order.
func TestAlike(t *testing.T) {
	for _, c := range []struct {
		name       string
		have, made []string
		want       map[string]string // output: file of the caller
	}{
		{"a file alone", []string{"x"}, []string{"debug/x", "debug/libx.rlib"}, map[string]string{"debug/x": "x"}},
		{"a file alone, and an example of its name", []string{"x"}, []string{"debug/examples/x", "debug/x"}, map[string]string{"debug/x": "x"}},
		{"a target directory", []string{"debug/x", "debug/examples/x", "debug/deps/x-1"}, []string{"debug/x", "debug/examples/x", "debug/deps/x-1"},
			map[string]string{"debug/x": "debug/x", "debug/examples/x": "debug/examples/x"}},
		{"a profile's directory", []string{"x", "examples/x"}, []string{"debug/examples/x", "debug/x"}, map[string]string{"debug/x": "x", "debug/examples/x": "examples/x"}},
		{"the whole name before a part of it", []string{"a/b/c/debug/x", "x", "other/x", "debug/x"}, []string{"debug/x"}, map[string]string{"debug/x": "debug/x"}},
		{"more parts before a shorter name", []string{"a/b/c/debug/x", "x"}, []string{"debug/x"}, map[string]string{"debug/x": "a/b/c/debug/x"}},
		{"the shortest", []string{"longer/x", "short/x", "x"}, []string{"debug/x"}, map[string]string{"debug/x": "x"}},
		{"the first in order", []string{"two/x", "one/x", "six/x"}, []string{"debug/x"}, map[string]string{"debug/x": "one/x"}},
		{"another target's directory", []string{"t/debug/x", "debug/x"}, []string{"debug/x", "t/debug/x"}, map[string]string{"debug/x": "debug/x", "t/debug/x": "t/debug/x"}},
		{"another name", []string{"debug/xx", "ax"}, []string{"debug/x"}, map[string]string{}},
		{"nothing", nil, []string{"debug/x"}, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 50 {
				have, made := map[string]file{}, map[string]file{}
				for _, name := range c.have {
					have[name] = file{path: name}
				}
				for _, name := range c.made {
					made[name] = file{}
				}
				got := map[string]string{}
				for name, f := range alike(have, made) {
					got[name] = f.path
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Fatalf("(-want +got)\n%s", diff)
				}
			}
		})
	}
}

// TestCircumstances: what compare is told that the bytes of a build may show, as the
// programs of that build saw it.
func TestCircumstances(t *testing.T) {
	env := map[string]string{"HOME": "/home/me", "HOSTNAME": "here", "USER": "me"}
	times := [2]int64{1000, 1010}
	is := func(processors int, times [2]int64) compare.Known {
		return compare.Known{Paths: []string{"/root", "/home/me"}, Host: "here", User: "me", Processors: processors, Times: times}
	}
	for name, c := range map[string]struct {
		build circumstances
		want  compare.Known
	}{
		"of the caller":       {circumstances{}, compare.Known{}},
		"the host":            {circumstances{root: "/root", env: env}, is(runtime.NumCPU(), times)},
		"one processor":       {circumstances{root: "/root", env: env, host: perturb.Host{CPUs: 1}}, is(1, times)},
		"shown, and no clock": {circumstances{root: "/root", env: env, staged: build.Staged{Shown: true}}, is(runtime.NumCPU(), [2]int64{world.Epoch, world.Epoch + 10})},
		"shown": {circumstances{root: "/root", env: env, staged: build.Staged{Shown: true, CPUs: 13, Ahead: time.Hour}, host: perturb.Host{CPUs: 1}},
			is(13, [2]int64{4600, 4610})},
	} {
		if diff := cmp.Diff(c.want, (&built{known: c.build, times: times}).circumstances()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}
