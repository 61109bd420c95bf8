//go:build linux

package hermetic_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/audit"
)

// TestAuditOfCrates audits crates that take a library from the host, and then
// builds with the policy that the report gives.
func TestAuditOfCrates(t *testing.T) {
	for _, test := range []struct {
		crate, module string   // module: what pkg-config calls the library
		call          string   // an expression that needs it to be linked
		packages      []string // of the policy, at least
		variable      string   // that the build script asks for
	}{
		{"libz-sys = { version = \"=1.1.22\", default-features = false }", "zlib", "libz_sys::zlibCompileFlags()", []string{"zlib1g-dev"}, "LIBZ_SYS_STATIC"},
		{"openssl-sys = \"=0.9.109\"", "openssl", "openssl_sys::OpenSSL_version_num()", []string{"libssl-dev"}, "OPENSSL_STATIC"},
	} {
		t.Run(test.module, func(t *testing.T) {
			t.Parallel()
			if !registryReachable() {
				t.Skip("the crate registry cannot be reached")
			}
			if err := exec.Command("pkg-config", "--exists", test.module).Run(); err != nil {
				t.Skipf("pkg-config does not find %s here: %v", test.module, err)
			}
			dir := livingProject(t, t.TempDir(), map[string]string{
				"Cargo.toml":  "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n" + test.crate + "\n",
				"src/main.rs": "fn main() { println!(\"{}\", unsafe { " + test.call + " }); }",
			})
			env := livingEnv(t, "CARGO_HOME="+theHost.fetched, test.variable+"=0")
			for _, name := range passedOn {
				if value, ok := os.LookupEnv(name); ok {
					env = append(env, name+"="+value)
				}
			}
			if err := os.Remove(filepath.Join(dir, "Cargo.lock")); err != nil {
				t.Fatal(err)
			}
			report := auditOf(t, dir, env)
			found := map[string]bool{}
			for _, c := range report.Channels {
				name, _, _ := strings.Cut(c.Subject, " ")
				for _, u := range c.Uses {
					found[string(c.Kind)+" "+name+" "+u.Crate] = true
				}
			}
			sys, _, _ := strings.Cut(test.crate, " ")
			for _, want := range []string{"library " + test.packages[0] + " " + sys, "header " + test.packages[0] + " " + sys, "variable " + test.variable + " " + sys, "crate-sources crates " + sys, "toolchain toolchain p"} {
				if !found[want] && !(strings.HasPrefix(want, "header ") && test.module == "zlib") {
					t.Errorf("there is no channel %q", want)
				}
			}
			settle(t, dir, env, report, test.packages)
		})
	}
}

// auditOf audits a project and reads the report.
func auditOf(t *testing.T, dir string, env []string) audit.Report {
	t.Helper()
	cmd := exec.Command(filepath.Join(theHost.dir, "bin", "cargo-hermetic"), "audit", "-q", "--format", "json")
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.Output()
	if err != nil {
		exit, _ := err.(*exec.ExitError)
		t.Fatalf("%v\n%s\n%s", err, out, exit.Stderr)
	}
	var report audit.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if !report.Whole || report.ExitCode != 0 {
		t.Errorf("the report is not whole: %q, code %d", report.Missing, report.ExitCode)
	}
	return report
}

// settle builds with the policy of a report, and audits again: no line may be
// missing now.
func settle(t *testing.T, dir string, env []string, report audit.Report, packages []string) {
	t.Helper()
	for _, name := range packages {
		if !strings.Contains(report.Policy, `"`+name+`"`) {
			t.Errorf("the policy has no %q:\n%s", name, report.Policy)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "hermetic.toml"), []byte(report.Policy), 0o644); err != nil {
		t.Fatal(err)
	}
	succeeds(t, dir, env, "lock", "--update")
	succeeds(t, dir, env, "run", "-q")
	again := auditOf(t, dir, env)
	var open []string
	for _, c := range again.Channels {
		if c.Settle.By == audit.Policy {
			open = append(open, string(c.Kind)+" "+c.Subject+": "+c.Settle.Line)
		}
	}
	slices.Sort(open)
	if diff := cmp.Diff([]string(nil), open); diff != "" {
		t.Errorf("with its own policy the report still asks for (-want +got):\n%s", diff)
	}
}
