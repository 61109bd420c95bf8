//go:build linux

package hermetic_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hostileAttempts are the names that attempts.rs prints.
var hostileAttempts = []string{
	"source", "manifest", "source-by-its-place", "new-source", "above", "home", "home-by-variable", "cargo-home", "store",
	"other-target", "link", "secret", "tcp", "unix", "abstract", "signal",
}

// hostile are the projects of testdata/escape that act while cargo runs, and
// the command that makes them.
var hostile = map[string][]string{
	"script": {"build"},
	"macro":  {"build"},
	"test":   {"test", "--lib", "--", "--nocapture"},
}

// escapeIsolations are the isolations under which nothing may get out.
var escapeIsolations = []string{"namespaces", "landlock"}

// builder is a user who builds.
type builder struct {
	name   string
	prefix []string // of every command
	uid    int
}

// builders are the caller and, if that is root, somebody else.
func builders() []builder {
	list := []builder{{"caller", nil, os.Geteuid()}}
	if os.Geteuid() == 0 {
		ids := fmt.Sprint(otherUser)
		list = append(list, builder{"user", []string{"setpriv", "--reuid=" + ids, "--regid=" + ids, "--clear-groups", "--inh-caps=-all", "--"}, otherUser})
	}
	return list
}

// TestEscape builds every hostile project with plain cargo, where every attempt
// succeeds and is noticed, and under every isolation, where none does.
func TestEscape(t *testing.T) {
	for name, verb := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Run("plain", func(t *testing.T) {
				s := newEscape(t, name, builders()[0])
				out, err := s.command("cargo", verb...).CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				want := map[string]string{}
				for _, a := range hostileAttempts {
					want[a] = "done"
				}
				if diff := cmp.Diff(want, outcomesOf(string(out))); diff != "" {
					t.Errorf("not every attempt is real (-want +got)\n%s\n%s", diff, out)
				}
				s.reached(t)
			})
			for _, isolation := range escapeIsolations {
				for _, b := range builders() {
					t.Run(isolation+"/"+b.name, func(t *testing.T) {
						s := newEscape(t, name, b)
						out := s.hermetic(t, isolation, verb...)
						outcomes := outcomesOf(out)
						var made []string
						for a, outcome := range outcomes {
							made = append(made, a)
							if !strings.HasPrefix(outcome, "refused: ") {
								t.Errorf("%s: %s", a, outcome)
							}
						}
						slices.Sort(made)
						if diff := cmp.Diff(slices.Sorted(slices.Values(hostileAttempts)), made); diff != "" {
							t.Errorf("not all was tried (-want +got)\n%s\n%s", diff, out)
						}
						s.untouched(t)
						t.Logf("%d attempts refused", len(outcomes))
					})
				}
			}
		})
	}
}

var outcomeForm = regexp.MustCompile(`escape: (\S+) (done|refused: .*)`)

// outcomesOf reads what the attempts printed.
func outcomesOf(out string) map[string]string {
	outcomes := map[string]string{}
	for _, m := range outcomeForm.FindAllStringSubmatch(out, -1) {
		outcomes[m[1]] = m[2]
	}
	return outcomes
}

// command is a command in the project, in the environment of its builder.
func (s *escape) command(program string, args ...string) *exec.Cmd {
	argv := append(slices.Clone(s.builder.prefix), filepath.Join(theHost.dir, "proxies", program))
	if program == "cargo-hermetic" {
		argv[len(argv)-1] = filepath.Join(theHost.dir, "bin", program)
	}
	if s.builder.prefix == nil && program == "cargo" {
		argv[len(argv)-1] = program
	}
	cmd := exec.Command(argv[0], append(argv[1:], args...)...)
	cmd.Dir = s.project
	cmd.Env = []string{
		"HOME=" + s.home, "XDG_CACHE_HOME=" + s.cache, "RUSTUP_HOME=" + theHost.rustupHome, "RUSTUP_AUTO_INSTALL=0",
		"CARGO_HOME=" + filepath.Join(s.home, ".cargo"), "PATH=" + theHost.path, "LANG=C.UTF-8", "TERM=xterm", "TMPDIR=" + s.temporary,
	}
	return cmd
}

// hermetic runs a verb under an isolation. Where the host has none of it, or
// the user not, that is said and the test skipped.
func (s *escape) hermetic(t *testing.T, isolation string, verb ...string) string {
	t.Helper()
	args := append([]string{"hermetic", verb[0], "--isolation", isolation}, verb[1:]...)
	cmd := s.command("cargo-hermetic", args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if code := statusOf(cmd.ProcessState); code == 110 {
		t.Skipf("isolation `%s` is not available here: %s", isolation, out)
	} else if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	return string(out)
}
