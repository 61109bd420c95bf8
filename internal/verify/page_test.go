package verify

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// hostile is a name that a build may choose.
const hostile = "<img src=x onerror=alert(1)>\x1b[31m\u202e\"'</script></title></svg></td><script>alert(2)</script>"

// hostileReport has it in every place where a text of somebody else can stand.
func hostileReport() *Report {
	u := Unit{Package: hostile, Version: hostile, Crate: hostile, Kind: rustc}
	x := &compare.Excerpt{Before: hostile, Text: hostile, After: hostile, Cut: 1}
	return &Report{
		Name: hostile, Version: hostile, Dimensions: []Varied{{hostile, hostile, hostile}, {Name: hostile}},
		Outputs: []Output{{Name: hostile, Digest: "aa"}}, Causes: []Cause{{Unit: u, Files: []string{hostile}, Needed: []string{hostile}, Macros: []Unit{u}}, {Unit: u, Chance: true}}, Follow: []Unit{u}, Unexplained: []string{hostile},
		Differences: []*compare.Difference{{Kind: hostile, Name: hostile, Format: hostile, Notes: []string{hostile}, Inside: []*compare.Difference{{
			Kind: hostile, Name: hostile, Place: &compare.Place{Symbol: hostile}, A: x, B: x, Causes: []compare.Cause{{Class: hostile, Evidence: hostile}}, Notes: []string{hostile},
		}}, Further: &compare.Further{Program: hostile, Lines: []string{hostile}, Failed: hostile}}},
		Graph:  &Graph{Nodes: []Node{{Unit: u, State: First, Files: []string{hostile}}, {Unit: u, State: Follows, Uses: []Use{{0, true}}}}},
		Needed: []string{hostile}, Builds: 1,
	}
}

func pageOf(t *testing.T, r *Report) string {
	t.Helper()
	data, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestHostilePage looks at the page as text; the test of the whole program opens one
// in a browser.
func TestHostilePage(t *testing.T) {
	page := pageOf(t, hostileReport())
	for what, want := range map[string]int{"<script": 1, "</script": 1, "<svg": 3, "</svg": 3, "<title": 1, "</title": 1} {
		if n := strings.Count(page, what); n != want {
			t.Errorf("the page has %s %d times, want %d", what, n, want)
		}
	}
	for _, bad := range []string{"<img", "\x1b", "\u202e", " onerror=\"", "http://", "https://", "ZgotmplZ", " style="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, good := range []string{"<img src=x onerror=alert(1)>", ui.ContentSource(styleText), ui.ContentSource(scriptText), "default-src 'none'", `\u{202e}`} {
		if !strings.Contains(html.UnescapeString(page), good) {
			t.Errorf("the page has no %q", good)
		}
	}
	if !strings.Contains(page, "<style>"+styleText+"</style>") || !strings.Contains(page, "<script>"+scriptText+"</script>") {
		t.Error("the style or the script is not in the page as it was hashed")
	}
}

// TestPage: what the report says stands in the page, and what it does not say does not.
func TestPage(t *testing.T) {
	match := handMade()
	match.Outputs, match.Causes, match.Differences, match.Needed, match.Inner, match.Held = match.Outputs[2:], nil, nil, nil, 2, true
	against := handMade()
	against.Causes, against.Graph, against.Follow, against.Unexplained, against.Needed = nil, nil, nil, nil, nil
	against.Against = &Against{From: "../their/<app>"}
	same := handMade()
	same.Causes, same.Graph, same.Follow, same.Unexplained, same.Needed, same.Differences = nil, nil, nil, nil, nil, nil
	same.Outputs, same.Against = same.Outputs[2:], against.Against
	same.Outputs[0].Equal, same.Outputs[0].Without = false, []string{"ar header times"}
	for name, c := range map[string]struct {
		report  *Report
		has, no []string
	}{
		"mismatch": {handMade(), []string{
			"<b>mismatch</b>: 2 of 3 outputs differ", "First cause: <bdi>lib 1.0.0 (build script)</bdi>; because of <b>clock</b></p>", "procedural macros of <bdi>mac 1.0.0</bdi>", "because of <b>nothing that was varied</b></p>",
			"Because of: <b>clock</b> (4 builds", "Time and chance were not held still", "not there</td>",
			"in line 3 of the first, 4 of the second, in here<br>is: time (of the build)<br>looks like: random (no pattern)<br>of the leaf",
			"<td><code>at <mark>12:00</mark>;</code></td><td><code>at <mark>13:00</mark>;</code> <span class=\"cut\">7 bytes not shown</span></td>",
			"<bdi>member</bdi></th>\n<td><span class=\"cut\">nothing here</span></td><td><code><mark>x</mark></code></td>",
			"(text)<br>cut<br>and 3 findings more", `data-state="needed"><th scope="row">clock<`, `data-state="varied"><th scope="row">umask<`,
			`data-state="not varied"><th scope="row">user</th><td>not varied</td><td>another user<br>no user namespaces<`,
			`aria-label="lib 1.0.0 (build script): first cause"`, `aria-label="mac 1.0.0: its macros ran in a first cause"`, "5 more are left out",
			`class="line differs" data-from="0" data-to="3"`, `class="line" data-from="2" data-to="3"`,
			"<p>diffoscope 1 says more than this:</p>\n<pre class=\"further\" tabindex=\"0\">- 1\n&#43; 2\n- 1\n",
			`<a class="row differs" href="#step-0"><bdi>lib 1.0.0 (build script)</bdi> (differs)</a>`, "and 2 more", "<li><bdi>debug/gone</bdi></li>",
		}, []string{"bit by bit", "no first cause can be named", "reach no output", "verify --diffoscope"}},
		"match": {match, []string{"<b>match</b>: 1 of 1 outputs are the same, bit by bit", "reach no output: 2"},
			[]string{"First cause:", "Because of", "Time and chance", `id="differences"`, `data-state="needed"`}},
		"against": {against, []string{
			"no first cause can be named", `<p id="compared">Compared with: <bdi>../their/&lt;app&gt;</bdi></p>`, "What was there before, and a build of the root",
			`<th scope="col">First: what was there before</th><th scope="col">Second: the build</th>`, "SHA-256 in the build<", "In what the host of the build differed",
		}, []string{"First cause:", `id="graph"`, `id="steps"`, "Two builds of one root", "second build"}},
		"against, without": {same, []string{
			"<b>match</b>: 1 of 1 outputs are the same, 1 of them not bit by bit", "same without ar header times",
			"<p>Without ar header times: a time of the build in each member&#39;s header", "Compared with:",
		}, []string{"no first cause can be named"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, c.report)
			for _, want := range c.has {
				if !strings.Contains(page, want) {
					t.Errorf("the page has no %q", want)
				}
			}
			for _, bad := range c.no {
				if strings.Contains(page, bad) {
					t.Errorf("the page has %q", bad)
				}
			}
			if t.Failed() {
				t.Log(page)
			}
		})
	}
}

// TestDraw: what is used stands to the left, nothing covers anything, and where there
// is too much the guilty ones stay.
func TestDraw(t *testing.T) {
	g := &Graph{}
	for i := range 3 * mostBoxes {
		n := Node{Unit: unit(fmt.Sprintf("p%d", i), rustc, ""), State: Same}
		if i > 0 {
			n.Uses = []Use{{Node: i / 3}}
		}
		g.Nodes = append(g.Nodes, n)
	}
	last := len(g.Nodes) - 1
	g.Nodes[last].State, g.Nodes[last/3].State = Follows, First
	g.Nodes[last].Uses[0].Differs = true
	g.Nodes[last].Unit.Package = strings.Repeat("ü", 50)
	d := g.draw()
	if len(d.Boxes) != mostBoxes || d.Left != 2*mostBoxes {
		t.Errorf("%d boxes and %d left, want %d and %d", len(d.Boxes), d.Left, mostBoxes, 2*mostBoxes)
	}
	at := map[int]box{}
	taken := map[[2]int]bool{}
	for _, b := range d.Boxes {
		at[b.ID] = b
		if place := [2]int{b.X, b.Y}; taken[place] {
			t.Errorf("two boxes are at %d", place)
		} else {
			taken[place] = true
		}
		if b.X < 0 || b.Y < 0 || b.X+boxWidth > d.Width || b.Y+boxHeight > d.Height {
			t.Errorf("%+v is outside", b)
		}
	}
	if at[last].State != Follows || at[last/3].State != First {
		t.Error("the guilty ones are not drawn")
	}
	if got := []rune(at[last].Label); len(got) != mostLabel || got[mostLabel-1] != '…' {
		t.Errorf("the label is %q", string(got))
	}
	var differs []int
	for _, l := range d.Lines {
		if at[l.From].X >= at[l.To].X {
			t.Errorf("%d is not to the left of %d", l.From, l.To)
		}
		if l.Differs {
			differs = append(differs, l.From, l.To)
		}
	}
	if diff := cmp.Diff([]int{last / 3, last}, differs); diff != "" {
		t.Errorf("the way of the difference (-want +got):\n%s", diff)
	}
}
