package verify

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

var (
	//go:embed page/page.html
	pageText string
	//go:embed page/style.css
	styleText string
	//go:embed page/script.js
	scriptText string
)

// page is what the template sees. Every text of a stranger in it is visible.
type page struct {
	Name, Version string
	Verdict       string
	Match         bool
	Different     int
	Report        *Report // its numbers and switches only
	CSP           string
	Style         template.CSS
	Script        template.JS
	Compared      string   // with what, where that is no first build
	Digests       []string // lines about outputs of which only a digest is known
	First, Second string   // names of the two sides
	Outputs       []Output
	Reasons       []string // of what outputs are the same without
	Causes        []guilty
	Needed        string
	Unexplained   []string
	Drawing       *drawing
	Steps         []pageStep
	Differences   []pageDifference
	Dimensions    []pageDimension
}

// guilty is a first cause.
type guilty struct {
	Unit    string
	Because string
	Files   []string
	Macros  []string
}

// pageStep is a row of the table of steps, in which every edge is a link.
type pageStep struct {
	ID      int
	Unit    string
	State   State
	Meaning string
	Files   []string
	More    int
	Uses    []pageUse
}

type pageUse struct {
	ID      int
	Unit    string
	Differs bool
}

type pageDimension struct {
	Varied
	State string
}

// HTML writes the report as one page that needs nothing else: no network, no other
// file, no script for reading. Its policy for the browser lets nothing run or be
// fetched but the one style and the one script in it, by their digests, so that a name
// which got past the escapes could do nothing.
func (r *Report) HTML() ([]byte, error) {
	// Parsed for each page: a program that writes none shall not pay for it.
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	p := page{
		Name: ui.Escape(r.Name), Version: ui.Escape(r.Version), Verdict: r.verdict(), Match: r.Match(), Report: r,
		CSP:   "default-src 'none'; style-src " + ui.ContentSource(styleText) + "; script-src " + ui.ContentSource(scriptText) + "; base-uri 'none'; form-action 'none'",
		Style: template.CSS(styleText), Script: template.JS(scriptText), // ours, and part of this program
		Needed: ui.Escape(strings.Join(r.Needed, ", ")), Unexplained: visible(r.Unexplained),
		Dimensions: r.dimensions(), First: "First build", Second: "Second build", Differences: pageDifferences(r.Differences),
	}
	if r.Against != nil {
		lines := strings.Split(strings.TrimSuffix(r.Against.text(), "\n"), "\n") // escaped
		p.Compared, p.Digests = strings.TrimPrefix(lines[0], "compared with: "), lines[1:]
		p.First, p.Second = "First: what was there before", "Second: the build"
	}
	for _, name := range r.without() {
		p.Reasons = append(p.Reasons, ui.Escape(name+": "+compare.Reason(name)))
	}
	for _, o := range r.Outputs {
		o.Name = ui.Escape(o.Name)
		p.Outputs = append(p.Outputs, o)
		if !o.Equal {
			p.Different++
		}
	}
	for _, c := range r.Causes {
		g := guilty{Unit: ui.Escape(c.Unit.String()), Files: visible(c.Files)}
		if len(r.Causes) > 1 {
			g.Because = c.because()
		}
		for _, m := range c.Macros {
			g.Macros = append(g.Macros, ui.Escape(m.String()))
		}
		p.Causes = append(p.Causes, g)
	}
	if r.Graph != nil {
		p.Steps, p.Drawing = r.Graph.steps(), r.Graph.draw()
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// dimensions says of each whether it was varied, and whether it mattered.
func (r *Report) dimensions() []pageDimension {
	var list []pageDimension
	for _, d := range r.Dimensions {
		state := "varied"
		switch {
		case d.Refused != "":
			state = "not varied"
		case slices.Contains(r.Needed, d.Name):
			state = "needed"
		}
		d.Name, d.About, d.Refused = ui.Escape(d.Name), ui.Escape(d.About), ui.Escape(d.Refused)
		list = append(list, pageDimension{d, state})
	}
	return list
}

// steps are the rows of the table.
func (g *Graph) steps() []pageStep {
	var list []pageStep
	for i, n := range g.Nodes {
		s := pageStep{ID: i, Unit: ui.Escape(n.Unit.String()), State: n.State, Meaning: n.State.words(), Files: visible(n.Files), More: n.More}
		for _, u := range n.Uses {
			s.Uses = append(s.Uses, pageUse{u.Node, ui.Escape(g.Nodes[u.Node].Unit.String()), u.Differs})
		}
		list = append(list, s)
	}
	return list
}

// words are the state for people.
func (s State) words() string {
	return map[State]string{First: "first cause", Suspect: "its macros ran in a first cause", Follows: "follows", Same: "same"}[s]
}

// visible escapes what would be invisible, or turn the direction of text, as the
// terminal has it. The template escapes for HTML.
func visible(names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, ui.Escape(name))
	}
	return list
}
