package audit

import (
	"bytes"
	_ "embed"
	"html/template"
	"path"
	"slices"
	"strings"

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

// page is what the template sees.
type page struct {
	Report   Report
	Name     string
	Command  string
	CSP      string
	Style    template.CSS
	Script   template.JS
	Counts   []effectCount
	Channels []row
	Crates   []string
	Kinds    []string
}

type effectCount struct {
	Effect  Effect
	Meaning string
	Count   int
}

// row is a channel as the table shows it.
type row struct {
	Channel
	Rank    int
	Meaning string
}

// HTML writes the report as one page that needs nothing else: no network, no
// other file, no script for reading. Its policy for the browser lets nothing run
// or be fetched but the one style and the one script in it, by their digests, so
// that a name which got past the escapes could do nothing.
func (r Report) HTML() ([]byte, error) {
	// Parsed for each page: a program that writes none shall not pay for it.
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	p := page{
		Report: r, Name: visible(path.Base(r.Root)), Command: visible(strings.Join(r.Command, " ")),
		CSP:   "default-src 'none'; style-src " + ui.ContentSource(styleText) + "; script-src " + ui.ContentSource(scriptText) + "; base-uri 'none'; form-action 'none'",
		Style: template.CSS(styleText), Script: template.JS(scriptText), // ours, and part of this program
	}
	p.Report.Root, p.Report.Policy = visible(r.Root), r.Policy
	for _, e := range Effects {
		p.Counts = append(p.Counts, effectCount{Effect: e.Effect, Meaning: e.Meaning})
	}
	for _, c := range r.Channels {
		c = shown(c)
		p.Counts[c.Effect.rank()].Count++
		p.Channels = append(p.Channels, row{c, c.Effect.rank(), Effects[c.Effect.rank()].Meaning})
		p.Kinds = append(p.Kinds, string(c.Kind))
		for _, u := range c.Uses {
			p.Crates = append(p.Crates, u.Crate)
		}
	}
	slices.Sort(p.Crates)
	slices.Sort(p.Kinds)
	p.Crates, p.Kinds = slices.Compact(p.Crates), slices.Compact(p.Kinds)
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// visible escapes what would be invisible, or turn the direction of text, as the
// terminal has it. The template escapes for HTML.
func visible(s string) string { return ui.Escape(s) }

// shown is a channel with every text of a stranger made visible.
func shown(c Channel) Channel {
	c.Subject = visible(c.Subject)
	c.Settle.Line, c.Settle.Why = visible(c.Settle.Line), visible(c.Settle.Why)
	c.Uses = slices.Clone(c.Uses)
	for i := range c.Uses {
		u := &c.Uses[i]
		u.Crate, u.Version = visible(u.Crate), visible(u.Version)
		u.Macros = slices.Clone(u.Macros)
		for k := range u.Macros {
			u.Macros[k] = visible(u.Macros[k])
		}
		u.Proofs = slices.Clone(u.Proofs)
		for k := range u.Proofs {
			p := &u.Proofs[k]
			p.Path, p.Asked, p.Program, p.Note = visible(p.Path), visible(p.Asked), visible(p.Program), visible(p.Note)
		}
	}
	return c
}
