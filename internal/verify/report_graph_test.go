package verify

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// edges are the edges of a graph in words, each behind the state of what uses.
func edges(g *Graph) []string {
	var list []string
	for _, n := range g.Nodes {
		text := fmt.Sprintf("%s: %s", n.Unit, n.State)
		for _, u := range n.Uses {
			text += " < " + g.Nodes[u.Node].Unit.String()
			if u.Differs {
				text += "!"
			}
		}
		list = append(list, text)
	}
	return list
}

// graphOf is that of the example, in which these files differ.
func graphOf(differ ...string) *Graph {
	set := map[string]bool{}
	for _, name := range differ {
		set[name] = true
	}
	b := example()
	// cargo asks the compiler for its version, and gives the build script its name.
	b.process(1, observation.Rustc, "", "")
	for i := range b.record.Processes {
		if p := &b.record.Processes[i]; p.Role == observation.BuildScript {
			p.Exe = target + "/debug/build/lib-1/build-script-build"
		}
	}
	h := historyOf(&b.record, target)
	causes, _, _ := h.blame(set)
	return h.graph(set, causes)
}

// TestGraph: the state of each step, what it used and the way of the difference.
func TestGraph(t *testing.T) {
	for name, c := range map[string]struct{ differ, want []string }{
		"nothing": {nil, []string{
			"lib 1.0.0 (compiling the build script): same", "lib 1.0.0 (build script): same < lib 1.0.0 (compiling the build script)", "mac 1.0.0: same", "std_mac 1.0.0: same",
			"other 1.0.0: same < std_mac 1.0.0", "lib 1.0.0: same < lib 1.0.0 (build script) < mac 1.0.0 < std_mac 1.0.0", "app 1.0.0: same < other 1.0.0 < lib 1.0.0",
		}},
		"generated source": {[]string{"debug/build/lib-2/out/gen.rs", "debug/deps/liblib.rlib", "debug/deps/app-1", "debug/app"}, []string{
			"lib 1.0.0 (compiling the build script): same", "lib 1.0.0 (build script): cause < lib 1.0.0 (compiling the build script)", "mac 1.0.0: same", "std_mac 1.0.0: same",
			"other 1.0.0: same < std_mac 1.0.0", "lib 1.0.0: follows < lib 1.0.0 (build script)! < mac 1.0.0 < std_mac 1.0.0", "app 1.0.0: follows < other 1.0.0 < lib 1.0.0!",
		}},
		"a macro": {[]string{"debug/deps/liblib.rlib", "debug/deps/app-1"}, []string{
			"lib 1.0.0 (compiling the build script): same", "lib 1.0.0 (build script): same < lib 1.0.0 (compiling the build script)", "mac 1.0.0: suspect", "std_mac 1.0.0: same",
			"other 1.0.0: same < std_mac 1.0.0", "lib 1.0.0: cause < lib 1.0.0 (build script) < mac 1.0.0 < std_mac 1.0.0", "app 1.0.0: follows < other 1.0.0 < lib 1.0.0!",
		}},
		"the build script's program": {[]string{"debug/build/lib-1/build_script_build-1", "debug/build/lib-1/build-script-build", "debug/build/lib-2/out/gen.rs"}, []string{
			"lib 1.0.0 (compiling the build script): cause", "lib 1.0.0 (build script): follows < lib 1.0.0 (compiling the build script)!", "mac 1.0.0: same", "std_mac 1.0.0: same",
			"other 1.0.0: same < std_mac 1.0.0", "lib 1.0.0: same < lib 1.0.0 (build script)! < mac 1.0.0 < std_mac 1.0.0", "app 1.0.0: same < other 1.0.0 < lib 1.0.0",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, edges(graphOf(c.differ...))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestReduced: a longer way stands for a shorter one, but never hides where the
// difference came along.
func TestReduced(t *testing.T) {
	for name, c := range map[string]struct {
		uses []map[int]bool
		want [][]Use
	}{
		"by way of another":               {[]map[int]bool{{}, {0: false}, {0: false, 1: false}}, [][]Use{nil, {{0, false}}, {{1, false}}}},
		"by way of two":                   {[]map[int]bool{{}, {0: false}, {1: false}, {0: false, 2: false}}, [][]Use{nil, {{0, false}}, {{1, false}}, {{2, false}}}},
		"the difference goes past it":     {[]map[int]bool{{}, {0: false}, {0: true, 1: false}}, [][]Use{nil, {{0, false}}, {{0, true}, {1, false}}}},
		"the difference goes through it":  {[]map[int]bool{{}, {0: true}, {0: true, 1: true}}, [][]Use{nil, {{0, true}}, {{1, true}}}},
		"the difference ends in between":  {[]map[int]bool{{}, {0: true}, {0: true, 1: false}}, [][]Use{nil, {{0, true}}, {{0, true}, {1, false}}}},
		"two that do not use one another": {[]map[int]bool{{}, {}, {0: false, 1: false}}, [][]Use{nil, nil, {{0, false}, {1, false}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, reduced(c.uses)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestGraphIsBounded: a build chooses how many programs it starts and how many files
// they write; the first causes stay.
func TestGraphIsBounded(t *testing.T) {
	b := &builder{}
	cargo := b.process(0, observation.Cargo, "", "")
	differ := map[string]bool{}
	for i := range 2 * mostNodes {
		id := b.process(cargo, observation.Rustc, fmt.Sprintf("p%d", i), "")
		b.writes(id, fmt.Sprintf("debug/deps/p%d", i))
	}
	last := len(b.record.Processes)
	for i := range 2 * mostFiles {
		name := fmt.Sprintf("debug/deps/more%d", i)
		b.writes(last, name)
		differ[name] = true
	}
	h := historyOf(&b.record, target)
	causes, _, _ := h.blame(differ)
	g := h.graph(differ, causes)
	guilty := g.Nodes[len(g.Nodes)-1]
	if len(g.Nodes) != mostNodes || g.More != mostNodes || guilty.State != First || len(guilty.Files) != mostFiles || guilty.More != mostFiles {
		t.Errorf("%d nodes and %d more; the last is %+v", len(g.Nodes), g.More, guilty)
	}
}
