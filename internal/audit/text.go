package audit

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// What the text shows of one channel without -v. The other forms show all.
const (
	shownUses   = 3 // crates
	shownProofs = 1 // of each
)

// JSON writes the report for programs.
func (r Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

// Text writes the report for people. With all, every proof is shown.
func (r Report) Text(all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of `%s` in `%s`\n", count(len(r.Channels), "channel", "channels"), ui.Escape(strings.Join(r.Command, " ")), ui.Escape(r.Root))
	if r.ExitCode != 0 {
		fmt.Fprintf(&b, "the build ended with code %d: what it did not come to is missing here\n", r.ExitCode)
	}
	if !r.Whole {
		fmt.Fprintf(&b, "not complete: %s\n", r.Missing)
	}
	for _, e := range Effects {
		r.writeEffect(&b, e.Effect, e.Meaning, all)
	}
	if r.Policy != "" {
		b.WriteString("\nhermetic.toml with every line above:\n")
		for line := range strings.Lines(r.Policy) {
			b.WriteString("  " + line)
		}
	}
	b.WriteString("\nnot seen by any audit:\n")
	for _, line := range r.Unseen {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

func (r Report) writeEffect(b *strings.Builder, e Effect, meaning string, all bool) {
	n := 0
	for _, c := range r.Channels {
		if c.Effect == e {
			n++
		}
	}
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s (%s):\n", meaning, count(n, "channel", "channels"))
	for i := range r.Channels {
		if r.Channels[i].Effect == e {
			r.Channels[i].write(b, all)
		}
	}
}

func (c *Channel) write(b *strings.Builder, all bool) {
	fmt.Fprintf(b, "  %s  %s\n", c.Kind, ui.Escape(c.Subject))
	for i, u := range c.Uses {
		if i == shownUses && !all && len(c.Uses) > shownUses+1 {
			fmt.Fprintf(b, "      and %d more\n", len(c.Uses)-i)
			break
		}
		fmt.Fprintf(b, "      %s\n", ui.Escape(u.Who()))
		proofs := u.Proofs
		if !all {
			proofs = proofs[:min(shownProofs, len(proofs))]
		}
		for _, p := range proofs {
			fmt.Fprintf(b, "          %s\n", ui.Escape(p.Line()))
		}
		if more := len(u.Proofs) - len(proofs) + u.More; more > 0 {
			fmt.Fprintf(b, "          and %d more\n", more)
		}
	}
	fmt.Fprintf(b, "      settled: %s\n", c.Settle.Sentence())
}

// Sentence is the settlement in one line.
func (s Settlement) Sentence() string {
	switch s.By {
	case Policy:
		return "`" + s.Line + "` in hermetic.toml: " + s.Why
	case Command:
		return "`" + s.Line + "`: " + s.Why
	case Project:
		return "by a change in the project: " + s.Why
	}
	return "by itself: " + s.Why
}

// Who names a user: crate, version, role, and the macros that ran in it.
func (u Use) Who() string {
	who := u.Crate
	if u.Version != "" {
		who += " " + u.Version
	}
	if u.Role != u.Crate {
		who += " (" + strings.ReplaceAll(u.Role, "-", " ")
		if len(u.Macros) > 0 {
			who += ", running the macros of " + strings.Join(u.Macros, ", ")
		}
		who += ")"
	}
	return who
}

// Line is a proof in one line.
func (p Proof) Line() string {
	line := p.What + " " + p.Path
	if p.Asked != "" && p.Asked != p.Path {
		line += " (as " + p.Asked + ")"
	}
	switch {
	case p.Refused:
		line += ", and was refused"
	case p.Absent:
		line += ", which is not there"
	}
	if p.Hash != "" {
		line += " [sha256:" + p.Hash[:min(16, len(p.Hash))] + "]"
	}
	if p.Program != "" {
		line += fmt.Sprintf(", by %s, process %d", path.Base(p.Program), p.PID)
	}
	if p.Note != "" {
		line += ": " + p.Note
	}
	return line
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
