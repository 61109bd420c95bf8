package compare

import (
	"fmt"
	"slices"
	"strings"
)

// Text is a finding as tests write it: what it is and where, the bytes of both sides
// with what differs in brackets, and what speaks for which cause.
func (d *Difference) Text() string {
	if d == nil {
		return ""
	}
	var b strings.Builder
	d.write(&b, 0)
	return b.String()
}

// Classes are the classes of all findings inside, each once, sorted.
func (d *Difference) Classes() []Class {
	var all []Class
	for path := range d.Leaves() {
		for _, at := range path {
			for _, cause := range at.Causes {
				all = append(all, cause.Class)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d *Difference) write(b *strings.Builder, depth int) {
	indent := strings.Repeat("  ", depth)
	fmt.Fprintf(b, "%s%s", indent, d.Kind)
	if d.Name != "" {
		fmt.Fprintf(b, " `%s`", d.Name)
	}
	if d.Format != "" {
		fmt.Fprintf(b, " (%s)", d.Format)
	}
	if d.Place != nil {
		b.WriteString(d.Place.words())
	}
	b.WriteByte('\n')
	for _, side := range []struct {
		mark string
		e    *Excerpt
	}{{"-", d.A}, {"+", d.B}} {
		if side.e == nil {
			continue
		}
		fmt.Fprintf(b, "%s  %s %s[%s]%s", indent, side.mark, side.e.Before, side.e.Text, side.e.After)
		if side.e.Cut > 0 {
			fmt.Fprintf(b, " (%d bytes not shown)", side.e.Cut)
		}
		b.WriteByte('\n')
	}
	for _, c := range d.Causes {
		sure := "looks like"
		if c.Known {
			sure = "is"
		}
		fmt.Fprintf(b, "%s  %s %s: %s\n", indent, sure, c.Class, c.Evidence)
	}
	for _, note := range d.Notes {
		fmt.Fprintf(b, "%s  note: %s\n", indent, note)
	}
	for _, child := range d.Inside {
		child.write(b, depth+1)
	}
	if d.More > 0 {
		fmt.Fprintf(b, "%s  and %d more\n", indent, d.More)
	}
}

func (p *Place) words() string {
	text := fmt.Sprintf(" at %d", p.A)
	if p.LineA > 0 || p.LineB > 0 {
		text = fmt.Sprintf(" %d", p.LineA)
		if p.LineA != p.LineB {
			text += fmt.Sprintf(" and %d", p.LineB)
		}
	} else if p.A != p.B {
		text += fmt.Sprintf(" and %d", p.B)
	}
	if p.Symbol != "" {
		text += " in `" + p.Symbol + "`"
	}
	return text
}
