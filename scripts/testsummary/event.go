package main

import (
	"bytes"
	"encoding/json"
	"fmt"
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
// output without go's own frame and without the places in the source.
func reason(output string) string {
	var words []string
	transcript := false
	for line := range strings.Lines(output) {
		if isFrame(line) {
			continue
		}
		line = strings.TrimSpace(line)
		if place, rest, ok := strings.Cut(line+" ", ": "); ok && isPlace(place) {
			line = strings.TrimSpace(rest)
			// testscript logs the whole script after the reason, and begins
			// with the script's variables.
			transcript = strings.HasPrefix(line, "WORK=")
		}
		if line != "" && !transcript {
			words = append(words, line)
		}
	}
	return strings.Join(words, "; ")
}

// isPlace reports whether text has the form `name_test.go:12`.
func isPlace(text string) bool {
	file, number, ok := strings.Cut(text, ":")
	return ok && strings.HasSuffix(file, ".go") && strings.Trim(number, "0123456789") == "" && number != ""
}
