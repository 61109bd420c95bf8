package verify

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// drawing is the graph as boxes and lines: what a step uses stands to its left. It is
// laid out here, so that the page shows it without a script.
type drawing struct {
	Width, Height       int
	BoxWidth, BoxHeight int
	Boxes               []box
	Lines               []edge
	Left                int // steps that are in the table only
}

type box struct {
	ID    int // of the node
	X, Y  int // of its upper left corner
	Label string
	Unit  string // all of the label
	State State
	Words string
}

type edge struct {
	From, To int    // nodes: what is used, and what uses it
	Path     string // as SVG has it
	Differs  bool
}

// Sizes in pixels, and how much is drawn: beyond it nobody sees anything.
const (
	boxWidth, boxHeight = 290, 44
	columnGap, rowGap   = 70, 16
	margin              = 10
	mostBoxes           = 80
	mostLabel           = 38 // characters
)

// draw chooses the steps, the guilty ones first, and says where they stand.
func (g *Graph) draw() *drawing {
	states := make([]State, len(g.Nodes))
	for i, n := range g.Nodes {
		states[i] = n.State
	}
	drawn := guiltiest(states, mostBoxes)
	d := &drawing{BoxWidth: boxWidth, BoxHeight: boxHeight, Left: len(g.Nodes) - len(drawn)}
	place := make(map[int]*box, len(drawn))
	for column, ids := range g.columns(drawn) {
		height := func(id int) int {
			sum, n := 0, 0
			for _, u := range g.Nodes[id].Uses {
				if b := place[u.Node]; b != nil {
					sum, n = sum+b.Y, n+1
				}
			}
			return sum / max(n, 1)
		}
		// Beside what they use, so that lines are short.
		slices.SortStableFunc(ids, func(a, b int) int { return cmp.Compare(height(a), height(b)) })
		for row, id := range ids {
			unit := ui.Escape(g.Nodes[id].Unit.String())
			place[id] = &box{
				ID: id, X: margin + column*(boxWidth+columnGap), Y: margin + row*(boxHeight+rowGap),
				Label: shortened(unit), Unit: unit, State: g.Nodes[id].State, Words: g.Nodes[id].State.words(),
			}
			d.Width, d.Height = max(d.Width, place[id].X+boxWidth+margin), max(d.Height, place[id].Y+boxHeight+margin)
		}
	}
	for _, id := range drawn {
		to := place[id]
		d.Boxes = append(d.Boxes, *to)
		for _, u := range g.Nodes[id].Uses {
			if from := place[u.Node]; from != nil {
				d.Lines = append(d.Lines, edge{u.Node, id, curve(from, to), u.Differs})
			}
		}
	}
	return d
}

// columns puts each step into the first column behind everything that it uses. A step
// uses earlier ones only, so one pass is enough.
func (g *Graph) columns(drawn []int) [][]int {
	column := make(map[int]int, len(drawn))
	var all [][]int
	for _, id := range drawn {
		at := 0
		for _, u := range g.Nodes[id].Uses {
			if c, there := column[u.Node]; there {
				at = max(at, c+1)
			}
		}
		column[id] = at
		if at == len(all) {
			all = append(all, nil)
		}
		all[at] = append(all[at], id)
	}
	return all
}

// curve goes from the right side of one box to the left side of another.
func curve(from, to *box) string {
	x1, y1, x2, y2 := from.X+boxWidth, from.Y+boxHeight/2, to.X, to.Y+boxHeight/2
	bend := columnGap / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
}

// shortened is what fits into a box.
func shortened(label string) string {
	if runes := []rune(label); len(runes) > mostLabel {
		return string(runes[:mostLabel-1]) + "…"
	}
	return label
}
