//go:build linux

package hermetic_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"
)

// zooRow is what one exhibit came to.
type zooRow struct {
	*exhibit
	end    string // zooCured, zooRefused or zooOpen; empty if it did not get there
	said   string // why it was skipped
	blamed bool   // `verify` was asked, and named the guilty package
}

// zooTable is what `make zoo` prints.
type zooTable struct {
	mu                           sync.Mutex
	rows                         []string
	differ, blamed               int
	ends                         map[string]int
	crates, skipped, failedCount int
}

// add adds the line of an exhibit when its subtest has ended.
func (z *zooTable) add(r *zooRow, t *testing.T) { z.addAs(r, t.Failed()) }

func (z *zooTable) addAs(r *zooRow, failed bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.ends == nil {
		z.ends = map[string]int{}
	}
	z.crates++
	by, state := "plain cargo", r.Outcome
	if r.Exposed == exposedNo {
		by = "--deterministic=no"
	}
	switch {
	case r.said != "":
		z.skipped++
		state = "skipped: " + r.said
	case failed || r.end == "":
		z.failedCount++
		state = "FAILED, expected " + r.Outcome
	default:
		z.differ++
		z.ends[r.end]++
		if r.blamed {
			z.blamed++
		}
		if kind, _ := r.outcome(); kind != r.end {
			state = r.end + ": " + lackingHere(r.CureNeeds...)
		}
	}
	z.rows = append(z.rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\n", r.name, r.Unit, r.Cause, by, r.First, state))
}

func (z *zooTable) write(w io.Writer) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	slices.Sort(z.rows) // each begins with its name
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(table, "crate\tguilty unit\tcause\tdiffers by\tfirst\tours\n"+strings.Join(z.rows, "")); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, "%d crates: %d differ without us, %d cured, %d refused, %d open; verify blamed %d", z.crates, z.differ, z.ends[zooCured], z.ends[zooRefused], z.ends[zooOpen], z.blamed)
	if z.skipped > 0 {
		fmt.Fprintf(&text, ", %d skipped", z.skipped)
	}
	if z.failedCount > 0 {
		fmt.Fprintf(&text, ", %d failed", z.failedCount)
	}
	text.WriteByte('\n')
	_, err := io.WriteString(w, text.String())
	return err
}

func TestZooTable(t *testing.T) {
	row := func(name, outcome, end, said string) *zooRow {
		return &zooRow{&exhibit{name: name, Unit: "library", Cause: "clock", Exposed: exposedNo, First: "p/f", Outcome: outcome}, end, said, name == "a"}
	}
	z := &zooTable{}
	z.addAs(row("b", "open: so", zooOpen, ""), false)
	z.addAs(row("a", "cured", zooCured, ""), false)
	z.addAs(row("c", "cured", zooCured, ""), true)
	z.addAs(row("d", "cured", "", "no git"), false)
	var got strings.Builder
	if err := z.write(&got); err != nil {
		t.Fatal(err)
	}
	want := "crate  guilty unit  cause  differs by          first  ours\n" +
		"a      library      clock  --deterministic=no  p/f    cured\n" +
		"b      library      clock  --deterministic=no  p/f    open: so\n" +
		"c      library      clock  --deterministic=no  p/f    FAILED, expected cured\n" +
		"d      library      clock  --deterministic=no  p/f    skipped: no git\n" +
		"4 crates: 2 differ without us, 1 cured, 0 refused, 1 open; verify blamed 1, 1 skipped, 1 failed\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
