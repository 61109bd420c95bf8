package observation

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
)

// line is one line of a record: exactly one field is set.
type line struct {
	Process *Process `json:"run,omitempty"`
	Access  *Access  `json:"access,omitempty"`
	Exit    *Exit    `json:"exit,omitempty"`
	Summary *Summary `json:"summary,omitempty"`
}

// maxAccesses is how many different accesses are kept, of all programs
// together. A build of 300 crates has about 60,000; what a hostile program
// makes more is counted. The bound is on memory: what was recorded must be
// remembered, so that it is recorded once.
const maxAccesses = 1 << 20

// Writer writes a record as a build runs. It is for one goroutine.
type Writer struct {
	gz      *gzip.Writer
	buf     *bufio.Writer
	enc     *json.Encoder
	seen    map[Access]struct{}
	summary Summary
	err     error // the first one; nothing is written after it
}

// NewWriter starts a record.
func NewWriter(w io.Writer) *Writer {
	gz, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic("observation: " + err.Error()) // the level is a constant
	}
	buf := bufio.NewWriterSize(gz, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	return &Writer{gz: gz, buf: buf, enc: enc, seen: map[Access]struct{}{}}
}

func (w *Writer) write(l line) {
	if w.err == nil {
		w.err = w.enc.Encode(l)
	}
}

// Process records a program that begins.
func (w *Writer) Process(p Process) { w.write(line{Process: &p}) }

// Access records an access unless its like was recorded before.
func (w *Writer) Access(a Access) {
	if _, seen := w.seen[a]; seen {
		return
	}
	if len(w.seen) >= maxAccesses {
		w.summary.Dropped++
		return
	}
	w.seen[a] = struct{}{}
	w.write(line{Access: &a})
}

// Exit records the end of a process.
func (w *Writer) Exit(e Exit) { w.write(line{Exit: &e}) }

// Close ends the record, after so many calls had been looked at. It returns the
// first error of all, and does not close what is written to.
func (w *Writer) Close(calls uint64) error {
	w.summary.Calls = calls
	w.write(line{Summary: &w.summary})
	return errors.Join(w.err, w.buf.Flush(), w.gz.Close())
}
