package build

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/explain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// explained returns the notes on a transcript.
func explained(lines ...string) string {
	var r refusals
	for _, line := range lines {
		r.line(line)
	}
	return noted(r.explanations(explain.Report{}))
}

// noted is what people read of explanations.
func noted(all []explanation) string {
	var b bytes.Buffer
	shell := ui.NewShell(&b, ui.Normal, false)
	for _, e := range all {
		shell.Note("%s", e.text)
	}
	return b.String()
}

func TestRefusals(t *testing.T) {
	const (
		refused  = ", and the kernel refused: in a hermetic build only OUT_DIR, the target directory and the temporary directory can be written [H040]\n"
		readOnly = " tried to write outside its outputs" + refused
		offline  = " tried to reach the network, and there is none in a hermetic build: pin what it downloads by [[download]] in hermetic.toml, or put it into the root [H010]\n"
		failed   = "error: failed to run custom build command for `"
	)
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"nothing":          {nil, ""},
		"an ordinary one":  {[]string{"error[E0308]: mismatched types", "os error 2", "os error 13"}, ""},
		"from Rust":        {[]string{failed + "p v0.1.0 (/hermetic/root)`", `Os { code: 30, kind: ReadOnlyFilesystem, message: "Read-only file system" }`}, "note: `p v0.1.0`" + readOnly},
		"from Rust, shown": {[]string{"Read-only file system (os error 30)"}, "note: the build" + readOnly},
		"from C":           {[]string{"touch: cannot touch 'x': Read-only file system"}, "note: the build tried to write outside its outputs (`x`)" + refused},
		"not in its place": {[]string{failed + "openssl-sys v0.9.0`", "os error 30"}, "note: `openssl-sys v0.9.0`" + readOnly},
		"the last unit":    {[]string{failed + "a v1.0.0`", failed + "b v1.0.0 (x)`", "os error 30"}, "note: `b v1.0.0`" + readOnly},
		"after the error":  {[]string{"os error 30", failed + "p v0.1.0`"}, "note: `p v0.1.0`" + readOnly},
		"a snapshot": {[]string{"thread 'a::greeting' (55) panicked at tests/it.rs:12:9:", "cannot write `/hermetic/root/tests/x.snap.new`: Read-only file system (os error 30)", "thread 'b' panicked at x"},
			"note: the test `a::greeting` tried to write outside its outputs (`tests/x.snap.new`)" + refused},
		"a bare path":             {[]string{"sed: couldn't open file /etc/x: Read-only file system"}, "note: the build tried to write outside its outputs (`/etc/x`)" + refused},
		"a path before":           {[]string{"saving /hermetic/root/a/b, os error 30"}, "note: the build tried to write outside its outputs (`a/b`)" + refused},
		"a long name":             {[]string{"'" + strings.Repeat("/x", 2000) + "': Read-only file system"}, "note: the build tried to write outside its outputs (`" + strings.Repeat("/x", 128) + "...`)" + refused},
		"a name that ends quotes": {[]string{"thread 'a`, which is fine; `b' panicked at x", "os error 30"}, "note: the test `a', which is fine; 'b`" + readOnly},
		"network":                 {[]string{"Network is unreachable (os error 101)"}, "note: the build" + offline},
		"resolver":                {[]string{failed + "p v0.1.0`", "curl: (6) Temporary failure in name resolution"}, "note: `p v0.1.0`" + offline},
		"both":                    {[]string{"os error 30", "os error 101"}, "note: the build" + readOnly + "note: the build" + offline},
		"hostile name":            {[]string{failed + "p\x1b[2J\rv1 (x)`", "os error 30"}, "note: `p\\x1b[2J\\x0dv1`" + readOnly},
	} {
		if diff := cmp.Diff(c.want, explained(c.lines...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := explained("error: cannot update the lock file /x/Cargo.lock because --locked was passed to prevent this"); strings.Count(got, "note: Cargo.lock does not agree") != 1 {
		t.Errorf("lock file: %q", got)
	}
}

// TestRefusalsAndARecord: what was recorded is said with what cargo printed, and
// nothing twice.
func TestRefusalsAndARecord(t *testing.T) {
	note := func(code explain.Code) explain.Note { return explain.Note{Code: code, Who: "p", What: "did it"} }
	var r refusals
	r.line("thread 'greeting' (1) panicked at src/it.rs:1:1:")
	r.line("os error 30")
	r.line("os error 101")
	all := r.explanations(explain.Report{Notes: []explain.Note{note(explain.Write), note(explain.Network), note(explain.Header)}})
	want := "note: the test `greeting` tried to write outside its outputs, and the kernel refused: in a hermetic build only OUT_DIR, the target directory and the temporary directory can be written [H040]\n" +
		"note: p: did it [H010]\nnote: p: did it [H002]\nnote: for more about a code: cargo hermetic explain H010\n"
	if diff := cmp.Diff(want, noted(all)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var codes []explain.Code
	for _, e := range all {
		codes = append(codes, e.code)
	}
	if diff := cmp.Diff([]explain.Code{explain.Write, explain.Network, explain.Header, ""}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// Lines come from two streams at once; the race detector looks on.
func TestRefusalsFromTwoStreams(t *testing.T) {
	var r refusals
	var both sync.WaitGroup
	for _, line := range []string{"os error 30", "os error 101"} {
		both.Go(func() {
			for range 100 {
				r.line(line)
			}
		})
	}
	both.Wait()
	if !r.readOnly || !r.offline {
		t.Errorf("read-only %t, offline %t", r.readOnly, r.offline)
	}
}
