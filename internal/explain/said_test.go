package explain

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMentions(t *testing.T) {
	s := said("is `cmake` not installed?", "cannot find -lssl: No such file", "cannot open openssl/ssl.h")
	for name, want := range map[string]bool{"cmake": true, "ssl": true, "openssl/ssl.h": true, "make": false, "cmak": false, "-lssl": true, "lssl": false, "": false, "nosuch": false} {
		if got := s.Mentions(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
	if (*Said)(nil).Mentions("x") || (*Said)(nil).reads() != nil {
		t.Error("nobody said something")
	}
}

func TestReads(t *testing.T) {
	s := said(
		"cargo:rerun-if-env-changed=EARLY",
		"error: failed to run custom build command for `openssl-sys v0.9.1 (/x)`",
		"  cargo:rerun-if-env-changed=A ", "  cargo::rerun-if-env-changed=B", "  cargo:rerun-if-env-changed=A",
		"[zstd-sys 2.0.1] cargo:rerun-if-env-changed=C",
		"error: environment variable `D` not defined at compile time", "environment variable `E` is odd",
	)
	want := []read{{"", "EARLY"}, {"openssl-sys", "A"}, {"openssl-sys", "B"}, {"zstd-sys", "C"}, {"", "D"}}
	if diff := cmp.Diff(want, s.reads(), cmp.AllowUnexported(read{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSaidIsBounded: what is printed without an end, from two streams; the race
// detector looks on.
func TestSaidIsBounded(t *testing.T) {
	var s Said
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			for i := range 3 * maxVariables {
				s.Line(fmt.Sprintf("cargo:rerun-if-env-changed=V%d", i))
			}
		})
	}
	both.Wait()
	if len(s.tail) != maxTail || len(s.reads()) != maxVariables {
		t.Errorf("%d lines, %d variables", len(s.tail), len(s.reads()))
	}
	s.Line("the end")
	if !s.Mentions("end") {
		t.Error("the last line is forgotten")
	}
}
