package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json` and
// `go help buildjson`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail, instead of Package
	Test        string // empty for the package itself
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string  // import path whose build failed
}

// parseEvent reads one line. A line that is no event is output of the go
// command itself and comes back as such.
func parseEvent(line []byte) (event, error) {
	if !bytes.HasPrefix(line, []byte("{")) {
		return event{Action: "build-output", Output: string(line) + "\n"}, nil
	}
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("reading %q: %w", line, err)
	}
	return e, nil
}

// isFrame reports whether a line of output is go's own, and says only what the
// events say too.
func isFrame(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line == "PASS" || line == "FAIL" || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "exit status ") ||
		strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ")
}

// reason returns what a test said before it was skipped, on one line: its
// output without go's own frame, without a script's transcript and without the places in the source.
func reason(output string) string {
	var words []string
	transcript := false // which testscript logs after the reason
	for line := range strings.Lines(output) {
		if isFrame(line) {
			continue
		}
		line = strings.TrimSpace(line)
		if said, ok := afterPlace(line); ok {
			line, transcript = said, beginsTranscript(said)
		}
		if line != "" && !transcript {
			words = append(words, line)
		}
	}
	return strings.Join(words, "; ")
}

// Of a long output, the end stands before all of it: who sees only a part of the log sees
// how it failed.
const (
	longOutput = 60 // lines
	endOutput  = 6
)

// told is the output of a test that failed, without the frame that go makes and without the
// variables of a script.
func told(output string) string {
	var lines []string
	variables := false
	for line := range strings.Lines(output) {
		text := strings.TrimSpace(line)
		said, ok := afterPlace(text)
		switch {
		case strings.HasPrefix(text, "=== "):
		case ok && beginsTranscript(said):
			variables = true
		case variables:
			variables = text != ""
		default:
			lines = append(lines, line)
		}
	}
	if len(lines) > longOutput {
		lines = slices.Concat([]string{"it ends with:\n"}, lines[len(lines)-endOutput:], []string{"the whole:\n"}, lines)
	}
	return strings.Join(lines, "")
}

// beginsTranscript reports whether text is what testscript says first: a script's variables.
func beginsTranscript(text string) bool { return strings.HasPrefix(text, "WORK=") }

// afterPlace is a line without the place in the source that it begins with. ok is false
// where there is none.
func afterPlace(line string) (text string, ok bool) {
	place, rest, ok := strings.Cut(line+" ", ": ")
	return strings.TrimSpace(rest), ok && isPlace(place)
}

// isPlace reports whether text has the form `name_test.go:12`.
func isPlace(text string) bool {
	file, number, ok := strings.Cut(text, ":")
	return ok && strings.HasSuffix(file, ".go") && strings.Trim(number, "0123456789") == "" && number != ""
}
