package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// JSON is the report for programs.
func (r *Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(struct {
		Verdict string `json:"verdict"`
		*Report
	}{r.verdict(), r}, "", "  ")
	return append(data, '\n'), err
}

func (r *Report) verdict() string {
	if r.Match() {
		return "match"
	}
	return "mismatch"
}

// Text is the report for people. Names are those that a build chose, so they are
// escaped.
func (r *Report) Text() string {
	var b strings.Builder
	different, without := 0, 0
	for _, o := range r.Outputs {
		switch {
		case !o.Same():
			different++
		case !o.Equal:
			without++
		}
	}
	switch {
	case !r.Match():
		fmt.Fprintf(&b, "mismatch: %d of %s\n", different, count(len(r.Outputs), "output"))
	case without > 0:
		fmt.Fprintf(&b, "match: %s, %d of them not bit by bit, but without what is named\n", count(len(r.Outputs), "output"), without)
	default:
		fmt.Fprintf(&b, "match: %s, bit by bit\n", count(len(r.Outputs), "output"))
	}
	for _, o := range r.Outputs {
		state, without := "same", ""
		if !o.Same() {
			state = "differs"
		} else if !o.Equal {
			without = ", without: " + strings.Join(o.Without, ", ")
		}
		fmt.Fprintf(&b, "    %-8s %s%s\n", state, ui.Escape(o.Name), without)
	}
	if r.Inner > 0 {
		fmt.Fprintf(&b, "    %s inside the build differ, and reach no output\n", count(r.Inner, "file"))
	}
	b.WriteString(r.Against.text())
	for _, name := range r.without() {
		fmt.Fprintf(&b, "without %s: %s\n", ui.Escape(name), ui.Escape(compare.Reason(name)))
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "first cause: %s\n", ui.Escape(c.Unit.String()))
		if because := c.because(); because != "" && len(r.Causes) > 1 {
			fmt.Fprintf(&b, "    because of: %s\n", because)
		}
		for _, m := range c.Macros {
			fmt.Fprintf(&b, "    it ran the procedural macros of %s, as no unit did that came out the same\n", ui.Escape(m.String()))
		}
	}
	if r.Against != nil && !r.Match() {
		b.WriteString("no first cause can be named: how the first side was made is not known\n")
	}
	for _, d := range r.Differences {
		writeDifference(&b, d)
		writeFurther(&b, d.Further)
	}
	if r.NotAsked {
		b.WriteString("compared as bytes only, where the format is not known: `--diffoscope` has diffoscope look further, in a sandbox\n")
	}
	if len(r.Needed) > 0 {
		fmt.Fprintf(&b, "because of: %s (%s)\n", ui.Escape(strings.Join(r.Needed, ", ")), count(r.Builds, "build"))
	}
	if r.Chance {
		b.WriteString("because of: nothing that was varied; two builds on one host differ already (time that passes, chance, or the order of threads)\n")
	}
	if len(r.Follow) > 0 {
		fmt.Fprintf(&b, "follows: %s\n", ui.Escape(list(r.Follow)))
	}
	if len(r.Causes) == 0 && len(r.Unexplained) > 0 {
		fmt.Fprintf(&b, "written by no program of the build: %s\n", ui.Escape(strings.Join(r.Unexplained, ", ")))
	}
	var varied, not []string
	for _, d := range r.Dimensions {
		if d.Refused == "" {
			varied = append(varied, ui.Escape(d.Name))
		} else {
			not = append(not, fmt.Sprintf("not varied: %s (%s)\n", ui.Escape(d.Name), ui.Escape(d.Refused)))
		}
	}
	fmt.Fprintf(&b, "varied: %s\n%s", strings.Join(varied, ", "), strings.Join(not, ""))
	if !r.Held {
		b.WriteString("time and chance were not held still\n")
	}
	return b.String()
}

// because says for people what a cause needs, if that was asked.
func (c *Cause) because() string {
	if c.Chance {
		return "nothing that was varied"
	}
	return ui.Escape(strings.Join(c.Needed, ", "))
}

// list names units, each once.
func list(units []Unit) string {
	seen := map[string]bool{}
	for _, u := range units {
		seen[u.String()] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(seen)), ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// mostLines is how many lines of another program people are shown.
const mostLines = 20

// writeFurther writes what another program says, with a mark before each line, by
// which none can pass for one of ours.
func writeFurther(b *strings.Builder, f *compare.Further) {
	if f == nil {
		return
	}
	fmt.Fprintf(b, "    %s\n", ui.Escape(furtherWords(f)))
	for _, line := range f.Lines[:min(len(f.Lines), mostLines)] {
		fmt.Fprintf(b, "        | %s\n", ui.Escape(line))
	}
	if n := len(f.Lines) - mostLines; n > 0 {
		fmt.Fprintf(b, "        and %s, which the other forms of this report have\n", count(n, "more line"))
	}
}

// furtherWords introduces what another program says.
func furtherWords(f *compare.Further) string {
	switch {
	case f.Failed != "":
		return f.Program + " says nothing of it: " + f.Failed
	case len(f.Lines) == 0:
		return f.Program + " finds no difference"
	case f.Cut:
		return f.Program + " says more than this:"
	}
	return f.Program + " says:"
}

// mostLeaves is how many findings of one file people are shown.
const mostLeaves = 5

// writeDifference writes the smallest findings with what holds them, those that say
// most first.
func writeDifference(b *strings.Builder, d *compare.Difference) {
	for i, path := range d.Telling(mostLeaves + 1) {
		if i == mostLeaves {
			b.WriteString("    ...\n")
			return
		}
		var where []string
		for _, part := range path {
			if part.Name != "" {
				where = append(where, part.Name)
			}
		}
		leaf := path[len(path)-1]
		fmt.Fprintf(b, "    %s: %s\n", ui.Escape(strings.Join(where, ": ")), ui.Escape(string(leaf.Kind)))
		for _, side := range []struct {
			name    string
			excerpt *compare.Excerpt
		}{{"first", leaf.A}, {"second", leaf.B}} {
			if e := side.excerpt; e != nil {
				fmt.Fprintf(b, "        %-7s %s>>%s<<%s\n", side.name, ui.Escape(e.Before), ui.Escape(e.Text), ui.Escape(e.After))
			}
		}
		for _, c := range leaf.Causes {
			fmt.Fprintf(b, "        looks like: %s (%s)\n", ui.Escape(string(c.Class)), ui.Escape(c.Evidence))
		}
	}
}
