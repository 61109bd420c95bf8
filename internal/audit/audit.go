// Package audit says through which channels an ordinary build, with the user's
// cargo, environment and host, really took something from outside its root, with
// the proof of each, and what would settle it in a hermetic build.
//
// Analyse is pure: it reads the record of what the processes of a build did
// (internal/observation) together with Facts, which are everything that has to be
// looked up on the host. Run makes both: it builds in a fresh target directory
// under observation, and looks up owners, digests and bytes afterwards. Text,
// JSON and HTML write one Report.
//
// What it guarantees. A channel stands in the report only with a proof: a path
// that a named process opened, ran, listed or was refused, an address that it
// connected to, a variable that a build script or the compiler declared, or bytes
// that were found in what was built. Values of variables are shown by hash only.
// Names, paths and arguments were chosen by the programs of the build; every form
// of the report escapes them.
//
// What it cannot see, and Unseen lists in every report: the clock and random
// numbers that come from the kernel without a file, variables that a program read
// and did not declare, and files that were mapped through a descriptor which
// somebody else opened. Digests are of the files as they were when the build had
// ended. It judges nothing to be safe: an effect is how much a channel can change
// the bytes, not whether it did.
package audit

import "cmp"

// Effect is how much a channel can change the bytes that a build writes.
type Effect string

// Effects, the strongest first.
const (
	Chooses  Effect = "chooses"   // which source, compiler or flags are used
	Enters   Effect = "enters"    // its content is compiled, linked or written into the output
	May      Effect = "may-enter" // a program read it and may act on it
	Unlikely Effect = "unlikely"  // measured to change nothing, or searched for and not there
)

// Effects are all of them, the strongest first, each with what it means.
var Effects = []struct {
	Effect  Effect
	Meaning string
}{
	{Chooses, "chooses the source, the compiler or its flags"},
	{Enters, "enters the output"},
	{May, "was read, and may enter the output"},
	{Unlikely, "hardly changes the output, or was not there"},
}

// rank orders effects; a lower one is stronger.
func (e Effect) rank() int {
	for i, known := range Effects {
		if known.Effect == e {
			return i
		}
	}
	return len(Effects)
}

// Kind is what sort of thing a channel is.
type Kind string

// Kinds of channels.
const (
	Configuration Kind = "configuration" // of cargo or git, outside the root
	Search        Kind = "search"        // that went outside and found nothing
	Toolchain     Kind = "toolchain"     // and what chose it
	CrateSources  Kind = "crate-sources" // in the user's CARGO_HOME
	Executable    Kind = "program"
	Header        Kind = "header"
	Library       Kind = "library" // that was linked, or says what to link
	Loaded        Kind = "loaded"  // a library that a program of the build runs with
	HostFile      Kind = "file"
	HomeFile      Kind = "home"
	Variable      Kind = "variable"
	Network       Kind = "network"
	Random        Kind = "random"
	Clock         Kind = "clock"
	Machine       Kind = "machine"  // processors, memory, limits
	Identity      Kind = "identity" // who and where we are
	Loader        Kind = "loader"   // settings of the dynamic loader
	Locale        Kind = "locale"
	Listing       Kind = "listing" // names in a directory, and their order
	Write         Kind = "write"   // something was changed that a later build may read
	Repository    Kind = "repository"
	Embedded      Kind = "embedded" // a path of the host in the bytes of the output
)

// By is what settles a channel.
type By string

// Ways to settle a channel.
const (
	Itself  By = "itself"  // a hermetic build makes it constant or absent
	Policy  By = "policy"  // a line of hermetic.toml
	Command By = "command" // a command to run
	Project By = "project" // a change in the project
)

// Settlement is how a channel is settled.
type Settlement struct {
	By   By     `json:"by"`
	Line string `json:"line,omitempty"` // to paste: of hermetic.toml, or a command
	Why  string `json:"why"`
}

// Proof is one thing that a process did, or that was found.
type Proof struct {
	What    string `json:"what"`            // `opened`, `ran`, ...
	Path    string `json:"path"`            // a path, an address or the name of a variable
	Asked   string `json:"asked,omitempty"` // as the program wrote it, where that differs
	Absent  bool   `json:"absent,omitempty"`
	Refused bool   `json:"refused,omitempty"` // it was there and the program was not let
	Hash    string `json:"hash,omitempty"`    // SHA-256 of a file, or the first 16 digits of that of a value
	Process int    `json:"process,omitempty"` // ID in the record
	PID     int    `json:"pid,omitempty"`
	Program string `json:"program,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Use is what one crate, in one role, did with a channel.
type Use struct {
	Crate   string   `json:"crate"` // `cargo` for cargo itself
	Version string   `json:"version,omitempty"`
	Role    string   `json:"role"`
	Macros  []string `json:"macros,omitempty"` // procedural macros that ran in the compiler
	Proofs  []Proof  `json:"proofs"`
	More    int      `json:"more,omitempty"` // proofs that are left out
}

// Channel is one way in which something outside the root reached the build.
type Channel struct {
	Kind    Kind       `json:"kind"`
	Subject string     `json:"subject"`
	Effect  Effect     `json:"effect"`
	Settle  Settlement `json:"settle"`
	Uses    []Use      `json:"uses"`
}

// Report is an audit. Its JSON form only grows.
type Report struct {
	Version  string    `json:"version"` // of this tool
	Root     string    `json:"root"`
	Command  []string  `json:"command"`
	ExitCode int       `json:"exit-code"` // of cargo
	Whole    bool      `json:"whole"`     // nothing is missing from the record
	Missing  string    `json:"missing,omitempty"`
	Channels []Channel `json:"channels"` // those that can change most come first
	Policy   string    `json:"policy"`   // a hermetic.toml with every line above; empty if there is none
	Unseen   []string  `json:"unseen"`
}

// Unseen is what no audit sees, for every report.
var Unseen = []string{
	"the clock and random numbers, where a program asks the kernel for them without opening a file",
	"variables that a program read and did not declare with `rerun-if-env-changed` or `env!`",
	"what was looked for in directories of the system and was not there, but for programs",
}

// compareChannels orders channels by effect, by how many crates used them, and
// by name.
func compareChannels(a, b Channel) int {
	return cmp.Or(
		cmp.Compare(a.Effect.rank(), b.Effect.rank()),
		cmp.Compare(a.Settle.rank(), b.Settle.rank()),
		cmp.Compare(len(b.Uses), len(a.Uses)),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Subject, b.Subject),
	)
}

// rank puts what somebody has to do something about before what settles itself.
func (s Settlement) rank() int {
	switch s.By {
	case Policy, Project:
		return 0
	case Command:
		return 1
	}
	return 2
}
