package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// commandSummary is a verb as the help shows it.
type commandSummary struct {
	name    string
	usage   string // what follows the name
	summary string
}

// commands are the verbs that exist today, in the order of the help text. A
// verb of knownVerbs that is not here is not a command.
var commands = []commandSummary{
	{"init", "[OPTIONS]", "Pin the Rust toolchain and the system, write what is missing"},
	{"lock", "[OPTIONS]", "Show, check or renew the digests in `hermetic.lock`"},
	{"fetch", "[OPTIONS]", "Get and verify everything that a build needs, run nothing"},
	{"build", "[OPTIONS]", "Compile the current package"},
	{"check", "[OPTIONS]", "Analyze the current package and report errors, but don't build object files"},
	{"test", "[OPTIONS] [TESTNAME] [-- [ARGS]...]", "Run the tests, inside the world"},
	{"bench", "[OPTIONS] [BENCHNAME] [-- [ARGS]...]", "Run the benchmarks, inside the world"},
	{"run", "[OPTIONS] [ARGS]...", "Build a binary or example in the world, run it outside"},
	{"doc", "[OPTIONS]", "Build this package's and its dependencies' documentation"},
	{"clippy", "[OPTIONS] [-- [ARGS]...]", "Check a package to catch common mistakes"},
	{"roots", "[OPTIONS]", "Explain where cargo's upward searches look, and what lies beyond"},
	{"plan", "[OPTIONS]", "Print the world of a build, run nothing"},
	{"layer", "[OPTIONS] <push|pull> <REPOSITORY>", "Move the layers of `hermetic.lock` to and from a registry, by digest"},
	{"doctor", "[OPTIONS]", "Try what this host can do, and say what a build misses"},
	{"audit", "[OPTIONS]", "Build as plain cargo does, and show what the build took from outside the root"},
	{"verify", "[OPTIONS]", "Build twice on hosts that differ, compare, and name the crate that is not reproducible"},
	{"attest", "[OPTIONS]", "Build anew, and write down, signed, what it was made from and what was made"},
	{"cache", "[OPTIONS] <verify|stats|gc>", "Check the store in full, say what is in it, or make it smaller"},
	{"explain", "[OPTIONS] [CODE]", "List the codes behind the notes on a failed build, or explain one"},
}

// exitCodes documents the codes of package diag for people.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{0, "success"},
	{diag.ExitUsage, "the command line is wrong"},
	{diag.ExitFailed, "the build failed"},
	{diag.ExitIsolation, "the isolation asked for is not available on this host"},
	{diag.ExitPolicy, "something the policy does not allow"},
	{diag.ExitLock, "a lock file is missing or out of date, or a digest differs"},
	{diag.ExitReproducible, "two builds, or a build and what it is compared with, differ"},
	{diag.ExitAttestation, "an attestation is not valid, or is of something else"},
}

// helpWidth is the width of the help text in columns, cargo's when the terminal
// is wide.
const helpWidth = 100

// helpLine is one entry of a section: a term and what it means.
type helpLine struct{ term, text string }

// helpText returns the help for the verb, or for the program when there is none.
// It ends with a newline and holds no escape sequences.
func (inv *invocation) helpText() string {
	var b strings.Builder
	rows := earlyRows()
	if i := slices.IndexFunc(commands, func(c commandSummary) bool { return c.name == inv.verb }); i >= 0 {
		c := commands[i]
		fmt.Fprintf(&b, "%s\n\nUsage: cargo hermetic %s %s\n", c.summary, c.name, c.usage)
		rows = rowsOf(knownVerbNamed(c.name).set)
	} else {
		b.WriteString("Build Rust packages so that the output is a function of one directory\n\nUsage: cargo hermetic [OPTIONS] <COMMAND>\n")
		var lines []helpLine
		for _, c := range commands {
			lines = append(lines, helpLine{c.name + shortOf(c.name), c.summary})
		}
		writeSection(&b, "Commands", lines)
	}
	var refused []helpLine
	for _, heading := range helpHeadings {
		var lines []helpLine
		for _, row := range rows {
			switch {
			case row.head != heading || row.unlisted:
			case row.how == refuse:
				refused = append(refused, helpLine{row.helpTerm(), row.why})
			default:
				lines = append(lines, helpLine{row.helpTerm(), row.helpMeaning()})
			}
		}
		writeSection(&b, heading, lines)
	}
	writeSection(&b, "Not in a hermetic build", refused)
	var codes []helpLine
	for _, e := range exitCodes {
		codes = append(codes, helpLine{fmt.Sprint(e.code), e.meaning})
	}
	if inv.verb == "run" || inv.verb == "" {
		codes = append(codes, helpLine{"other", "`run` passes the program's own"})
	}
	writeSection(&b, "Exit codes", codes)
	if inv.verb == "" {
		b.WriteString("\nRun `cargo hermetic help <COMMAND>` for the options of a command.\n")
	}
	return b.String()
}

// shortOf returns `, b` for a command that cargo abbreviates.
func shortOf(name string) string {
	for short, full := range shortVerbs {
		if full == name {
			return ", " + short
		}
	}
	return ""
}

// helpTerm is the left column: `  -p, --package <SPEC>`.
func (r *flagRow) helpTerm() string {
	switch {
	case r.long == "":
		return r.shown()
	case r.short == "":
		return "    " + r.shown()
	}
	return "-" + r.short + ", " + r.shown()
}

// helpMeaning is the right column.
func (r *flagRow) helpMeaning() string {
	if len(r.oneOf) == 0 {
		return r.text
	}
	return r.text + " [possible values: " + strings.Join(r.oneOf, ", ") + "]"
}

// writeSection writes a heading and its lines in two columns, nothing when there
// are no lines.
func writeSection(b *strings.Builder, heading string, lines []helpLine) {
	if len(lines) == 0 {
		return
	}
	column := 0
	for _, line := range lines {
		column = max(column, 2+len(line.term)+2)
	}
	fmt.Fprintf(b, "\n%s:\n", heading)
	for _, line := range lines {
		at := column
		fmt.Fprintf(b, "  %-*s", column-2, line.term)
		for i, word := range strings.Fields(line.text) {
			switch {
			case i > 0 && at+1+len(word) > helpWidth:
				fmt.Fprintf(b, "\n%*s", column, "")
				at = column
			case i > 0:
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += len(word)
		}
		b.WriteByte('\n')
	}
}
