package ui

import (
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// TestColor holds what cargo 1.95 printed for each flag and environment, into a
// pipe and into a terminal.
func TestColor(t *testing.T) {
	for _, c := range []struct {
		flag           string
		env            env
		pipe, terminal bool
	}{
		{"", nil, false, false},
		{"", env{"TERM": "xterm"}, false, true},
		{"", env{"TERM": "dumb"}, false, false},
		{"", env{"TERM": ""}, false, true},
		{"", env{"TERM": "dumb", "CLICOLOR": "1"}, false, true},
		{"", env{"CI": "1"}, false, true},
		{"", env{"CI": ""}, false, true},
		{"", env{"TERM": "dumb", "CI": "1"}, false, true},
		{"", env{"TERM": "xterm", "CLICOLOR": "0"}, false, false},
		{"", env{"TERM": "xterm", "CLICOLOR": ""}, false, true},
		{"", env{"CLICOLOR_FORCE": "1"}, true, true},
		{"", env{"TERM": "xterm", "CLICOLOR_FORCE": "0"}, true, true},
		{"", env{"CLICOLOR_FORCE": ""}, false, false},
		{"", env{"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}, true, true},
		{"", env{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false, false},
		{"", env{"CLICOLOR_FORCE": "1", "NO_COLOR": ""}, true, true},
		{"", env{"CARGO_TERM_COLOR": "always", "NO_COLOR": "1"}, true, true},
		{"", env{"CARGO_TERM_COLOR": "never", "TERM": "xterm"}, false, false},
		{"", env{"CARGO_TERM_COLOR": "auto", "CLICOLOR_FORCE": "1"}, true, true},
		{"auto", env{"CARGO_TERM_COLOR": "always"}, false, false},
		{"auto", env{"NO_COLOR": "1", "TERM": "xterm"}, false, false},
		{"never", env{"CARGO_TERM_COLOR": "bogus", "CLICOLOR_FORCE": "1"}, false, false},
		{"always", env{"NO_COLOR": "1"}, true, true},
	} {
		for terminal, want := range map[bool]bool{false: c.pipe, true: c.terminal} {
			if got, err := Color(c.flag, c.env, terminal); got != want || err != nil {
				t.Errorf("--color %q, %v, terminal %v: %v, %v; want %v", c.flag, c.env, terminal, got, err, want)
			}
		}
	}
	for _, c := range []struct{ flag, variable, want string }{
		{"bogus", "always", "argument for --color must be auto, always, or never, but found `bogus`"},
		{"", "Always", "argument for --color must be auto, always, or never, but found `Always`"},
		{"", "", "argument for --color must be auto, always, or never, but found ``"},
	} {
		_, err := Color(c.flag, env{"CARGO_TERM_COLOR": c.variable}, true)
		if err == nil || err.Error() != c.want || diag.ExitCode(err) != diag.ExitUsage {
			t.Errorf("--color %q, CARGO_TERM_COLOR=%q: %v", c.flag, c.variable, err)
		}
	}
}

type env = map[string]string
