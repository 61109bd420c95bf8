package census

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

// The two halves of a channel.
const (
	plain = iota
	ours
)

// How a half ended. A half that says nothing else has failed.
const (
	failed = iota
	proved
	skipped
	notRun // excluded by -run
)

// half is what one half of a channel came to.
type half struct {
	end  int
	said string // for people; empty for one that failed
}

// report collects the halves, which run at the same time.
type report struct {
	mu       sync.Mutex
	channels []*channel
	halves   map[string]*[2]half // by id
}

func newReport(channels []*channel) *report {
	r := &report{channels: channels, halves: map[string]*[2]half{}}
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

// write prints a line for every channel of which something ran, and the count.
func (r *report) write(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var text strings.Builder
	var ends [2][notRun + 1]int
	for _, c := range r.channels {
		h := r.halves[c.ID]
		ends[plain][h[plain].end]++
		ends[ours][h[ours].end]++
		if h[plain].end != notRun || h[ours].end != notRun {
			fmt.Fprintf(&text, "ch-%s  %-7s  plain %s; ours %s  (%s)\n", c.ID, c.How, h[plain].text(), h[ours].text(), c.Title)
		}
	}
	fmt.Fprintf(&text, "census: %d channels, %d moved plain cargo, %d closed, %d halves failed, %d skipped, %d not run\n",
		len(r.channels), ends[plain][proved], ends[ours][proved],
		ends[plain][failed]+ends[ours][failed], ends[plain][skipped]+ends[ours][skipped], ends[plain][notRun]+ends[ours][notRun])
	_, err := io.WriteString(w, text.String())
	return err
}

func (h half) text() string {
	if h.end == failed {
		return "FAILED"
	}
	return h.said
}

// shown makes a value short, and the same from run to run: sums are cut, and
// the temporary directory becomes `...`.
func (p *place) shown(value string) string {
	if sum, ok := strings.CutPrefix(value, "sha256:"); ok && len(sum) > 12 {
		value = "sha256:" + sum[:12]
	}
	return "`" + strings.ReplaceAll(value, p.base, "...") + "`"
}

func TestReport(t *testing.T) {
	a, b, c := &channel{ID: "A01", How: howBytes, Title: "one"}, &channel{ID: "A02", How: howMode, Title: "two"}, &channel{ID: "A03"}
	r := newReport([]*channel{a, b, c})
	r.set(a, plain, half{proved, "`x` -> `y`"})
	r.set(a, ours, half{})
	r.set(b, plain, half{skipped, "skipped"})
	var got strings.Builder
	if err := r.write(&got); err != nil {
		t.Fatal(err)
	}
	want := "ch-A01  bytes    plain `x` -> `y`; ours FAILED  (one)\n" +
		"ch-A02  mode     plain skipped; ours not run  (two)\n" +
		"census: 3 channels, 1 moved plain cargo, 0 closed, 1 halves failed, 1 skipped, 3 not run\n"
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}
