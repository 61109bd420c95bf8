package census

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"
)

// The two halves of a channel.
const (
	plain = iota
	ours
)

// How a half ended. A half that says nothing else has failed.
const (
	failed = iota
	skipped
	notRun // excluded by -run
	proved
)

// half is what one half of a channel came to.
type half struct {
	end  int
	said string // for people; empty for one that failed
}

// report collects the halves, which run at the same time.
type report struct {
	mu        sync.Mutex
	channels  []*channel
	cannotAct []cannotAct
	halves    map[string]*[2]half // by id
}

func newReport(channels []*channel, cannotAct []cannotAct) *report {
	r := &report{channels: channels, cannotAct: cannotAct, halves: map[string]*[2]half{}}
	for _, c := range channels {
		r.halves[c.ID] = &[2]half{{notRun, "not run"}, {notRun, "not run"}}
	}
	return r
}

func (r *report) set(c *channel, which int, h half) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halves[c.ID][which] = h
}

// write prints the table, sorted by id: a line for every channel of which
// something ran, and for every one that cannot act. The counts come last.
func (r *report) write(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []string
	var ends [proved]int
	kinds := map[string]int{}
	for _, c := range r.channels {
		h := r.halves[c.ID]
		// A channel is worth what its worse half is.
		end := min(h[plain].end, h[ours].end)
		kind, reason := c.asked()
		closed := kind
		if end == proved {
			kinds[kind]++
		} else {
			ends[end]++
			closed = "not proved"
		}
		if reason != "" {
			closed += ": " + reason
		}
		if h[plain].end != notRun || h[ours].end != notRun {
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\n", c.ID, h[plain].text(), h[ours].text(), closed))
		}
	}
	for _, entry := range r.cannotAct {
		rows = append(rows, fmt.Sprintf("%s\t-\t-\tcannot act: %s\n", entry.id, entry.reason))
	}
	slices.Sort(rows) // each begins with its id
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(table, "id\tplain\tours\thow closed\n"+strings.Join(rows, "")); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, "%d channels: %d closed, %d refused, %d open, %d cannot act",
		len(r.channels)+len(r.cannotAct), kinds[oursSame], kinds[oursRefused], kinds[oursOpen], len(r.cannotAct))
	for end, name := range []string{failed: "failed", skipped: "skipped", notRun: "not run"} {
		if ends[end] > 0 {
			fmt.Fprintf(&text, ", %d %s", ends[end], name)
		}
	}
	text.WriteByte('\n')
	_, err := io.WriteString(w, text.String())
	return err
}

func (h half) text() string {
	if h.end == failed {
		return "FAILED"
	}
	return h.said
}

// widest is how many characters of a value the table shows.
const widest = 32

// shown makes a value short, and the same from run to run: sums and long texts
// are cut, and the temporary directory becomes `...`.
func (p *place) shown(value string) string {
	if sum, ok := strings.CutPrefix(value, "sha256:"); ok && len(sum) > 12 {
		value = "sha256:" + sum[:12]
	}
	value = strings.Join(strings.Fields(strings.ReplaceAll(value, p.base, "...")), " ")
	if runes := []rune(value); len(runes) > widest {
		value = string(runes[:widest-1]) + "…"
	}
	return "`" + value + "`"
}

func TestReport(t *testing.T) {
	same := &channel{ID: "A01", Ours: "same"}
	refused := &channel{ID: "A02", Ours: "refused:no such thing"}
	open := &channel{ID: "A03", Ours: "open: the clock"}
	broken := &channel{ID: "A04", Ours: "same"}
	elsewhere := &channel{ID: "A05", Ours: "same"}
	silent := &channel{ID: "A08", Ours: "same"}
	halfRun := &channel{ID: "A07", Ours: "same"}
	r := newReport([]*channel{same, refused, open, broken, elsewhere, silent, halfRun}, []cannotAct{{"A06", "measured"}})
	for _, c := range []*channel{same, refused, open, broken, halfRun} {
		r.set(c, plain, half{proved, "`x` -> `y`"})
	}
	r.set(same, ours, half{proved, "`x`"})
	r.set(refused, ours, half{proved, "exit 111"})
	r.set(open, ours, half{proved, "`x` -> `y`"})
	r.set(broken, ours, half{})
	r.set(elsewhere, plain, half{skipped, "skipped, `false` fails"})
	r.set(elsewhere, ours, half{skipped, "skipped, `false` fails"})
	var got strings.Builder
	if err := r.write(&got); err != nil {
		t.Fatal(err)
	}
	want := "id   plain                   ours                    how closed\n" +
		"A01  `x` -> `y`              `x`                     same\n" +
		"A02  `x` -> `y`              exit 111                refused: no such thing\n" +
		"A03  `x` -> `y`              `x` -> `y`              open: the clock\n" +
		"A04  `x` -> `y`              FAILED                  not proved\n" +
		"A05  skipped, `false` fails  skipped, `false` fails  not proved\n" +
		"A06  -                       -                       cannot act: measured\n" +
		"A07  `x` -> `y`              not run                 not proved\n" +
		"8 channels: 1 closed, 1 refused, 1 open, 1 cannot act, 1 failed, 1 skipped, 2 not run\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
