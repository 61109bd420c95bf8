package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// report is everything that was measured, and what was not.
type report struct {
	Machine     shape         `json:"machine"`
	Comparisons []comparison  `json:"comparisons"`
	Supervisor  []supervision `json:"supervisor,omitempty"`
	Published   []string      `json:"published,omitempty"` // by others, of their tools
	LeftOut     []leftOut     `json:"left_out,omitempty"`
}

// shape is the machine that the figures hold for.
type shape struct {
	CPUs   int    `json:"cpus"`
	System string `json:"system"`
	Kernel string `json:"kernel,omitempty"`
	Load   string `json:"load,omitempty"` // mean of the last minute, before the first run
	Go     string `json:"go"`
	Rust   string `json:"rust,omitempty"`
}

// comparison is one series of pairs.
type comparison struct {
	What       string  `json:"what"` // one of those that -only names
	Tree       string  `json:"tree,omitempty"`
	Ours       string  `json:"ours"`
	Theirs     string  `json:"theirs"`
	Pairs      int     `json:"pairs"`
	WallRatio  spread  `json:"wall_ratio"`
	CPURatio   spread  `json:"cpu_ratio"`
	OursCost   cost    `json:"ours_cost"`
	TheirsCost cost    `json:"theirs_cost"`
	Goal       float64 `json:"goal,omitempty"` // for the median of WallRatio; 0 means none
	// GoalWall is for the median of our wall time, in seconds; 0 means none.
	GoalWall float64 `json:"goal_wall_seconds,omitempty"`
}

// leftOut names something that was not measured.
type leftOut struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
	Help   string `json:"help,omitempty"` // a command that would change it
}

// add compares two series, pair by pair.
func (r *report) add(c comparison, ours, theirs []sample) {
	c.Pairs = len(ours)
	c.WallRatio, c.CPURatio = ratios(ours, theirs)
	c.OursCost, c.TheirsCost = costOf(ours), costOf(theirs)
	r.Comparisons = append(r.Comparisons, c)
}

func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	_, err := io.WriteString(w, r.text())
	return err
}

// text is the report for people: one line a comparison.
func (r *report) text() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "%d CPUs, %s %s, load %s, %s", m.CPUs, m.System, m.Kernel, m.Load, m.Go)
	if m.Rust != "" {
		fmt.Fprintf(&b, ", %s", m.Rust)
	}
	b.WriteString("\nratios pair by pair and milliseconds, each min/median/max\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tA\tB\tpairs\twall A/B\tgoal\tCPU A/B\twall A\twall B\tCPU A\tCPU B")
	for _, c := range r.Comparisons {
		what, goal := c.What, "-"
		if c.Tree != "" {
			what += ", " + c.Tree
		}
		if c.Goal > 0 {
			goal = fmt.Sprintf("%.2f", c.Goal)
		}
		if c.GoalWall > 0 {
			goal = fmt.Sprintf("A %.0f ms", c.GoalWall*1e3)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", what, c.Ours, c.Theirs, c.Pairs,
			c.WallRatio.text(1, 3), goal, c.CPURatio.text(1, 3),
			c.OursCost.Wall.text(1e3, 1), c.TheirsCost.Wall.text(1e3, 1),
			c.OursCost.CPU.text(1e3, 1), c.TheirsCost.CPU.text(1e3, 1))
	}
	t.Flush() // into a strings.Builder, which takes everything
	b.WriteString(r.overheadText())
	for _, l := range r.LeftOut {
		fmt.Fprintf(&b, "\nleft out: %s: %s\n", l.What, l.Reason)
		if l.Help != "" {
			fmt.Fprintf(&b, "    help: %s\n", l.Help)
		}
	}
	return b.String()
}

// text writes a spread, scaled, with so many digits behind the point.
func (s spread) text(scale float64, digits int) string {
	return fmt.Sprintf("%.*f/%.*f/%.*f", digits, s.Min*scale, digits, s.Median*scale, digits, s.Max*scale)
}
