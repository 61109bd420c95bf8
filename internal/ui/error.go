package ui

import (
	"errors"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// writeError prints an error and what is below it in cargo's form:
//
//	error: message
//	 --> file:line:column
//	  = note: fact
//
//	Caused by:
//	  cause
//
//	help: command
//
// Messages are one line each; only the text of a plain error at the root, which
// may be the output of another program, keeps its lines.
//
// Errors that were joined have equal rank: each is printed in full.
func (p palette) writeError(b *strings.Builder, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for i, err := range joined.Unwrap() {
			if i > 0 {
				b.WriteByte('\n')
			}
			p.writeError(b, err)
		}
		return
	}
	var helps []string
	chain := diag.Chain(err)
	for i, sentence := range chain {
		margin := ""
		if i == 0 {
			b.WriteString(p.err.around("error") + ": ")
		} else {
			margin = "  "
			b.WriteString("\nCaused by:\n  ")
		}
		d, found := err.(*diag.Diagnostic)
		switch {
		case found || i < len(chain)-1:
			b.WriteString(Escape(sentence))
		default:
			b.WriteString(indented(sentence, "  "))
			// Below an error of another kind, such as a joined one, a
			// diagnostic has given its sentence but not yet the rest.
			d, found = errors.AsType[*diag.Diagnostic](err)
		}
		b.WriteByte('\n')
		if found {
			p.writeDetails(b, d, margin)
			if d.Help != "" && !slices.Contains(helps, d.Help) {
				helps = append(helps, d.Help)
			}
		}
		err = errors.Unwrap(err)
	}
	for _, help := range helps {
		b.WriteString("\n" + p.help.around("help") + ": " + indented(help, "      ") + "\n")
	}
}

// writeDetails prints places and notes.
func (p palette) writeDetails(b *strings.Builder, d *diag.Diagnostic, margin string) {
	for _, at := range d.At {
		b.WriteString(margin + " " + p.arrow.around("--> ") + Escape(at.String()) + "\n")
	}
	for _, note := range d.Notes {
		b.WriteString(margin + "  " + p.arrow.around("= ") + p.bold.around("note") + ": " + Escape(note) + "\n")
	}
}
