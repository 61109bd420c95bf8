package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// id names a test, or with an empty test the package.
type id struct{ pkg, test string }

func (i id) String() string {
	if i.test == "" {
		return i.pkg
	}
	return i.pkg + " " + i.test
}

// report counts tests while they end. A test with subtests counts as its
// subtests, and for itself only when it fails while none of them did.
type report struct {
	w       io.Writer
	err     error // first error of w
	passed  int
	failed  int
	skipped int

	output  map[id]*strings.Builder // of tests and packages that have not ended
	parents map[id]bool             // that have subtests
	broken  map[id]bool             // that failed, or hold a test that did
	build   map[string]*strings.Builder
	ran     map[string]int // tests that ended, by package
	skips   []string
	long    []lasted
}

// lasted is a test that took long.
type lasted struct {
	id
	seconds float64
}

// Of those that took longer than longTest, mostLong are listed.
const (
	longTest = 5 // seconds
	mostLong = 30
)

func newReport(w io.Writer) *report {
	return &report{
		w: w, output: map[id]*strings.Builder{}, parents: map[id]bool{}, broken: map[id]bool{},
		build: map[string]*strings.Builder{}, ran: map[string]int{},
	}
}

// maxEvent bounds one line of the stream, in bytes; go cuts output into lines
// far shorter.
const maxEvent = 16 << 20

// read takes in one stream of `go test -json`.
func (r *report) read(stream io.Reader) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		e, err := parseEvent(lines.Bytes())
		if err != nil {
			return err
		}
		r.take(e)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return r.unfinished()
}

func (r *report) take(e event) {
	at := id{e.Package, e.Test}
	switch e.Action {
	case "run":
		r.buffer(at)
		r.parents[parent(at)] = true
	case "output":
		r.buffer(at).WriteString(e.Output)
	case "build-output":
		if r.build[e.ImportPath] == nil {
			r.build[e.ImportPath] = &strings.Builder{}
		}
		r.build[e.ImportPath].WriteString(e.Output)
	case "pass", "skip", "fail":
		if e.Test == "" {
			r.endPackage(e, at)
		} else {
			r.endTest(e, at)
		}
	}
}

func (r *report) buffer(at id) *strings.Builder {
	if r.output[at] == nil {
		r.output[at] = &strings.Builder{}
	}
	return r.output[at]
}

// parent names the test that holds a subtest, or the package.
func parent(at id) id {
	return id{at.pkg, at.test[:max(strings.LastIndexByte(at.test, '/'), 0)]}
}

func (r *report) endTest(e event, at id) {
	text := r.buffer(at).String()
	delete(r.output, at)
	if e.Elapsed > longTest && !r.parents[at] {
		r.long = append(r.long, lasted{at, e.Elapsed})
	}
	switch {
	case e.Action == "fail":
		r.fail(at, text)
	case r.parents[at]: // its subtests are counted
	case e.Action == "skip":
		r.skipped++
		r.ran[at.pkg]++
		r.skips = append(r.skips, fmt.Sprintf("%s: %s", at, cmp.Or(reason(text), "no reason given")))
	default:
		r.passed++
		r.ran[at.pkg]++
	}
}

// fail counts a failure, unless it only repeats one that it holds, and shows
// its output in any case.
func (r *report) fail(at id, text string) {
	if !r.broken[at] {
		r.failed++
		r.ran[at.pkg]++
		r.print("FAIL %s\n%s", at, indented(told(text)))
	} else if reason(text) != "" {
		r.print("     %s, which holds it, says:\n%s", at, indented(told(text)))
	}
	for at.test != "" {
		at = parent(at)
		r.broken[at] = true
	}
}

func (r *report) endPackage(e event, at id) {
	text := r.buffer(at).String()
	delete(r.output, at)
	switch e.Action {
	case "fail":
		if b := r.build[e.FailedBuild]; e.FailedBuild != "" && b != nil {
			text = b.String() + text
			delete(r.build, e.FailedBuild)
		}
		r.abandon(at.pkg)
		r.fail(at, text) // a crash, a race, a TestMain; or nothing beyond its tests
		r.print("FAIL %s (%.1f s)\n", at, e.Elapsed)
	case "pass":
		r.print("ok   %s (ran %d in %.1f s)\n", at, r.ran[at.pkg], e.Elapsed)
	}
}

// abandon fails the tests of a package that has ended without them.
func (r *report) abandon(pkg string) {
	var open []id
	for at := range r.output {
		if at.pkg == pkg {
			open = append(open, at)
		}
	}
	// Subtests first, so that a parent is not counted besides them.
	slices.SortFunc(open, func(a, b id) int { return strings.Compare(b.test, a.test) })
	for _, at := range open {
		text := r.output[at].String() + "it did not finish\n"
		delete(r.output, at)
		r.fail(at, text)
	}
}

// unfinished fails what was still open when the stream ended, and shows what
// the go command said outside of any package.
func (r *report) unfinished() error {
	for _, text := range r.build {
		r.print("%s", text.String())
	}
	clear(r.build)
	open := map[string]bool{}
	for at := range r.output {
		open[at.pkg] = true
	}
	for pkg := range open {
		r.abandon(pkg)
	}
	if len(open) > 0 {
		return errors.New("go test ended in the middle of a package")
	}
	return nil
}

// finish writes the longest tests, the skips and the closing line.
func (r *report) finish() error {
	if len(r.long) > 0 {
		r.print("\nthe longest, in seconds:\n")
		slices.SortFunc(r.long, func(a, b lasted) int {
			return cmp.Or(cmp.Compare(b.seconds, a.seconds), strings.Compare(a.test, b.test))
		})
		for _, l := range r.long[:min(len(r.long), mostLong)] {
			r.print("     %5.1f  %s\n", l.seconds, l.id)
		}
	}
	if len(r.skips) > 0 {
		r.print("\nskipped, and why:\n")
		for _, skip := range r.skips {
			r.print("     %s\n", skip)
		}
	}
	r.print("\n%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	return r.err
}

func (r *report) print(format string, args ...any) {
	if _, err := fmt.Fprintf(r.w, format, args...); err != nil && r.err == nil {
		r.err = err
	}
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("     " + line)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	return b.String()
}
