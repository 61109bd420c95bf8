// Package monitor is the one supervisor of a run: it knows every process, holds
// time, chance and the machine still for it (package determinism), and records
// what it looks for (package observation).
//
// Two mechanisms of the kernel, both outside of the view. A seccomp filter hands
// over the calls of one table (table_linux.go): each waits while we look, so what
// is asked and who asks cannot change meanwhile, and goes on or is answered.
// ptrace stops a process when it makes another or begins a program, and never
// else (package tracer). So static programs are seen as well. What is frequent, the
// dynamic ones note by themselves without waiting (package syscallbuf).
//
// It is no wall. What a program may do is decided by the view and by the filter's
// refusals; here a call goes on, or is answered with a constant. If this supervisor
// fails, the run is ended.
package monitor

import (
	"io"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// Options say what to hold and where to record.
type Options struct {
	Hold   *spec.Determinism // nil: nothing is held
	Record io.Writer         // gets an observation.Record; nil: nothing is recorded
	Buffer bool              // programs may note by themselves what is recorded (package syscallbuf)

	HostName, DomainName string   // that uname shows
	Writable             []string // places of the view that can be written; nil: nothing is known of that
	Mounts               []spec.Mount
	Offline              bool // only a loopback network is there
}

// Needed reports whether there is anything to do.
func (o Options) Needed() bool { return o.Hold != nil || o.Record != nil }
