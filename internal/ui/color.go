package ui

import "github.com/cargo-hermetic/cargo-hermetic/internal/diag"

// style is a sequence of escape codes; the empty one is plain text.
type style string

// palette holds the styles of the parts of a message. The zero value is plain.
type palette struct {
	status, err, warning, note, help, arrow, bold style
}

// colors has the bytes that cargo 1.95 and its snippet renderer write.
var colors = palette{
	status:  "\x1b[1m\x1b[92m",
	err:     "\x1b[1m\x1b[91m",
	warning: "\x1b[1m\x1b[33m",
	note:    "\x1b[1m\x1b[92m",
	help:    "\x1b[1m\x1b[96m",
	arrow:   "\x1b[1m\x1b[94m",
	bold:    "\x1b[1m",
}

func (s style) around(text string) string {
	if s == "" {
		return text
	}
	return string(s) + text + "\x1b[0m"
}

// Color decides as cargo 1.95 does whether to print colour: the flag --color,
// then CARGO_TERM_COLOR, then NO_COLOR, CLICOLOR_FORCE, CLICOLOR, and at last
// the terminal with TERM and CI. flag is empty if it was not given; a value of
// `term.color` from a configuration belongs there too, if neither flag nor
// variable is set. A value that does not exist is a *diag.Diagnostic with
// diag.ExitUsage.
func Color(flag string, env map[string]string, isTerminal bool) (bool, error) {
	choice := flag
	if flag == "" {
		var set bool
		if choice, set = env["CARGO_TERM_COLOR"]; !set {
			choice = "auto"
		}
	}
	switch choice {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return autoColor(env, isTerminal), nil
	}
	return false, diag.New(diag.ExitUsage, "argument for --color must be auto, always, or never, but found `%s`", choice)
}

// autoColor follows the anstyle-query crate that cargo uses. Measured on cargo
// 1.95: an empty NO_COLOR or CLICOLOR_FORCE counts as unset, CLICOLOR_FORCE=0
// forces colour, an empty TERM is a terminal with colour and an unset one is
// not, and CI makes up for TERM however it is set.
func autoColor(env map[string]string, isTerminal bool) bool {
	clicolor, hasCLIColor := env["CLICOLOR"]
	term, hasTerm := env["TERM"]
	_, ci := env["CI"]
	switch {
	case env["NO_COLOR"] != "":
		return false
	case env["CLICOLOR_FORCE"] != "":
		return true
	case hasCLIColor && clicolor == "0":
		return false
	}
	return isTerminal && (hasTerm && term != "dumb" || hasCLIColor || ci)
}
