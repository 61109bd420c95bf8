//go:build linux

package sandbox_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// TestInsideOurOwnWorld: a build script or a test that runs a build of its own
// is refused, because a user namespace would bring capabilities into the world.
func TestInsideOurOwnWorld(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(job{Dir: "/job", Exe: "/victim"})
	if err != nil {
		t.Fatal(err)
	}
	s := hostView("/victim", faultsArg, string(text))
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: exe, Target: "/victim", File: true},
		sandbox.Mount{Kind: spec.Bind, Source: faultDir(t), Target: "/job", Writable: true})
	out, result := run(t, s)
	var o outcome
	if err := json.Unmarshal([]byte(out), &o); err != nil || result.ExitCode != 0 {
		t.Fatalf("%v, %+v\n%s", err, result, out)
	}
	judge(t, o, allowance{})
	if o.Exit != diag.ExitIsolation || !strings.Contains(o.Error, "not available on this host") {
		t.Errorf("exit code %d: %s", o.Exit, o.Error)
	}
}
