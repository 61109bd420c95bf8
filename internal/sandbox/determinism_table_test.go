//go:build linux

package sandbox_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// stateTable is what `make determinism` prints.
type stateTable struct {
	rows                        []string
	held, open, skipped, failed int
}

// add adds the line of p when its subtest has ended.
func (s *stateTable) add(p *specimen, t *testing.T) {
	state := p.state
	switch {
	case t.Failed():
		s.failed++
		state = "FAILED, expected " + state
	case t.Skipped():
		s.skipped++
		state = "skipped: " + p.skip
	case p.held():
		s.held++
	default:
		s.open++
	}
	source, _, _ := strings.Cut(p.source, ";") // what follows is a property that the program checks
	s.rows = append(s.rows, fmt.Sprintf("%s\t%s\t%s\t%s\n", p.name, p.language, source, state))
}

func (s *stateTable) write(w io.Writer) error {
	slices.Sort(s.rows) // each begins with its name
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(table, "program\tlanguage\tsource\tstate\n"+strings.Join(s.rows, "")); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, "%d sources: %d held, %d open", len(s.rows), s.held, s.open)
	if s.skipped > 0 {
		fmt.Fprintf(&text, ", %d skipped", s.skipped)
	}
	if s.failed > 0 {
		fmt.Fprintf(&text, ", %d failed", s.failed)
	}
	text.WriteByte('\n')
	_, err := io.WriteString(w, text.String())
	return err
}
