package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// ReasonPrefix begins the reason of every event, so that ours can be told from
// cargo's (`compiler-artifact` and so on) in one stream.
const ReasonPrefix = "hermetic-"

// Events writes the events of --message-format=json: one object per line, as
// cargo's messages are, each in one write. It is safe for concurrent use.
type Events struct {
	mu sync.Mutex
	w  io.Writer
}

// NewEvents returns a writer of events to w, which is stdout in the program.
func NewEvents(w io.Writer) *Events { return &Events{w: w} }

// Event writes `{"reason":"hermetic-REASON",...}`. The fields follow in the
// order of their names; they must be what encoding/json can encode, and none may
// be called reason.
func (e *Events) Event(reason string, fields map[string]any) error {
	if _, taken := fields["reason"]; taken {
		return fmt.Errorf("the event `%s` has a field `reason` of its own", reason)
	}
	line, err := encode(map[string]any{"reason": ReasonPrefix + reason})
	if err != nil {
		return err
	}
	if len(fields) > 0 {
		rest, err := encode(fields)
		if err != nil {
			return fmt.Errorf("encoding the event `%s`: %w", reason, err)
		}
		line = append(line[:len(line)-1], ',')
		line = append(line, rest[1:]...)
	}
	line = append(line, '\n')
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err = e.w.Write(line)
	return err
}

// encode leaves `<`, `>` and `&` as they are, as cargo does.
func encode(fields map[string]any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
