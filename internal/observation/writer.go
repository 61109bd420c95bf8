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
	Again   *again   `json:"again,omitempty"`
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
	written int   // accesses
	again   again // not written yet
	summary Summary
	err     error // the first one; nothing is written after it
}

// maxAgain is how many numbers are written in one line.
const maxAgain = 1 << 10

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

// write writes a line behind what waits.
func (w *Writer) write(l line) {
	w.flush()
	w.encode(l)
}

// flush writes the numbers that wait.
func (w *Writer) flush() {
	if len(w.again.Accesses) > 0 {
		w.encode(line{Again: &w.again})
		w.again.Accesses = w.again.Accesses[:0]
	}
}

func (w *Writer) encode(l line) {
	if w.err == nil {
		w.err = w.enc.Encode(l)
	}
}

// Process records a program that begins.
func (w *Writer) Process(p Process) { w.write(line{Process: &p}) }

// Access records an access. The caller sees to it that its like was not recorded
// before of the same program. The accesses that are recorded so are numbered from 1.
func (w *Writer) Access(a Access) {
	if w.full() {
		return
	}
	w.write(line{Access: &a})
}

// Again records that a program did what the access with a number says of another.
func (w *Writer) Again(process, number int) {
	if w.full() {
		return
	}
	if w.again.Process != process || len(w.again.Accesses) == maxAgain {
		w.flush()
	}
	w.again.Process = process
	w.again.Accesses = append(w.again.Accesses, number)
}

// full counts an access, and reports whether there are too many already.
func (w *Writer) full() bool {
	if w.written >= maxAccesses {
		w.summary.Dropped++
		return true
	}
	w.written++
	return false
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
