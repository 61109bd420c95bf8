package verify

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Graph is the steps of the second build, and which of them used what another one
// made. It is read from what programs did and has no cycle: a step uses what steps
// made that began before it.
type Graph struct {
	Nodes []Node `json:"nodes"`          // in the order in which they began
	More  int    `json:"more,omitempty"` // steps beyond the most that are kept; none of them differs unless all that are kept do
}

// Node is a step.
type Node struct {
	Unit  Unit     `json:"unit"`
	State State    `json:"state"`
	Files []string `json:"files,omitempty"` // that it wrote and that differ
	More  int      `json:"more,omitempty"`  // such files beyond the most that are kept
	Uses  []Use    `json:"uses,omitempty"`  // without what is used by way of another
}

// Use is an edge of the graph.
type Use struct {
	Node    int  `json:"node"`              // index of what is used
	Differs bool `json:"differs,omitempty"` // the difference comes this way
}

// State is what a step has to do with the difference.
type State string

// States, the guilty first.
const (
	First   State = "cause"   // it differs, and nothing does that it was made from
	Suspect State = "suspect" // its macros ran in a first cause, and in nothing that came out the same
	Follows State = "follows" // it differs, and so does something that it was made from
	Same    State = "same"
)

// What a report has of a graph: enough for the largest projects, and no more, because
// a build chooses how many programs it starts and how many files they write.
const (
	mostNodes = 1000
	mostFiles = 20
)

// graph is what stands in a report. causes are those of blame.
func (h *history) graph(differ map[string]bool, causes []Cause) *Graph {
	// What cargo asks a compiler before it builds has no part in the outputs.
	h = &history{slices.DeleteFunc(slices.Clone(h.steps), func(s *step) bool { return len(s.wrote)+len(s.read) == 0 })}
	suspect := map[Unit]bool{}
	for _, c := range causes {
		for _, m := range c.Macros {
			suspect[m] = true
		}
	}
	states := make([]State, len(h.steps))
	for i, s := range h.steps {
		switch {
		case len(touched(s.wrote, differ)) == 0 && suspect[s.unit]:
			states[i] = Suspect
		case len(touched(s.wrote, differ)) == 0:
			states[i] = Same
		case s.follows(differ):
			states[i] = Follows
		default:
			states[i] = First
		}
	}
	kept := guiltiest(states, mostNodes)
	g := &Graph{Nodes: make([]Node, 0, len(kept)), More: len(states) - len(kept)}
	uses := reduced(h.uses(kept, differ))
	for at, i := range kept {
		n := Node{Unit: h.steps[i].unit, State: states[i], Files: touched(h.steps[i].wrote, differ), Uses: uses[at]}
		if len(n.Files) > mostFiles {
			n.Files, n.More = n.Files[:mostFiles], len(n.Files)-mostFiles
		}
		g.Nodes = append(g.Nodes, n)
	}
	return g
}

// guiltiest chooses at most so many steps, and returns their indexes in order.
func guiltiest(states []State, most int) []int {
	order := []State{First, Suspect, Follows, Same}
	all := make([]int, len(states))
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int { return slices.Index(order, states[a]) - slices.Index(order, states[b]) })
	all = all[:min(len(all), most)]
	slices.Sort(all)
	return all
}

// uses says for each of these steps which others it used, by their positions in the
// list, and whether any file that it read of theirs differs.
func (h *history) uses(kept []int, differ map[string]bool) []map[int]bool {
	maker, compiled := map[string]int{}, map[string]int{} // by file; by directory of a build script
	for at, i := range kept {
		for name := range h.steps[i].wrote {
			maker[name] = at
			if h.steps[i].unit.Kind == scriptBuild && scriptDir(name) != "" {
				compiled[scriptDir(name)] = at
			}
		}
	}
	uses := make([]map[int]bool, len(kept))
	for at, i := range kept {
		uses[at] = map[int]bool{}
		for name := range h.steps[i].read {
			made, known := maker[name]
			if !known && strings.HasPrefix(path.Base(name), "build-script-") {
				// cargo itself gave a build script the name under which it runs.
				made, known = compiled[path.Dir(name)]
			}
			if known && made < at {
				uses[at][made] = uses[at][made] || differ[name]
			}
		}
	}
	return uses
}

// reduced leaves out each edge beside which there is a longer way; one by which the
// difference comes only if it comes by the longer way too. A compiler reads all that
// a library was made from, so this is what the author of a manifest would draw.
func reduced(uses []map[int]bool) [][]Use {
	kept := make([][]Use, len(uses))
	reached, differing := make([][]bool, len(uses)), make([][]bool, len(uses))
	for at, edges := range uses {
		reached[at], differing[at] = make([]bool, len(uses)), make([]bool, len(uses))
		// The last first: a longer way to a step begins with one that is nearer.
		for _, to := range slices.Backward(slices.Sorted(maps.Keys(edges))) {
			differs := edges[to]
			if differs && differing[at][to] || !differs && reached[at][to] {
				continue
			}
			kept[at] = append(kept[at], Use{to, differs})
			include(reached[at], reached[to], to)
			if differs {
				include(differing[at], differing[to], to)
			}
		}
		slices.Reverse(kept[at])
	}
	return kept
}

// include adds one, and all that is reached from it, to a set.
func include(set, from []bool, one int) {
	set[one] = true
	for i, reached := range from {
		set[i] = set[i] || reached
	}
}
