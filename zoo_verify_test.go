//go:build linux

package hermetic_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// zooVaried are the dimensions that `verify --vary` has. The other causes differ by
// themselves from one build to the next, and so with any of them.
var zooVaried = []string{
	"root-path", "user", "home", "host-name", "kernel", "time-zone", "locale", "umask", "cpus", "jobs", "addresses", "environment",
	"temporary", "file-times", "file-order", "load", "clock", "machine",
}

// blamed asks `verify` about an exhibit that only our determinism cures, where that is
// off and nothing is varied but its cause: the first cause that it names is the guilty
// package, or a unit in which its macro ran. It returns whether there was anything to
// ask.
func (s *zooScene) blamed(x *exhibit) bool {
	s.t.Helper()
	if kind, _ := x.outcome(); x.Exposed != exposedNo || kind == zooRefused {
		return false
	}
	c := s.quiet()
	s.layIn(x, c)
	vary := x.Cause
	if !slices.Contains(zooVaried, vary) {
		vary = "time-zone"
	}
	c.Env["RUSTUP_HOME"], c.Env["RUSTUP_AUTO_INSTALL"], c.Env["XDG_CACHE_HOME"] = theHost.rustupHome, "0", theHost.cache
	var report struct {
		Verdict string
		Causes  []struct {
			Unit   struct{ Package string }
			Macros []struct{ Package string }
		}
	}
	for range zooTries {
		cmd := c.command(s.t, filepath.Join(theHost.dir, "bin", "cargo-hermetic"), "verify", "-q", "--deterministic=no", "--no-bisect", "--vary", vary, "--format", "json")
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 113) {
			s.t.Fatalf("verify: %v\n%s", err, said.String())
		}
		if err := json.Unmarshal(out, &report); err != nil {
			s.t.Fatalf("verify: %v\n%s", err, out)
		}
		if report.Verdict == "mismatch" {
			break
		}
	}
	if report.Verdict != "mismatch" {
		s.t.Errorf("verify found no difference in %d times two builds", zooTries)
		return true
	}
	for _, cause := range report.Causes {
		guilty := cause.Unit.Package == x.Guilty
		for _, m := range cause.Macros {
			guilty = guilty || m.Package == x.Guilty
		}
		if !guilty {
			s.t.Errorf("verify blames %s: %+v", cause.Unit.Package, report.Causes)
		}
	}
	if len(report.Causes) == 0 {
		s.t.Error("verify blames nobody")
	}
	return true
}
