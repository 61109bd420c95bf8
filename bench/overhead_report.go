package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// usage is CPU time of one run of the product, user and system (getrusage(2)).
type usage struct {
	Own      time.Duration `json:"own"`      // of the product itself, which is the supervisor
	Children time.Duration `json:"children"` // of everything that it waited for: the build
}

// supervised is what one run under supervision, or without, is known by.
type supervised struct {
	usage
	calls    uint64 // that the supervisor looked at; 0 without one
	noted    uint64 // of them, those for which nobody was stopped
	compiled int    // packages
}

// supervision is what the supervisor itself used in the builds of one tree.
type supervision struct {
	Tree     string `json:"tree"`
	Compiled int    `json:"compiled"` // packages
	// The product's own CPU time as a share of the build's, which is that of all
	// other processes of the same run. Added is without what the product uses when
	// it supervises nothing: it also hashes, checks layers and rewrites output.
	Added   spread `json:"own_cpu_added_share"`
	Raw     spread `json:"own_cpu_share"`
	Calls   spread `json:"calls"`                  // that the supervisor looked at
	Stops   spread `json:"stops"`                  // of them, those for which the caller was stopped
	PerCall spread `json:"microseconds_of_a_call"` // of own CPU time that was added
}

// supervisionOf divides pair by pair. Both series have the same length, not 0.
func supervisionOf(name string, with, without []supervised) supervision {
	var added, raw, calls, stops, each []float64
	for i, w := range with {
		more := (w.Own - without[i].Own).Seconds()
		added = append(added, more/w.Children.Seconds())
		raw = append(raw, w.Own.Seconds()/w.Children.Seconds())
		calls = append(calls, float64(w.calls))
		stops = append(stops, float64(w.calls-w.noted))
		each = append(each, more*1e6/float64(w.calls))
	}
	return supervision{name, with[0].compiled, spreadOf(added), spreadOf(raw), spreadOf(calls), spreadOf(stops), spreadOf(each)}
}

// supervisorGoal is for the median of Added.
const supervisorGoal = 0.02

// published is what others say of their own tools: other machines, other programs,
// so beside our figures and not against them.
//
// The first is the paper's mean (ASPLOS 2020). The others are the medians of the
// ptrace backend in benchmarks/targeted-results-2026-07-24.md of
// facebookexperimental/hermit, for programs of some milliseconds in C.
var published = []string{
	"DetTrace: 3.49x, mean of I/O-heavy Debian builds (ASPLOS 2020)",
	"hermit, ptrace: 3.94x arithmetic, 51.33x mixed, 229.83x system calls alone, 37 us a call (its targeted results of 2026-07-24; no build among them)",
}

// overheadText is the part of the report about the supervisor; nothing if that was
// not measured.
func (r *report) overheadText() string {
	var b strings.Builder
	if len(r.Supervisor) > 0 {
		fmt.Fprintf(&b, "\nthe supervisor's own CPU time, in percent of the build's (goal: %.0f added), and microseconds of it a call\n\n", supervisorGoal*100)
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "tree\tpackages\tadded %\twith all it does %\tcalls\tstops\tus a call")
		for _, s := range r.Supervisor {
			fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", s.Tree, s.Compiled, s.Added.text(100, 2), s.Raw.text(100, 2), s.Calls.text(1, 0), s.Stops.text(1, 0), s.PerCall.text(1, 1))
		}
		t.Flush() // into a strings.Builder, which takes everything
	}
	for i, line := range r.Published {
		if i == 0 {
			b.WriteString("\npublished by others, of other machines and programs:\n")
		}
		fmt.Fprintf(&b, "    %s\n", line)
	}
	return b.String()
}
