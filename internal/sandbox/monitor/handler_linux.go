package monitor

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// handler is what is done for a call. A call is in one table at most, so all but one are nil.
type handler struct {
	held   func(*Monitor, *task, *supervisor.Call) supervisor.Answer
	timed  func(*Monitor, *task, *tracer.Call)
	path   *pathCall
	socket *socketCall
	buffer func(*Monitor, *task, *supervisor.Call)
}

// handlers are those of the tables, by number of the call.
type handlers [512]handler

// register enters what this run handles. Its options are set.
func (m *Monitor) register() {
	at := func(c uint32) *handler { return &m.handlers[c] }
	for _, h := range heldCalls {
		if h.part(m) {
			at(h.call.Number).held = h.answer
		}
	}
	for _, t := range timedCalls {
		at(t.call.Number).timed = t.begin
	}
	for i, p := range pathCalls {
		at(p.call.Number).path = &pathCalls[i]
	}
	for i, s := range socketCalls {
		at(s.call.Number).socket = &socketCalls[i]
	}
	if m.buffered() {
		for _, b := range bufferCalls {
			at(b.call.Number).buffer = b.do
		}
	}
}

// of is the handler of a call; an empty one, if it is in no table.
func (h *handlers) of(number uintptr) *handler {
	if number < uintptr(len(h)) {
		return &h[number]
	}
	return &handler{}
}
