package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Of a command line of ordinary cargo we take ours, and leave the rest as it is.
func TestParseOrdinary(t *testing.T) {
	for line, want := range map[string]ordinary{
		"--isolation roots build":                                {verb: "build", args: []string{"build"}},
		"hermetic b --isolation=roots -p x":                      {verb: "build", args: []string{"b", "-p", "x"}},
		"-C dir --root a --root=b --isolation roots -q metadata": {chdir: "dir", roots: []string{"a", "b"}, verb: "metadata", args: []string{"-q", "metadata"}},
		"build --root a --isolation roots -C x":                  {roots: []string{"a"}, verb: "build", args: []string{"build", "-C", "x"}},
		"--isolation roots install --root a x":                   {verb: "install", args: []string{"install", "--root", "a", "x"}, fixedDir: true},
		"--isolation roots test --manifest-path m/Cargo.toml":    {verb: "test", args: []string{"test"}, manifest: "m/Cargo.toml"},
		"--isolation roots test --manifest-path=m/Cargo.toml x":  {verb: "test", args: []string{"test", "x"}, manifest: "m/Cargo.toml"},
		"--isolation roots build --target-dir out":               {verb: "build", args: []string{"build", "--target-dir", "out"}, fixedDir: true},
		"--isolation roots build --target-dir=/out --target t":   {verb: "build", args: []string{"build", "--target-dir=/out", "--target", "t"}},
		"--isolation roots build --target t.json":                {verb: "build", args: []string{"build", "--target", "t.json"}, fixedDir: true},
		"--isolation roots --config a.toml --color never run x":  {verb: "run", args: []string{"--config", "a.toml", "--color", "never", "run", "x"}, fixedDir: true},
		"--isolation roots run -- --isolation x --root y":        {verb: "run", args: []string{"run", "--", "--isolation", "x", "--root", "y"}, fixedDir: true},
		"--isolation roots outdated --root-deps-only":            {verb: "outdated", args: []string{"outdated", "--root-deps-only"}, fixedDir: true},
	} {
		inv, err := parseArgs(strings.Fields(line))
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		if inv.ordinary == nil || inv.chdir != want.chdir {
			t.Errorf("%q: %+v", line, inv)
			continue
		}
		if diff := cmp.Diff(want, *inv.ordinary, cmp.AllowUnexported(ordinary{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestParseOrdinaryRefuses(t *testing.T) {
	for line, message := range map[string]string{
		"--isolation roots plan":         "`plan` has no form",
		"--isolation roots lock --check": "`lock` has no form",
		"--isolation roots --root":       "a value is required for '--root'",
		"build --isolation roots --root": "a value is required for '--root'",
	} {
		if inv, err := parseArgs(strings.Fields(line)); diag.ExitCode(err) != diag.ExitUsage || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: %+v, %v", line, inv, err)
		}
	}
}

// The word counts only as a value of the flag, and only in front of `--`.
func TestIsOrdinary(t *testing.T) {
	for line, want := range map[string]bool{
		"build --isolation roots": true, "--isolation=roots": true,
		"build -- --isolation roots": false, "build --isolation namespaces": false, "roots": false, "--isolation": false,
	} {
		if got := isOrdinary(strings.Fields(line)); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
	if inv, err := parseArgs(strings.Fields("roots --isolation roots --format json")); err != nil || inv.ordinary != nil || inv.verb != "roots" || inv.isolation != "roots" {
		t.Errorf("%+v, %v", inv, err)
	}
}
