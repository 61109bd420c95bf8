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

// zooVaried are the dimensions of `verify --vary` by the causes that they are. The other
// causes differ by themselves from one build to the next, and so with any dimension.
var zooVaried = map[string]string{
	"root-path": "root-path", "user": "user", "home": "home", "host-name": "host-name", "clock": "clock", "kernel": "kernel", "time-zone": "time-zone",
	"locale": "locale", "umask": "umask", "cpus": "cpus", "cpuid": "processor", "jobs": "jobs", "pid": "pids", "randomness": "seed", "addresses": "addresses",
	"environment": "environment", "temporary": "temporary", "file-times": "file-times", "file-order": "file-order", "load": "load",
}

// blamed asks `verify` about an exhibit that only our determinism cures, where that is
// off and nothing is varied but its cause: the first cause that it names is the guilty
// package, or a unit in which its macro ran. What determinism cures is the same on the
// quiet host of `verify` as well, so it says that the dimension is needed, and that it
// is no chance. blamed returns whether there was anything to ask.
func (s *zooScene) blamed(x *exhibit) bool {
	s.t.Helper()
	kind, _ := x.outcome()
	if x.Exposed != exposedNo || kind == zooRefused {
		return false
	}
	c := s.quiet()
	s.layIn(x, c)
	vary, varied := zooVaried[x.Cause]
	if !varied {
		vary = "time-zone"
	}
	certain := varied && kind == zooCured && lackingHere(x.CureNeeds...) == ""
	args := []string{"--deterministic=no", "--vary", vary}
	if !certain {
		args = append(args, "--no-bisect")
	}
	var report zooReport
	for range zooTries {
		if report = s.verified(c, args...); report.Verdict == "mismatch" || certain {
			break
		}
	}
	if report.Verdict != "mismatch" {
		s.t.Errorf("verify found no difference by `%s`", vary)
		return true
	}
	if certain && (report.Chance || !slices.Equal(report.Needed, []string{vary})) {
		s.t.Errorf("verify says that it needs %v, or is chance: %t", report.Needed, report.Chance)
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

// zooReport is what we read of a verdict.
type zooReport struct {
	Verdict string
	Needed  []string
	Chance  bool
	Causes  []struct {
		Unit   struct{ Package string }
		Macros []struct{ Package string }
		Files  []string
	}
}

// verified asks `verify` about what is laid at the root of c.
func (s *zooScene) verified(c circumstances, args ...string) (report zooReport) {
	s.t.Helper()
	c.Env["RUSTUP_HOME"], c.Env["RUSTUP_AUTO_INSTALL"], c.Env["XDG_CACHE_HOME"] = theHost.rustupHome, "0", theHost.cache
	cmd := c.command(s.t, append([]string{filepath.Join(theHost.dir, "bin", "cargo-hermetic"), "verify", "-q", "--format", "json"}, args...)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 113) {
		s.t.Fatalf("verify: %v\n%s", err, said.String())
	}
	if err := json.Unmarshal(out, &report); err != nil {
		s.t.Fatalf("verify: %v\n%s", err, out)
	}
	return report
}
