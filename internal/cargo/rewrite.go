package cargo

import (
	"bytes"
	"io"
	"os"
)

// Rewriter passes on what cargo and its children print inside a world and puts
// host paths in the place of the paths of the world, so that a person, an editor
// or a CI system finds the files that a message names.
//
// It keeps back only what may still become part of a path to be replaced (a few
// bytes, and none at the end of a line), so that progress bars and questions
// appear at once. How the output is cut into writes makes no difference to
// what comes out. It is not safe for concurrent use.
type Rewriter struct {
	w       io.Writer
	rules   []rule
	before  context // what stands before held
	held    []byte
	out     []byte // reused between writes
	observe *lineObserver
	reasons *reasons
	named   []byte // reused between writes
	err     error  // of w; once set, every Write returns it
	closed  bool
}

// RewriteOptions changes how a Rewriter works.
type RewriteOptions struct {
	// JSON says that lines that begin with `{` are JSON messages (cargo
	// --message-format=json): paths in them stand inside JSON strings. Other lines
	// are text, as cargo's guide for external tools says.
	JSON bool

	// Observe, if not nil, is called with each line as it was before the
	// replacement, without its end, cut to MaxObservedLine bytes, after it has
	// been written. A carriage return ends a line too; empty lines are left out.
	Observe func(line string)

	// Reserved, if not empty, is how the reasons of JSON messages begin that do
	// not come from inside; such a one is renamed and OnReserved called, which
	// then must not be nil. It counts with JSON only.
	Reserved   string
	OnReserved func()
}

// NewRewriter returns a Rewriter that writes to w. Pairs are tried longest
// From first.
func NewRewriter(w io.Writer, pairs []PathPair, options RewriteOptions) (*Rewriter, error) {
	rules, err := newRules(pairs, options.JSON)
	if err != nil {
		return nil, err
	}
	r := &Rewriter{w: w, rules: rules, before: newContext(options.JSON)}
	if options.Observe != nil {
		r.observe = &lineObserver{call: options.Observe}
	}
	if options.JSON && options.Reserved != "" {
		r.reasons = &reasons{prefix: options.Reserved, found: options.OnReserved}
	}
	return r, nil
}

// Write implements io.Writer. The error is that of the writer below.
func (r *Rewriter) Write(p []byte) (int, error) {
	if r.closed {
		return 0, os.ErrClosed
	}
	r.held = append(r.held, p...)
	if err := r.flush(false); err != nil {
		return 0, err
	}
	if r.observe != nil {
		r.observe.write(p)
	}
	return len(p), nil
}

// Close writes what is kept back. It does not close the writer below.
func (r *Rewriter) Close() error {
	if r.closed {
		return r.err
	}
	r.closed = true
	err := r.flush(true)
	if r.observe != nil {
		r.observe.end()
	}
	return err
}

// flush writes what is decided of held; all of it if this is the end.
func (r *Rewriter) flush(end bool) error {
	if r.err != nil {
		return r.err
	}
	r.out = r.out[:0]
	done := 0
scan:
	for done < len(r.held) {
		rest := r.held[done:]
		if rest[0] == '/' && r.before.canBegin() {
			switch m := match(r.rules, rest, r.before, end); m.verdict {
			case wait:
				break scan
			case yes:
				r.out = append(r.out, m.replacement...)
				for _, c := range rest[:m.length] {
					r.before.step(c)
				}
				done += m.length
				continue
			}
		}
		r.before.step(rest[0])
		r.out = append(r.out, rest[0])
		done++
	}
	r.held = append(r.held[:0], r.held[done:]...)
	decided := r.out
	if r.reasons != nil {
		r.named = r.reasons.pass(r.named[:0], r.out, end)
		decided = r.named
	}
	if len(decided) > 0 {
		_, r.err = r.w.Write(decided)
	}
	return r.err
}

// MaxObservedLine is the length in bytes to which an observed line is cut.
const MaxObservedLine = 8 << 10

// lineObserver cuts a stream into lines.
type lineObserver struct {
	call func(string)
	line []byte
}

func (o *lineObserver) write(p []byte) {
	for len(p) > 0 {
		part := p
		end := bytes.IndexAny(p, "\r\n")
		if end >= 0 {
			part = p[:end]
		}
		o.line = append(o.line, part[:min(len(part), MaxObservedLine-len(o.line))]...)
		if end < 0 {
			return
		}
		o.end()
		p = p[end+1:]
	}
}

func (o *lineObserver) end() {
	if len(o.line) > 0 {
		o.call(string(o.line))
	}
	o.line = o.line[:0]
}
