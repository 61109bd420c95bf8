package ui

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEvents(t *testing.T) {
	var b bytes.Buffer
	e := NewEvents(&b)
	for _, fields := range []map[string]any{
		nil,
		{"z": 1, "a": "<b> & \n\x1b", "m": map[string]any{"y": []string{"1"}, "x": true}},
	} {
		if err := e.Event("started", fields); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"reason":"hermetic-started"}
{"reason":"hermetic-started","a":"<b> & \n\u001b","m":{"x":true,"y":["1"]},"z":1}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	for _, fields := range []map[string]any{{"reason": "x"}, {"f": func() {}}} {
		if err := e.Event("x", fields); err == nil {
			t.Errorf("%v was written as %s", fields, &b)
		}
	}
	if b.Len() > 0 {
		t.Errorf("half an event: %s", &b)
	}
	if err := NewEvents(&writes{n: 1}).Event("x", nil); err != fs.ErrClosed {
		t.Error(err)
	}
}
