package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHelpOfLock(t *testing.T) {
	const want = "Show, check or renew the digests in `hermetic.lock`\n" + `
Usage: cargo hermetic lock [OPTIONS]

Options:
  -v, --verbose...    Use verbose output (-vv very verbose/build.rs output)
  -q, --quiet         Do not print log messages
      --color <WHEN>  Coloring [possible values: auto, always, never]
  -h, --help          Print help
  -V, --version       Print version (-vV: and what it was built from)
      --check         Compare only; exit 112 when ` + "`hermetic.lock`" + ` is out of date
      --update        Write the digests of today to ` + "`hermetic.lock`" + `

Manifest Options:
      --manifest-path <PATH>  Path to Cargo.toml
      --locked                Assert that ` + "`Cargo.lock`" + ` will remain unchanged (in a world always so)
      --offline               Do not fetch what is missing (a world never has a network)
      --frozen                Equivalent to specifying both --locked and --offline

Hermetic Options:
  -C <DIRECTORY>          Change to DIRECTORY before doing anything
      --root <DIR>        Directory that bounds every search; the deepest one above a start counts
      --isolation <NAME>  How the build is isolated; never chosen silently, default namespaces
                          [possible values: namespaces, landlock, roots]
      --format <FMT>      Form of our own output, default human [possible values: human, json]

Exit codes:
  0    success
  1    the command line is wrong
  101  the build failed
  110  the isolation asked for is not available on this host
  111  something the policy does not allow
  112  a lock file is missing or out of date, or a digest differs
  113  two builds, or a build and what it is compared with, differ
  114  an attestation is not valid, or is of something else
`
	if diff := cmp.Diff(want, mustParse(t, "help lock").helpText()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHelpShowsEveryFlagOnce(t *testing.T) {
	for _, command := range commands {
		text := mustParse(t, command.name+" -h").helpText()
		for _, row := range rowsOf(knownVerbNamed(command.name).set) {
			count := 0
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "  "+row.helpTerm()+"  ") {
					count++
				}
			}
			if want := map[bool]int{false: 1, true: 0}[row.unlisted]; count != want {
				t.Errorf("`%s` shows %s %d times, want %d", command.name, row.name(), count, want)
			}
		}
		for line := range strings.Lines(text) {
			if len(line) > helpWidth+1 || strings.TrimRight(line, " \n")+"\n" != line {
				t.Errorf("`%s`: too wide, or blanks at the end: %q", command.name, line)
			}
		}
	}
}

func TestHelpHeadings(t *testing.T) {
	for line, want := range map[string][]string{
		"build -h": {"Options", "Package Selection", "Target Selection", "Feature Selection", "Compilation Options",
			"Manifest Options", "Hermetic Options", "Not in a hermetic build", "Exit codes"},
		"": {"Commands", "Options", "Manifest Options", "Hermetic Options", "Exit codes"},
	} {
		var got []string
		for text := range strings.Lines(mustParse(t, line).helpText()) {
			if heading, ok := strings.CutSuffix(text, ":\n"); ok {
				got = append(got, heading)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestTopHelpListsCommands(t *testing.T) {
	text := mustParse(t, "--help").helpText()
	var got []string
	for line := range strings.Lines(text[strings.Index(text, "Commands:"):strings.Index(text, "\nOptions:")]) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), "  "); strings.HasPrefix(line, "  ") {
			got = append(got, name)
		}
	}
	want := []string{"init", "lock", "fetch", "build, b", "check, c", "test, t", "bench", "run, r", "doc, d", "clippy", "roots", "plan", "layer", "doctor", "audit", "verify", "attest", "cache", "explain"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(text, "\nUsage: cargo hermetic [OPTIONS] <COMMAND>\n") {
		t.Errorf("no usage line in:\n%s", text)
	}
}
