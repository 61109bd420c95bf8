package doctor

import (
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// details collects the notes of every diagnostic in a chain, and the outermost
// help. Of joined errors each counts.
func details(err error) (notes []string, help string) {
	notes = []string{}
	for err != nil {
		if d, ok := err.(*diag.Diagnostic); ok {
			notes = append(notes, d.Notes...)
			if help == "" {
				help = d.Help
			}
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				more, other := details(e)
				notes = append(notes, more...)
				if help == "" {
					help = other
				}
			}
			return notes, help
		}
		err = errors.Unwrap(err)
	}
	return notes, help
}
