package explain

import (
	"strings"
	"sync"
)

// Said is what cargo and its children printed, as far as it helps: the end of
// it, and the variables that it names. It is chosen by programs of the build, so
// it decides about the order of notes and about which variables are looked up,
// and no word of it is printed. The zero value is ready; a nil one said nothing.
// It may be written from several goroutines.
type Said struct {
	mu        sync.Mutex
	tail      []string // the last lines
	next      int      // where the next line goes in a full tail, which is where the oldest stands
	unit      string   // that failed last
	variables []read   // in the order in which they were named
	known     map[read]bool
}

// read says that a package reads a variable.
type read struct{ who, name string }

// Bounds on what is kept. cargo hands over lines of 8 KiB at most.
const (
	maxTail      = 256
	maxTailLine  = 1 << 10 // bytes
	maxVariables = 1024
)

// Line takes one line.
func (s *Said) Line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := strings.Clone(text[:min(len(text), maxTailLine)]); len(s.tail) < maxTail {
		s.tail = append(s.tail, kept)
	} else {
		s.tail[s.next] = kept
		s.next = (s.next + 1) % maxTail
	}
	if _, after, ok := strings.Cut(text, "failed to run custom build command for `"); ok {
		s.unit, _, _ = strings.Cut(after, " ")
	}
	for _, before := range []string{"cargo:rerun-if-env-changed=", "cargo::rerun-if-env-changed="} {
		if front, name, ok := strings.Cut(text, before); ok {
			s.variable(script(front, s.unit), strings.TrimSpace(name))
		}
	}
	// rustc, of `env!`.
	if _, after, ok := strings.Cut(text, "environment variable `"); ok {
		if name, _, ok := strings.Cut(after, "` not defined at compile time"); ok {
			s.variable("", name)
		}
	}
}

// script is the package of a build script that printed a line: `-vv` puts it in
// front, `[name 1.0.0] `, and without that cargo shows only what a script said
// that failed.
func script(front, failed string) string {
	if name, ok := strings.CutPrefix(strings.TrimSpace(front), "["); ok {
		name, _, _ = strings.Cut(name, " ")
		return name
	}
	return failed
}

func (s *Said) variable(who, name string) {
	r := read{who, name}
	if s.known == nil {
		s.known = map[read]bool{}
	}
	if !s.known[r] && len(s.known) < maxVariables {
		s.known[r] = true
		s.variables = append(s.variables, r)
	}
}

// reads returns the variables that were named.
func (s *Said) reads() []read {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]read(nil), s.variables...)
}

// Mentions reports whether the last lines have a name as a word of its own.
func (s *Said) Mentions(name string) bool { return s.mention(name) > 0 }

// mention counts the lines that are remembered up to the last one that has a name
// as a word of its own; 0 if none has. What is named at the end is nearer to what
// went wrong: a command line before it names much.
func (s *Said) mention(name string) int {
	if s == nil || name == "" {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.tail); n > 0; n-- {
		if hasWord(s.tail[(s.next+n-1)%len(s.tail)], name) {
			return n
		}
	}
	return 0
}

func hasWord(line, name string) bool {
	for {
		i := strings.Index(line, name)
		if i < 0 {
			return false
		}
		end := i + len(name)
		if (i == 0 || !inName(line[i-1])) && (end == len(line) || !inName(line[end])) {
			return true
		}
		line = line[i+1:]
	}
}

func inName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
