package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// pageDifference is a file that differs.
type pageDifference struct {
	Name, Format string
	Notes        []string // of what holds the findings
	Findings     []finding
	More         int
	Further      string   // introduces what another program says; empty if none was asked
	Lines        []string // of it
}

// finding is a smallest part that differs, the two sides beside each other.
type finding struct {
	Where, Kind, Place string
	A, B               *compare.Excerpt // nil if that side has nothing here
	Causes             []string
	Notes              []string
}

// pageDifferences are all that were found: compare has bounded them.
func pageDifferences(differences []*compare.Difference) []pageDifference {
	var list []pageDifference
	for _, d := range differences {
		p := pageDifference{Name: ui.Escape(d.Name), Format: ui.Escape(d.Format)}
		if d.Further != nil {
			p.Further, p.Lines = ui.Escape(furtherWords(d.Further)), visible(d.Further.Lines)
		}
		var last []*compare.Difference
		for path := range d.Leaves() {
			for i, part := range path[:len(path)-1] {
				if i >= len(last) || last[i] != part { // not of the leaf before, too
					p.Notes = append(p.Notes, visible(part.Notes)...)
					p.More += part.More
				}
			}
			last = slices.Clone(path)
			p.Findings = append(p.Findings, findingOf(path))
		}
		list = append(list, p)
	}
	return list
}

func findingOf(path []*compare.Difference) finding {
	leaf := path[len(path)-1]
	f := finding{Kind: ui.Escape(string(leaf.Kind)), Place: placeOf(leaf.Place), A: shownExcerpt(leaf.A), B: shownExcerpt(leaf.B), Notes: visible(leaf.Notes)}
	var where []string
	for _, part := range path[1:] {
		if part.Name != "" {
			where = append(where, ui.Escape(part.Name))
		}
	}
	f.Where = strings.Join(where, ": ")
	for _, c := range leaf.Causes {
		sure := "looks like"
		if c.Known {
			sure = "is"
		}
		f.Causes = append(f.Causes, fmt.Sprintf("%s: %s (%s)", sure, ui.Escape(string(c.Class)), ui.Escape(c.Evidence)))
	}
	return f
}

// placeOf is where a finding begins, the second side only where it is elsewhere.
func placeOf(p *compare.Place) string {
	if p == nil {
		return ""
	}
	unit, a, b := "at byte", p.A, p.B
	if p.LineA > 0 || p.LineB > 0 {
		unit, a, b = "in line", int64(p.LineA), int64(p.LineB)
	}
	text := fmt.Sprintf("%s %d", unit, a)
	if a != b {
		text += fmt.Sprintf(" of the first, %d of the second", b)
	}
	if p.Symbol != "" {
		text += ", in " + ui.Escape(p.Symbol)
	}
	return text
}

func shownExcerpt(e *compare.Excerpt) *compare.Excerpt {
	if e == nil {
		return nil
	}
	return &compare.Excerpt{Before: ui.Escape(e.Before), Text: ui.Escape(e.Text), After: ui.Escape(e.After), Cut: e.Cut}
}
