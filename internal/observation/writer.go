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

// maxAccesses is how many accesses are written, of all programs together. A
// build of 300 crates has some 100,000; what a hostile program makes more is only
// counted, so that it cannot fill a disk or the memory of a reader.
const maxAccesses = 1 << 21

// Writer writes a record as a build runs. It is for one goroutine.
type Writer struct {
	gz      *gzip.Writer
	buf     *bufio.Writer
	enc     *json.Encoder
	written int // accesses
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
	return &Writer{gz: gz, buf: buf, enc: enc}
}

func (w *Writer) write(l line) {
	if w.err == nil {
		w.err = w.enc.Encode(l)
	}
}

// Process records a program that begins.
func (w *Writer) Process(p Process) { w.write(line{Process: &p}) }

// Access records an access. The caller sees to it that its like was not recorded
// before.
func (w *Writer) Access(a Access) {
	if w.written >= maxAccesses {
		w.summary.Dropped++
		return
	}
	w.written++
	w.write(line{Access: &a})
}

// Exit records the end of a process.
func (w *Writer) Exit(e Exit) { w.write(line{Exit: &e}) }

// Close ends the record of a run of which s says what was looked at, and how many accesses
// had been left out already. It returns the first error of all, and does not close what
// is written to.
func (w *Writer) Close(s Summary) error {
	s.Dropped += w.summary.Dropped
	w.summary = s
	w.write(line{Summary: &w.summary})
	return errors.Join(w.err, w.buf.Flush(), w.gz.Close())
}
