package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// Report is a verdict with what it rests on.
type Report struct {
	Held        bool                  `json:"held"` // time and chance were held still
	Dimensions  []Varied              `json:"dimensions"`
	Outputs     []Output              `json:"outputs"`
	Causes      []Cause               `json:"causes,omitempty"`
	Follow      []Unit                `json:"follow,omitempty"`      // differ because something that they use does
	Unexplained []string              `json:"unexplained,omitempty"` // differ, and no program of the build wrote them
	Differences []*compare.Difference `json:"differences,omitempty"` // of the first file of each cause, or of each output
	Inner       int                   `json:"inner,omitempty"`       // files that differ where every output is the same
	Needed      []string              `json:"needed,omitempty"`      // dimensions without which there is no difference
	Chance      bool                  `json:"chance,omitempty"`      // it differs on a host that does not
	Builds      int                   `json:"builds,omitempty"`      // that it took to find out
}

// Varied is a dimension, and why it could not be varied.
type Varied struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	Refused string `json:"refused,omitempty"`
}

// Output is a file that the build was for.
type Output struct {
	Name   string `json:"name"`
	Digest string `json:"sha256,omitempty"` // of the second build; empty if that has none
	Equal  bool   `json:"equal"`
}

// Match reports whether every output is the same, bit by bit.
func (r *Report) Match() bool {
	return len(r.Outputs) > 0 && !slices.ContainsFunc(r.Outputs, func(o Output) bool { return !o.Equal })
}

// compare fills in what differs between two builds.
func (r *Report) compare(first, second *built) error {
	a, err := first.files()
	if err != nil {
		return err
	}
	b, err := second.files()
	if err != nil {
		return err
	}
	if first.record == nil {
		a = alike(a, b, first.dir)
	}
	differ := map[string]bool{}
	for name := range b {
		if first.record != nil && a[name].digest != b[name].digest {
			differ[name] = true
		}
		if !isOutput(name) || first.record == nil && a[name].digest == "" {
			continue
		}
		r.Outputs = append(r.Outputs, Output{name, b[name].digest, a[name].digest == b[name].digest})
	}
	for name := range a {
		if _, there := b[name]; there {
			continue
		}
		differ[name] = true
		if isOutput(name) {
			r.Outputs = append(r.Outputs, Output{Name: name})
		}
	}
	slices.SortFunc(r.Outputs, func(x, y Output) int { return strings.Compare(x.Name, y.Name) })
	if len(r.Outputs) == 0 {
		return errNothing(first, second)
	}
	if r.Match() {
		r.Inner = len(differ)
		return nil
	}
	if first.record != nil {
		// The second build's history: files that only the first one has are nobody's.
		r.Causes, r.Follow, r.Unexplained = historyOf(second.record, worldTarget).blame(differ)
	}
	return r.look(first, second, a, b)
}

// look compares the bytes: of each cause's first file, or of the outputs where there
// is none.
func (r *Report) look(first, second *built, a, b map[string]file) error {
	var names []string
	for _, c := range r.Causes {
		names = append(names, telling(c.Files))
	}
	if len(names) == 0 {
		for _, o := range r.Outputs {
			if !o.Equal {
				names = append(names, o.Name)
			}
		}
	}
	o := compare.Options{Limit: 20, A: first.circumstances(), B: second.circumstances()}
	for _, name := range names {
		d, err := compareFiles(name, a[name], b[name], o)
		if err != nil {
			return err
		}
		if d != nil {
			r.Differences = append(r.Differences, d)
		}
	}
	return nil
}

// telling chooses the file that people can read best: what a build script printed or
// generated, then an object, then the rest.
func telling(files []string) string {
	rank := func(name string) int {
		switch {
		case strings.HasSuffix(name, "/output"), strings.Contains(name, "/out/"):
			return 0
		case strings.HasSuffix(name, ".rmeta"):
			return 2
		}
		return 1
	}
	best := files[0]
	for _, name := range files {
		if rank(name) < rank(best) {
			best = name
		}
	}
	return best
}

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

// Text is the report for people.
func (r *Report) Text() string {
	var b strings.Builder
	different := 0
	for _, o := range r.Outputs {
		if !o.Equal {
			different++
		}
	}
	if r.Match() {
		fmt.Fprintf(&b, "match: %s, bit by bit\n", count(len(r.Outputs), "output"))
	} else {
		fmt.Fprintf(&b, "mismatch: %d of %s\n", different, count(len(r.Outputs), "output"))
	}
	for _, o := range r.Outputs {
		state := "same"
		if !o.Equal {
			state = "differs"
		}
		fmt.Fprintf(&b, "    %-8s %s\n", state, o.Name)
	}
	if r.Inner > 0 {
		fmt.Fprintf(&b, "    %s inside the build differ, and reach no output\n", count(r.Inner, "file"))
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "first cause: %s\n", c.Unit)
		for _, m := range c.Macros {
			fmt.Fprintf(&b, "    it ran the procedural macros of %s, as no unit did that came out the same\n", m)
		}
	}
	for _, d := range r.Differences {
		writeDifference(&b, d)
	}
	if len(r.Needed) > 0 {
		fmt.Fprintf(&b, "because of: %s (%s)\n", strings.Join(r.Needed, ", "), count(r.Builds, "build"))
	}
	if r.Chance {
		b.WriteString("because of: nothing that was varied; two builds on one host differ already (time that passes, chance, or the order of threads)\n")
	}
	if len(r.Follow) > 0 {
		fmt.Fprintf(&b, "follows: %s\n", list(r.Follow))
	}
	if len(r.Causes) == 0 && len(r.Unexplained) > 0 {
		fmt.Fprintf(&b, "written by no program of the build: %s\n", strings.Join(r.Unexplained, ", "))
	}
	var varied, not []string
	for _, d := range r.Dimensions {
		if d.Refused == "" {
			varied = append(varied, d.Name)
		} else {
			not = append(not, fmt.Sprintf("not varied: %s (%s)\n", d.Name, d.Refused))
		}
	}
	fmt.Fprintf(&b, "varied: %s\n%s", strings.Join(varied, ", "), strings.Join(not, ""))
	if !r.Held {
		b.WriteString("time and chance were not held still\n")
	}
	return b.String()
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

// mostLeaves is how many findings of one file people are shown.
const mostLeaves = 5

// writeDifference writes the smallest findings with what holds them.
func writeDifference(b *strings.Builder, d *compare.Difference) {
	shown := 0
	for path := range d.Leaves() {
		if shown == mostLeaves {
			b.WriteString("    ...\n")
			return
		}
		shown++
		var where []string
		for _, part := range path {
			if part.Name != "" {
				where = append(where, part.Name)
			}
		}
		leaf := path[len(path)-1]
		fmt.Fprintf(b, "    %s: %s\n", strings.Join(where, ": "), leaf.Kind)
		for _, side := range []struct {
			name    string
			excerpt *compare.Excerpt
		}{{"first", leaf.A}, {"second", leaf.B}} {
			if e := side.excerpt; e != nil {
				fmt.Fprintf(b, "        %-7s %s>>%s<<%s\n", side.name, e.Before, e.Text, e.After)
			}
		}
		for _, c := range leaf.Causes {
			fmt.Fprintf(b, "        looks like: %s (%s)\n", c.Class, c.Evidence)
		}
	}
}
