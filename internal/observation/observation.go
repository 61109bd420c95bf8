// Package observation is the record of what the processes of a build looked
// for, opened, listed, ran and asked of the network, with the process that did
// it and the package, unit and role that it did it for.
//
// It is the form of the record and nothing else: the supervisor in
// internal/sandbox writes one, and what explains a failed build or audits an
// ordinary one reads it. A record is a gzip stream of JSON values, one a line,
// so that it can be written while a build runs, read by other programs, and read
// up to where it was cut off if its writer was killed. Compilers ask for the same one
// after the other, so an access that another program has had is written as its number.
//
// What stands in it was chosen by the programs of the build: paths, argument
// lists and names are any bytes, and whoever prints them escapes them.
package observation

// Role says what a process does in a build.
type Role string

// Roles. A child of a build script that is no compiler, linker or test has the
// role of what started it.
const (
	Cargo       Role = "cargo"
	Rustc       Role = "rustc" // and every macro that it runs, see Process.Macros
	Rustdoc     Role = "rustdoc"
	BuildScript Role = "build-script"
	CCompiler   Role = "c-compiler" // with its assembler and preprocessor
	Linker      Role = "linker"
	Test        Role = "test" // a test, benchmark, example or doc test
	Program     Role = "program"
)

// Unit is what cargo was compiling or running, by the variables that it sets for
// each. The zero value means cargo itself.
type Unit struct {
	Package string `json:"package,omitempty"` // CARGO_PKG_NAME
	Version string `json:"version,omitempty"` // CARGO_PKG_VERSION
	Crate   string `json:"crate,omitempty"`   // CARGO_CRATE_NAME; empty for the run of a build script
	Dir     string `json:"dir,omitempty"`     // CARGO_MANIFEST_DIR
}

// Variable is an entry of an environment. Values are not recorded: they may be
// secrets.
type Variable struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // first 16 hexadecimal digits of the SHA-256 of the value
}

// Process is one program that ran: a process from one exec to the next or to
// its end. A process that forks without an exec is its parent's continuation.
type Process struct {
	ID     int      `json:"id"`     // from 1, in the order of their execs
	Parent int      `json:"parent"` // ID of the program that started it; 0 for the first
	PID    int      `json:"pid"`    // as the host sees it
	Role   Role     `json:"role"`
	Unit   Unit     `json:"unit,omitzero"`
	Exe    string   `json:"exe"`
	Dir    string   `json:"dir"`
	Argv   []string `json:"argv"`
	// Env is what the parent's environment has not, or has with another value;
	// for the first process, everything.
	Env   []Variable `json:"env,omitempty"`
	Unset []string   `json:"unset,omitempty"` // names that the parent has
}

// Op is what a program wanted.
type Op string

// Operations. Every one names a path, but Connect an address and Socket a kind.
const (
	Look    Op = "look"    // is it there, and what is it (stat, access)
	Open    Op = "open"    // its contents
	Write   Op = "write"   // to make or change it
	List    Op = "list"    // the names in a directory
	Execute Op = "execute" // to run it
	Load    Op = "load"    // a procedural macro that rustc will run
	Connect Op = "connect" // ADDRESS:PORT, or the path of a local socket
	Socket  Op = "socket"  // a socket that the policy refuses, by family
	Trace   Op = "trace"   // to debug or trace a process
)

// Outcome is what there was.
type Outcome string

// Outcomes, as the kernel said, or looked up when the operation was recorded.
const (
	Found   Outcome = "found"
	Absent  Outcome = "absent"
	Refused Outcome = "refused" // there, and not for this program
)

// Access is the first time that a program did something to a path; later times
// are not recorded.
type Access struct {
	Process int     `json:"process"`
	Op      Op      `json:"op"`
	Path    string  `json:"path"`            // with links and `..` resolved, as the kernel does
	Asked   string  `json:"asked,omitempty"` // as the program wrote it, where that differs from Path
	Outcome Outcome `json:"outcome"`
}

// again are accesses of a program that others have had before it.
type again struct {
	Process  int   `json:"process"`
	Accesses []int `json:"accesses"` // numbers of the lines with an Access, counted from 1
}

// Exit is the end of a process.
type Exit struct {
	Process int `json:"process"`
	Code    int `json:"code"`             // 0 to 255, if Signal is 0
	Signal  int `json:"signal,omitempty"` // that ended it
}

// Summary ends a record that is whole.
type Summary struct {
	Calls   uint64 `json:"calls"`   // that were looked at
	Noted   uint64 `json:"noted"`   // of them, those that programs noted by themselves, without a stop
	Dropped uint64 `json:"dropped"` // accesses that were not recorded, for there were too many
}
