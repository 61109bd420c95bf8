package monitor

import "github.com/cargo-hermetic/cargo-hermetic/internal/observation"

// maxBatch is how many lines are handed to the writer at once. Waking it for each
// would cost more than the line.
const maxBatch = 256

// startWriter starts what compresses and writes the record, beside the answers.
func (m *Monitor) startWriter() {
	m.records, m.written = make(chan []recorded, 16), make(chan error, 1)
	go func() {
		w := observation.NewWriter(m.options.Record)
		for batch := range m.records {
			for _, line := range batch {
				switch {
				case line.process != nil:
					w.Process(*line.process)
				case line.exit != nil:
					w.Exit(*line.exit)
				case line.access != nil:
					w.Access(*line.access)
				default:
					w.Again(line.id, line.again)
				}
			}
		}
		// The channel's end came after the last change of these.
		m.written <- w.Close(observation.Summary{Calls: m.calls, Noted: m.noted, Dropped: m.dropped})
	}()
}

// recorded is one thing for the record: an access that others have had, if it is nothing else.
// Those are a hundred times as many.
type recorded struct {
	process   *observation.Process
	exit      *observation.Exit
	access    *observation.Access
	id, again int // whose access it is, and its number
}

// write adds a line to the record. The caller holds the lock.
func (m *Monitor) write(line recorded) {
	if m.batch = append(m.batch, line); len(m.batch) >= maxBatch {
		m.flush()
	}
}

// flush hands what was written to the writer.
func (m *Monitor) flush() {
	m.records <- m.batch
	m.batch = make([]recorded, 0, maxBatch)
}

func (m *Monitor) exited(id, code, signal int) {
	if m.records != nil && id > 0 {
		m.write(recorded{exit: &observation.Exit{Process: id, Code: code, Signal: signal}})
	}
}
