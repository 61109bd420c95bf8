package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// cacheStats says what is in the store.
func cacheStats(_ context.Context, h *build.Host, st *store.Store, inv *invocation) error {
	usage, err := st.Usage()
	if err != nil {
		return err
	}
	if inv.format == "json" {
		return printJSON(usage)
	}
	_, err = os.Stdout.WriteString(statsText(usage, inv.cargo.verbose() > 0))
	return err
}

// kindTotal adds up the items of one kind.
type kindTotal struct {
	kind           string
	items, files   int
	apparent, disk int64
}

// totals are the kinds in the order in which they first occur.
func totals(items []store.Item) (all []kindTotal, sum kindTotal) {
	at := map[string]int{}
	for _, i := range items {
		n, known := at[i.Kind]
		if !known {
			n = len(all)
			at[i.Kind], all = n, append(all, kindTotal{kind: i.Kind})
		}
		for _, t := range []*kindTotal{&all[n], &sum} {
			t.items, t.files, t.apparent, t.disk = t.items+1, t.files+i.Files, t.apparent+i.Apparent, t.disk+i.Disk
		}
	}
	return all, sum
}

// statsText is the report for people. What HashTree remembers of roots is one
// line, and every item with verbose.
func statsText(u store.Usage, verbose bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, format %s\n\n", ui.Escape(u.Dir), u.Format)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "kind\titems\tfiles\tsize\ton disk")
	kinds, sum := totals(u.Items)
	sum.kind = "all"
	for _, k := range append(kinds, sum) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", ui.Escape(k.kind), k.items, k.files, size(k.apparent), size(k.disk))
	}
	t.Flush() // into a strings.Builder, which takes everything
	fmt.Fprintf(&b, "\nrecords %s, of running commands %s on disk\n", size(u.Records), size(u.Running))
	t = tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nitem\tfiles\tsize\ton disk\tlast use\t")
	for _, i := range u.Items {
		if i.Kind == store.MemoryKind && !verbose {
			continue
		}
		inUse := ""
		if i.InUse {
			inUse = "in use"
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\n", ui.Escape(itemName(i)), i.Files, size(i.Apparent), size(i.Disk), i.LastUse.Local().Format("2006-01-02 15:04"), inUse)
	}
	t.Flush()
	for _, name := range u.Foreign {
		fmt.Fprintf(&b, "\n%s lies among the layers and is none\n", ui.Escape(name))
	}
	var trimmed strings.Builder
	for line := range strings.Lines(b.String()) { // of the padding of empty last columns
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

func itemName(i store.Item) string {
	if i.Kind == store.DownloadsKind {
		return i.Kind
	}
	if i.Kind == store.MemoryKind {
		return i.Kind + " " + i.Name
	}
	return layerName(i.Kind, i.Name)
}
