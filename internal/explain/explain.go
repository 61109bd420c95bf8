// Package explain says why a build failed that would not have failed outside a
// hermetic world: which crate looked for what, whether this host has it and in
// which package, and the line of hermetic.toml or the command that would allow
// it.
//
// Failure is a function of the record of the build (internal/observation), of
// what cargo printed, of the policy and of what a Host answers; Disk is the Host
// of a real build. It guarantees that it says little (a bound on the notes, the
// last misses of the unit that failed first), that a line which it proposes holds
// everything that the policy has already, and that nothing a program chose
// becomes part of a command or ends a quotation.
//
// It does not know that what is missing was the cause: programs look for much
// that they can do without. What is known to be looked for by every build is
// passed over, see benign.go; the rest is in the order in which it is likely.
package explain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// Build is what is known of a build that failed.
type Build struct {
	Record *observation.Record // nil where nobody watched
	Said   *Said               // what cargo and its children printed
	Policy *policy.Policy
	Layer  []string // names of the packages that the system layer holds
	Root   string   // of the project, on this host
	Target string   // cargo's target directory, on this host
	Home   string   // of the user, on this host; empty if it is not known
	Host   Host
}

// Host is what an explanation asks about this machine and about the world.
// Paths may be any text.
type Host interface {
	// Exists reports whether this host has something at a path, and whether
	// that is a directory.
	Exists(path string) (there, dir bool)
	// Program returns the path of a program in the caller's PATH; empty if it
	// is not there.
	Program(name string) string
	// Variable reports whether the caller's environment has a variable.
	Variable(name string) bool
	// Inside reports whether the world has something at a path.
	Inside(path string) bool
	// Interpreter returns the program that the kernel runs for the file at a
	// path of the world: of `#!`, or the dynamic loader. Empty if there is none.
	Interpreter(path string) string
	// Install returns what this distribution calls a package of Debian's, and the
	// command that installs it.
	Install(debian string) (name, command string)
	// Missing returns those of the packages that are not installed.
	Missing(packages []string) ([]string, error)
	// Owners returns the installed package of each path that has one.
	Owners(paths []string) (map[string]string, error)
}

// Note is one explanation.
type Note struct {
	Code Code
	Who  string // package and role, as in "openssl-sys (build script)"
	What string // what it did
	Has  string // what this host has of it; may be empty
	Help string // what to do about it
}

// String is the note for people, in one line. It is not escaped.
func (n Note) String() string {
	text := n.Who + ": " + n.What
	for _, part := range []string{n.Has, n.Help} {
		if part != "" {
			text += "; " + part
		}
	}
	return fmt.Sprintf("%s [%s]", text, n.Code)
}

// Report is what there is to say about a failed build, the likeliest first.
type Report struct {
	Notes []Note
	More  int    // notes that are not there, because there are enough
	Then  string // what is to be done after the policy was changed as proposed; may be empty
}

// maxNotes bounds a report. What a build script tries one after the other is
// rarely more.
const maxNotes = 5

// Rest is what follows the notes, a line each. It is not escaped.
func (r Report) Rest() []string {
	var lines []string
	if r.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more that this build looked for and did not find", r.More))
	}
	if r.Then != "" {
		lines = append(lines, r.Then)
	}
	if len(r.Notes) > 0 {
		lines = append(lines, fmt.Sprintf("for more about a code: cargo hermetic explain %s", r.Notes[0].Code))
	}
	return lines
}

// Has reports whether a note has the code.
func (r Report) Has(code Code) bool {
	return slices.ContainsFunc(r.Notes, func(n Note) bool { return n.Code == code })
}

// Without is the report without the notes of a code.
func (r Report) Without(code Code) Report {
	r.Notes = slices.DeleteFunc(slices.Clone(r.Notes), func(n Note) bool { return n.Code == code })
	return r
}

// finding is something that may explain the failure.
type finding struct {
	Note
	name    string // by which cargo's text may speak of it
	named   int    // how late it does; 0 if it does not
	unit    int    // how many units failed before
	at      int    // position in the record of its last access
	weak    bool   // nobody has it: it explains only what stands last
	process *observation.Process
	// Of what a package may have: places on this host, and where there are none
	// the package that has it in Debian.
	packaged  bool
	directory bool // they are directories
	paths     []string
	usual     string
}

// Failure explains a failed build. An error is one of the host's: the report is
// good all the same, without what the packages of the host would add.
func Failure(b Build) (Report, error) {
	var report Report
	var found []finding
	units := failedUnits(b.Record)
	for i, u := range units {
		of, left := b.examine(u)
		for _, f := range of {
			f.unit = i
			found = append(found, f)
		}
		report.More += left
	}
	found = b.relevant(found)
	// Behind what cargo's text names, in front of what it does not.
	named := slices.IndexFunc(found, func(f finding) bool { return f.named == 0 })
	if named < 0 {
		named = len(found)
	}
	found = slices.Insert(found, named, b.variables(units)...)
	shown := min(len(found), maxNotes)
	report.More += len(found) - shown
	found = found[:shown]
	for i, f := range found {
		if f.process != nil {
			found[i].Who = units[f.unit].who(f.process)
		}
	}
	err := b.settle(found, &report)
	for _, f := range found {
		report.Notes = append(report.Notes, f.Note)
	}
	return report, err
}

// relevant orders findings by how likely they are the cause: first what cargo's
// text names, then what the first unit that failed did last. What nobody has is
// left out unless it is named or nothing came after it.
func (b Build) relevant(found []finding) []finding {
	last := map[int]int{} // by unit
	for i, f := range found {
		found[i].named = b.Said.mention(f.name)
		last[f.unit] = max(last[f.unit], f.at)
	}
	found = slices.DeleteFunc(found, func(f finding) bool { return f.weak && f.named == 0 && f.at < last[f.unit] })
	slices.SortStableFunc(found, func(x, y finding) int {
		return cmp.Or(cmp.Compare(y.named, x.named), cmp.Compare(x.unit, y.unit), cmp.Compare(y.at, x.at))
	})
	return found
}
