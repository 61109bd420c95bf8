package build

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/explain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// refusals watches what cargo prints for a refusal by the kernel, so that a
// failed build says in one line why the file system was read-only: where nobody
// recorded what the build did, and beside a record because a message may name the
// test that failed, which no system call does.
//
// What it reads is written by the build: it chooses among sentences of ours, and
// the names in them are escaped and quoted.
type refusals struct {
	said     explain.Said
	mu       sync.Mutex
	unit     string // the build script or test that cargo or a test program named last
	test     bool   // it is a test
	file     string // that could not be written, where a message named one
	readOnly bool
	offline  bool
	unlocked bool
	killed   bool
	forged   bool
}

// line looks at one line of output. It is called from both streams.
func (r *refusals) line(text string) {
	r.said.Line(text)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, after, ok := strings.Cut(text, "failed to run custom build command for `"); ok {
		r.unit, _, _ = strings.Cut(after, " (") // without its place
		r.unit, _, _ = strings.Cut(r.unit, "`")
		r.unit = quoted(r.unit)
	}
	// The panic of a test, in front of its message.
	if after, ok := strings.CutPrefix(text, "thread '"); ok && !r.readOnly {
		if name, rest, ok := strings.Cut(after, "'"); ok && name != "main" && strings.Contains(rest, "panicked at ") {
			r.unit, r.test = "the test "+quoted(name), true
		}
	}
	// strerror(EROFS), and Rust's form of it.
	if i := strings.Index(text, "Read-only file system"); i >= 0 {
		r.refused(text[:i])
	} else if i := strings.Index(text, "os error 30"); i >= 0 {
		r.refused(text[:i])
	}
	// cargo advises to remove a flag that nobody gave.
	if strings.Contains(text, "because --locked was passed") {
		r.unlocked = true
	}
	// As Rust writes the end of a process that the kernel killed, of rustc too.
	if strings.Contains(text, "(signal: 9, SIGKILL: kill)") {
		r.killed = true
	}
	// ENETUNREACH, and what name resolution says without a network.
	if strings.Contains(text, "os error 101") || strings.Contains(text, "Network is unreachable") || strings.Contains(text, "failure in name resolution") {
		r.offline = true
	}
}

// refused remembers that the file system was read-only, and the file that stands
// before those words: between quotes or without, and directly before them or
// as a path of the root.
func (r *refusals) refused(before string) {
	r.readOnly = true
	for _, form := range refusedForms() {
		if m := form.FindStringSubmatch(before); m != nil && r.file == "" {
			r.file = m[1]
		}
	}
}

// refusedForms are compiled for a build that fails, not for every one.
var refusedForms = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile("[`'\"]([^`'\"]+)[`'\"]: *$"),
		regexp.MustCompile(`(?:^|\s)(/[^\s:]+): *$`),
		regexp.MustCompile("(" + world.Root + "/[^\\s:,;`'\"()]+)"),
	}
})

// maxQuoted is how much of a name is shown, in bytes.
const maxQuoted = 256

// quoted makes a name from a world one of our sentence, which it cannot end: the
// shell escapes what does not print, and here the quotes go.
func quoted(name string) string {
	if len(name) > maxQuoted {
		name = name[:maxQuoted] + "..."
	}
	return "`" + strings.ReplaceAll(name, "`", "'") + "`"
}

// forgery notes a JSON message from inside under one of our reasons.
func (r *refusals) forgery() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forged = true
}

// warn says, however the build ended, that it tried to speak as this program.
func (r *refusals) warn(shell *ui.Shell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forged {
		shell.Warn("the build printed JSON messages whose reason begins with `%s`, as only those of cargo-hermetic do; they were renamed to `inside-%s`", ui.ReasonPrefix, ui.ReasonPrefix)
	}
}

// explanation is a line of what there is to say about a failure.
type explanation struct {
	code explain.Code // empty for what is no cause
	text string
}

// explanations say in a line each what was refused, and what the record of the build
// says. What both know is said once.
func (r *refusals) explanations(report explain.Report) (all []explanation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	say := func(code explain.Code, format string, args ...any) {
		all = append(all, explanation{code, fmt.Sprintf(format+" [%s]", append(args, code)...)})
	}
	who, what := "the build", ""
	if r.unit != "" {
		who = r.unit
	}
	if r.file != "" {
		what = " (" + quoted(strings.TrimPrefix(r.file, world.Root+"/")) + ")"
	}
	// A message that names a test, or the file, says more than the record.
	if r.readOnly && (r.test || r.file != "" || !report.Has(explain.Write)) {
		say(explain.Write, "%s tried to write outside its outputs%s, and the kernel refused: in a hermetic build only OUT_DIR, the target directory and the temporary directory can be written", who, what)
		report = report.Without(explain.Write)
	}
	if r.unlocked {
		say(explain.CargoLock, "Cargo.lock does not agree with the manifests, and a hermetic build never changes it; bring it up to date with `cargo update --workspace`, and commit it")
	}
	if r.killed {
		say(explain.Killed, "a process of %s was killed by SIGKILL: if the system ran out of memory, which `dmesg` says, build less at a time with `--jobs 1`", who)
	}
	if r.offline && !report.Has(explain.Network) {
		say(explain.Network, "%s tried to reach the network, and there is none in a hermetic build: pin what it downloads by [[download]] in hermetic.toml, or put it into the root", who)
	}
	for _, n := range report.Notes {
		all = append(all, explanation{n.Code, n.String()})
	}
	for _, line := range report.Rest() {
		all = append(all, explanation{text: line})
	}
	return all
}
