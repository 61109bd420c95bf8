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
	written int // accesses
	lines   int // of them, those with a line of their own
	summary Summary
	err     error // the first one; nothing is written after it

	numbers map[Access]int // of lines, by what they say but for the process
	room    int            // bytes of text that may be kept in numbers
	again   again          // not written yet
}

const (
	// maxKept bounds the text that is kept of accesses in bytes. All that 200 packages ask for
	// are some 4 MiB; names are up to 4 KiB each, and a hostile program has a million.
	maxKept = 16 << 20
	// keptBytes is what one costs beside its text, in bytes.
	keptBytes = 128
	// maxAgain is how many numbers are written in one line.
	maxAgain = 1 << 10
)

// NewWriter starts a record.
func NewWriter(w io.Writer) *Writer {
	gz, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic("observation: " + err.Error()) // the level is a constant
	}
	buf := bufio.NewWriterSize(gz, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	return &Writer{gz: gz, buf: buf, enc: enc, numbers: map[Access]int{}, room: maxKept}
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
// before of the same program.
func (w *Writer) Access(a Access) {
	if w.written >= maxAccesses {
		w.summary.Dropped++
		return
	}
	w.written++
	key := a
	key.Process = 0
	if n, ok := w.numbers[key]; ok {
		w.repeat(a.Process, n)
		return
	}
	w.lines++
	if w.room -= len(a.Path) + len(a.Asked) + keptBytes; w.room < 0 {
		clear(w.numbers)
		w.room = maxKept
	}
	w.numbers[key] = w.lines
	w.write(line{Access: &a})
}

// repeat records what the line of a number says, of another program.
func (w *Writer) repeat(process, number int) {
	if w.again.Process != process || len(w.again.Accesses) == maxAgain {
		w.flush()
	}
	w.again.Process = process
	w.again.Accesses = append(w.again.Accesses, number)
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
