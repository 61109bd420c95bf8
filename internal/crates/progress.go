package crates

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// complaint is how cargo says that an archive, or the index about it, is not what
// Cargo.lock or the index says.
var complaint = regexp.MustCompile("(?:checksum for|failed to verify the checksum of) `([^` ]+) v([^` ]+)")

// progress passes cargo's stderr on. In the run of `cargo vendor` it leaves out the
// line for each crate and the advice; otherwise nothing, because a bar is drawn
// in parts of lines.
type progress struct {
	w       io.Writer
	vendor  bool
	line    []byte
	refused string // `name version` of the package of whose checksum cargo complained
}

func (p *progress) Write(b []byte) (int, error) {
	if !p.vendor {
		if _, err := p.w.Write(b); err != nil {
			return 0, err
		}
	}
	for rest := b; len(rest) > 0; {
		end := bytes.IndexAny(rest, "\r\n")
		if end < 0 {
			p.line = append(p.line, rest...)
			break
		}
		p.line, rest = append(p.line, rest[:end+1]...), rest[end+1:]
		if err := p.ended(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// ended looks at a whole line, and passes it on if that has not been done.
func (p *progress) ended() error {
	text := strings.TrimSpace(string(p.line))
	if m := complaint.FindStringSubmatch(text); m != nil {
		p.refused = m[1] + " " + m[2]
	}
	var err error
	if p.vendor && text != "" && !strings.HasPrefix(text, "Vendoring ") && !strings.HasPrefix(text, "To use vendored sources") {
		_, err = p.w.Write(p.line)
	}
	p.line = p.line[:0]
	return err
}
