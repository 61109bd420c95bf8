package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

func (r *Replayed) verdict() string {
	if r.Match() {
		return "match"
	}
	return "mismatch"
}

// Text is the verdict for people. What the attestation says is a stranger's, so it is
// escaped.
func (r *Replayed) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.verdict())
	if len(r.Signed) == 0 {
		b.WriteString("    nobody signed it\n")
	}
	for _, key := range r.Signed {
		fmt.Fprintf(&b, "    signed by %s\n", ui.Escape(key))
	}
	for _, c := range slices.Concat(r.Inputs, r.Outputs) {
		c.write(&b)
	}
	r.Refused.write(&b)
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "    note: %s\n", ui.Escape(note))
	}
	if len(r.Outputs) == 0 {
		b.WriteString("    nothing was built, because an input differs\n")
	}
	return b.String()
}

func (c Checked) write(b *strings.Builder) {
	if c.equal() {
		fmt.Fprintf(b, "    same     %s\n", ui.Escape(c.Name))
		return
	}
	fmt.Fprintf(b, "    differs  %s\n", ui.Escape(c.Name))
	c.writeSides(b)
}

// writeSides writes the two values below a name.
func (c Checked) writeSides(b *strings.Builder) {
	for _, side := range []struct{ name, value string }{{"there", c.There}, {"here", c.Here}} {
		if side.value == "" {
			side.value = "nothing"
		}
		fmt.Fprintf(b, "        %-6s %s\n", side.name, ui.Escape(side.value))
	}
}

func (r *Refused) write(b *strings.Builder) {
	if r == nil {
		return
	}
	fmt.Fprintf(b, "    differs  %s\n", ui.Escape(r.Message))
	for _, note := range r.Notes {
		fmt.Fprintf(b, "        %s\n", ui.Escape(note))
	}
	if r.Help != "" {
		fmt.Fprintf(b, "        help: %s\n", ui.Escape(r.Help))
	}
}

// JSON is the verdict for programs.
func (r *Replayed) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(struct {
		Verdict string `json:"verdict"`
		*Replayed
	}{r.verdict(), r}, "", "  ")
	return append(data, '\n'), err
}
