package verify

import (
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// Report is a verdict with what it rests on.
type Report struct {
	Name        string                `json:"name"`    // of the root's directory
	Version     string                `json:"version"` // of this tool
	Held        bool                  `json:"held"`    // time and chance were held still
	Dimensions  []Varied              `json:"dimensions"`
	Against     *Against              `json:"against,omitempty"` // what was compared with in place of a first build
	Outputs     []Output              `json:"outputs"`
	Causes      []Cause               `json:"causes,omitempty"`
	Follow      []Unit                `json:"follow,omitempty"`      // differ because something that they use does
	Unexplained []string              `json:"unexplained,omitempty"` // differ, and no program of the build wrote them
	Differences []*compare.Difference `json:"differences,omitempty"` // of the first file of each cause, or of each output
	Graph       *Graph                `json:"graph,omitempty"`       // nil where the making of one side is not known
	Inner       int                   `json:"inner,omitempty"`       // files that differ where every output is the same
	Needed      []string              `json:"needed,omitempty"`      // of any first cause: dimensions without which it comes out the same
	Chance      bool                  `json:"chance,omitempty"`      // one differs on a host that does not
	Builds      int                   `json:"builds,omitempty"`      // that it took to find out
	NotAsked    bool                  `json:"notAsked,omitempty"`    // something was compared as bytes only, and diffoscope is there

	sides map[*compare.Difference][2]file // of Differences, while they are there
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
	Equal  bool   `json:"equal"`            // bit by bit
	// Without are the normalisations after which it is equal, where it is not bit by
	// bit (compare.EqualWithout).
	Without []string `json:"equalWithout,omitempty"`
}

// Same reports whether it is equal, bit by bit or without what stands in Without.
func (o Output) Same() bool { return o.Equal || len(o.Without) > 0 }

// Match reports whether every output is the same. How much so stands in each.
func (r *Report) Match() bool {
	return len(r.Outputs) > 0 && !slices.ContainsFunc(r.Outputs, func(o Output) bool { return !o.Same() })
}

// bits reports whether every output is the same bit by bit.
func (r *Report) bits() bool {
	return !slices.ContainsFunc(r.Outputs, func(o Output) bool { return !o.Equal })
}

// without are the normalisations that outputs needed, each once.
func (r *Report) without() []string {
	var names []string
	for _, o := range r.Outputs {
		names = append(names, o.Without...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// grade looks for normalisations that make outputs equal.
func (r *Report) grade(a, b map[string]file) error {
	for i, o := range r.Outputs {
		if o.Equal {
			continue
		}
		var err error
		if r.Outputs[i].Without, err = equalWithout(a[o.Name], b[o.Name]); err != nil {
			return err
		}
	}
	return nil
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
		a = alike(a, b)
	}
	differ := map[string]bool{}
	for name := range b {
		if first.record != nil && a[name].digest != b[name].digest {
			differ[name] = true
		}
		if !isOutput(name) || first.record == nil && a[name].digest == "" {
			continue
		}
		r.Outputs = append(r.Outputs, Output{Name: name, Digest: b[name].digest, Equal: a[name].digest == b[name].digest})
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
	if err := r.grade(a, b); err != nil {
		return err
	}
	var causes []Cause
	if first.record != nil {
		// The second build's history: files that only the first one has are nobody's.
		h := historyOf(second.record, worldTarget)
		causes, r.Follow, r.Unexplained = h.blame(differ)
		r.Graph = h.graph(differ, causes)
	}
	if r.bits() {
		r.Inner, r.Follow, r.Unexplained = len(differ), nil, nil
		return nil
	}
	r.Causes = causes
	return r.look(first, second, a, b)
}

// look compares the bytes: of each cause's first file, or of the outputs where there
// is none.
func (r *Report) look(first, second *built, a, b map[string]file) error {
	var names []string
	for _, c := range r.Causes {
		names = append(names, readable(c.Files))
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
			if r.sides == nil {
				r.sides = map[*compare.Difference][2]file{}
			}
			r.Differences, r.sides[d] = append(r.Differences, d), [2]file{a[name], b[name]}
		}
	}
	return nil
}

// readable chooses the file that people can read best: what a build script printed or
// generated, then an object, then the rest.
func readable(files []string) string {
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
