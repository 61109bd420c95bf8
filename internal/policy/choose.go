package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// chooser returns what reads the keys of a table that have few values: what is given
// goes where it belongs, or into the problems. verb is how a wrong value is shown.
func chooser(doc *toml.Document, table, verb string, problems *[]toml.Problem) func(key string, given *string, choices []string, to *string) {
	return func(key string, given *string, choices []string, to *string) {
		switch {
		case given == nil:
		case slices.Contains(choices, *given):
			*to = *given
		default:
			*problems = append(*problems, toml.Problem{
				At:      doc.At(table, key),
				Message: fmt.Sprintf(verb+" is no value of `%s.%s`", *given, table, key),
				Help:    "the values are: " + strings.Join(choices, ", "),
			})
		}
	}
}
