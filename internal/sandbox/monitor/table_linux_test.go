package monitor

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// everyOptions are all combinations of what can be held.
func everyOptions() map[string]Options {
	all := map[string]Options{"nothing held": {Record: io.Discard}}
	for _, clock := range []spec.Clock{spec.ClockReal, spec.ClockHeld} {
		for _, random := range []bool{false, true} {
			for _, cpus := range []int{0, 4} {
				name := fmt.Sprintf("clock %s, random %t, %d processors", clock, random, cpus)
				all[name] = Options{Hold: &spec.Determinism{Clock: clock, Random: random, CPUs: cpus}}
			}
		}
	}
	return all
}

// TestTables: what the filter hands over has an answer, what has an answer is
// handed over, and no call is in two tables: the rule of one would hide the other's.
func TestTables(t *testing.T) {
	for name, o := range everyOptions() {
		t.Run(name, func(t *testing.T) {
			m, err := newMonitor(o, func() { t.Error("it ends the run") })
			if err != nil {
				t.Fatal(err)
			}
			var asked, stopped, wantAsked, wantStopped []string
			for _, r := range m.rules() {
				switch {
				case r.Ask:
					asked = append(asked, r.Call.Name)
				case r.Stop:
					stopped = append(stopped, r.Call.Name)
				}
				if r.Why == "" {
					t.Errorf("the rule for %s has no reason", r.Call.Name)
				}
			}
			tables := map[uint32][]string{}
			note := func(table string, c seccomp.Call) { tables[c.Number] = append(tables[c.Number], table) }
			for _, h := range heldCalls {
				if h.answer == nil || h.part == nil {
					t.Errorf("%s has no answer", h.call.Name)
				}
				if h.part(m) {
					wantAsked = append(wantAsked, h.call.Name)
				}
				if (m.handlers[h.call.Number].held != nil) != h.part(m) {
					t.Errorf("%s: there is an answer is %t, there is a rule is %t", h.call.Name, !h.part(m), h.part(m))
				}
				note("held", h.call)
			}
			for _, c := range timedCalls {
				if c.begin == nil || m.handlers[c.call.Number].timed == nil {
					t.Errorf("%s has no answer", c.call.Name)
				}
				if m.clockHeld() {
					wantStopped = append(wantStopped, c.call.Name)
				}
				note("timed", c.call)
			}
			for _, p := range pathCalls {
				if got := m.handlers[p.call.Number].path; got == nil || got.call != p.call {
					t.Errorf("%s has no answer", p.call.Name)
				}
				wantAsked = append(wantAsked, p.call.Name)
				note("path", p.call)
			}
			for _, s := range socketCalls {
				if got := m.handlers[s.call.Number].socket; got == nil || got.call != s.call {
					t.Errorf("%s has no answer", s.call.Name)
				}
				wantAsked = append(wantAsked, s.call.Name)
				note("socket", s.call)
			}
			wantAsked = append(wantAsked, "ptrace")
			for _, list := range [][]string{asked, stopped, wantAsked, wantStopped} {
				slices.Sort(list)
			}
			if diff := cmp.Diff([][]string{wantAsked, wantStopped}, [][]string{asked, stopped}); diff != "" {
				t.Errorf("asked, stopped (-want +got)\n%s", diff)
			}
			for number, list := range tables {
				list = slices.Compact(list) // one table may have a call more than once
				if len(list) > 1 {
					t.Errorf("call %d is in the tables %v", number, list)
				}
			}
			if err := m.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTablesAndPolicy: the policy refuses nothing always that a table answers, or
// the answer would never be given; no rule lets go what the policy refuses, as the
// policy's come first; and the two together are a program that the kernel takes.
func TestTablesAndPolicy(t *testing.T) {
	always := map[uint32]string{}
	for _, r := range seccomp.Policy() {
		if len(r.When) == 0 && len(r.Allowed) == 0 {
			always[r.Call.Number] = r.Call.Name
		}
	}
	for name, o := range everyOptions() {
		m, err := newMonitor(o, func() { t.Error("it ends the run") })
		if err != nil {
			t.Fatal(err)
		}
		rules := m.rules()
		for _, r := range rules {
			if refused, ok := always[r.Call.Number]; ok && (r.Ask || r.Stop || r.Allow) {
				t.Errorf("%s: the policy always refuses %s", name, refused)
			}
		}
		for what, list := range map[string][]seccomp.Rule{"in a world": append(seccomp.Policy(), rules...), "alone": rules} {
			if _, err := seccomp.Program(list); err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if err := m.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestUnseenBirthsAreRefused: with and without the policy, and whatever is held.
func TestUnseenBirthsAreRefused(t *testing.T) {
	for name, o := range everyOptions() {
		m, err := newMonitor(o, func() { t.Error("it ends the run") })
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]seccomp.Errno{}
		for _, r := range m.rules() {
			switch {
			case r.Ask || r.Stop || r.Allow:
			case r.Call.Number == unix.SYS_CLONE3 && len(r.When) == 0:
				got["clone3"] = r.Errno
			case r.Call.Number == unix.SYS_CLONE:
				for _, c := range r.When {
					for flag, value := range map[string]uint32{"untraced": unix.CLONE_UNTRACED, "parent": unix.CLONE_PARENT} {
						if c.Arg == 0 && c.Op == seccomp.HasBits && c.Value&value != 0 {
							got[flag] = r.Errno
						}
					}
				}
			}
		}
		want := map[string]seccomp.Errno{"clone3": seccomp.ENOSYS, "untraced": seccomp.EPERM, "parent": seccomp.EPERM}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if err := m.close(); err != nil {
			t.Error(err)
		}
	}
}
