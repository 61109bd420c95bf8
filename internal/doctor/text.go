package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// Text writes the report for people. Of the features it shows those that do not
// work, or all of them with their times.
func (r *Report) Text(all bool) string {
	b := &page{}
	host := []string{}
	for _, text := range []string{r.Host.System, r.Host.Kernel, r.Host.Container} {
		if text != "" {
			host = append(host, text)
		}
	}
	if r.Host.Root {
		host = append(host, "as root")
	}
	b.entry("host", "", strings.Join(host, ", "))
	b.heading("isolations")
	for _, v := range r.Isolations {
		b.verdict(v, r.missing(v))
	}
	b.features(r.Features, all)
	b.heading("besides an isolation")
	for _, c := range r.Checks {
		b.entry(c.Name, word(c.State), c.Text)
		for _, n := range c.Notes {
			b.more("", n)
		}
		b.more("help: ", c.Help)
	}
	answer := "a build with isolation `" + r.Isolation + "` works on this host"
	if !r.Works {
		answer = "isolation `" + r.Isolation + "` does not work on this host"
		for _, v := range r.Isolations {
			if v.Works {
				answer += "; try `--isolation " + v.Isolation + "`"
				break
			}
		}
	}
	fmt.Fprintf(&b.Builder, "\n%s\n", answer)
	return b.String()
}

// missing are the features that an isolation cannot do without and that are
// not there: the first of each chain, since others only follow from it.
func (r *Report) missing(v Verdict) []string {
	var names []string
	for _, f := range r.Features {
		if f.State == probe.Failed && slices.Contains(f.RequiredBy, v.Isolation) {
			names = append(names, f.Name)
		}
	}
	return names
}

// word is a state as people read it; that of a good one goes without saying.
func word(s State) string {
	switch s {
	case Bad:
		return "failed: "
	case Careful:
		return "warning: "
	}
	return ""
}

// page is a text of entries: a name and lines beside it.
type page struct {
	strings.Builder
	said string // the advice that was given last
}

// column is where the lines of an entry begin.
const column = 22

func (b *page) heading(text string) { fmt.Fprintf(&b.Builder, "\n%s:\n", text) }

func (b *page) entry(name, label, text string) {
	fmt.Fprintf(&b.Builder, "  %-*s%s%s\n", column-2, name, label, ui.Escape(text))
}

// more adds lines to an entry; none for an empty text.
func (b *page) more(label, text string) {
	if text == "" {
		return
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		fmt.Fprintf(&b.Builder, "%*s%s%s\n", column, "", label, ui.Escape(line))
	}
}

func (b *page) verdict(v Verdict, missing []string) {
	if v.Works {
		b.entry(v.Isolation, "", strings.TrimSuffix("works, "+v.How, ", "))
	} else {
		b.entry(v.Isolation, "does not work: ", append(slices.Clone(v.Errors), "")[0])
		for _, cause := range v.Errors[min(1, len(v.Errors)):] {
			b.more("cause: ", cause)
		}
		for _, note := range v.Notes {
			if !strings.Contains(note, "cargo hermetic doctor") { // this is it
				b.more("note: ", note)
			}
		}
		if len(missing) > 0 {
			b.more("lacks: ", strings.Join(missing, ", "))
		}
		b.more("help: ", v.Help)
		return
	}
	for _, w := range v.Weaker {
		b.more("weaker: ", w)
	}
}

// features writes all features, or those that were tried and do not work.
func (b *page) features(list []probe.Result, all bool) {
	count := map[probe.State]int{}
	for _, f := range list {
		count[f.State]++
	}
	heading := fmt.Sprintf("features of the kernel, %d of %d work", count[probe.OK], len(list))
	if n := count[probe.Skipped]; n > 0 {
		heading += fmt.Sprintf(", %d cannot be tried without others", n)
	}
	b.heading(heading)
	for _, f := range list {
		if all || f.State == probe.Failed {
			b.feature(f, all)
		}
	}
}

func (b *page) feature(f probe.Result, all bool) {
	name := f.Name
	switch {
	case f.State == probe.OK && f.Value != "":
		b.entry(name, "", fmt.Sprintf("%.1f ms  %s (%s)", f.Milliseconds, f.What, f.Value))
		return
	case f.State == probe.OK:
		b.entry(name, "", fmt.Sprintf("%.1f ms  %s", f.Milliseconds, f.What))
		return
	case f.State == probe.Skipped:
		b.entry(name, "no: ", f.Reason)
	default:
		b.entry(name, "no: ", f.Error)
		if advice := f.Reason + f.Help; advice != b.said { // of several with one cause, once
			b.more("", f.Reason)
			b.more("help: ", f.Help)
			b.said = advice
		}
	}
	if all && len(f.RequiredBy) > 0 {
		b.more("required by: ", strings.Join(f.RequiredBy, ", "))
	}
	if all && len(f.Strengthens) > 0 {
		b.more("strengthens: ", strings.Join(f.Strengthens, ", "))
	}
}
