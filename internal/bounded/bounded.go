// Package bounded makes the user's own cargo end its upward searches at a root:
// `--isolation roots`. Everything else stays ordinary: home, network,
// environment, any verb.
//
// It relies on one internal switch of cargo, `__CARGO_TEST_ROOT`, which bounds
// the searches for configuration, first manifest and workspace (cargo-util,
// `paths::ancestors`; there since 2018 and no promise of cargo's, tried with
// 1.95 and a nightly 1.97). So the bound is proved first, by Probe, against the
// very cargo in use.
//
// It guarantees that a planned command either has the configuration and the
// manifests of the caller's two routes and no others, or is refused with
// diag.ExitIsolation. Nothing is weakened silently.
//
// It does not bound what the switch does not: the configuration in cargo's home,
// which rust-lang/cargo#15620 keeps; what a file inside the root refers to
// outside it (`package.workspace`, `include`, path dependencies, whose own
// search for a workspace then goes to the top); the look for a version-control
// checkout; what other programs search for, such as clippy.toml and rustfmt.toml;
// a cargo that a build script starts elsewhere. The toolchain file is rustup's
// to search for: the caller has done that, and RUSTUP_TOOLCHAIN names the result.
package bounded

// Switch is the environment variable that bounds cargo's searches. Its value is
// compared, component by component as written, with the directories of a walk;
// a value that is none of them, or is not UTF-8, bounds nothing.
const Switch = "__CARGO_TEST_ROOT"

// Route is one search: from Start upward to Bound, which is Start or an ancestor
// of it and is itself searched. Both are absolute and clean.
type Route struct{ Start, Bound string }

// Request says what to run and what bounds it. Paths are absolute and clean.
type Request struct {
	Cargo string            // the program, which may be rustup's proxy
	Args  []string          // cargo's arguments, the verb among them; --manifest-path is absolute
	Dir   string            // working directory, as the kernel names it
	Env   map[string]string // the caller's environment

	Config   Route // of the configuration search; Start is Dir
	Manifest Route // of the searches for the manifest and the workspace

	// ConfigFiles are what the configuration search found, nearest to Start
	// first, without the files that those include.
	ConfigFiles []string
	// ConfigKeys are the names that the keys of those files have in the
	// environment, such as CARGO_BUILD_JOBS.
	ConfigKeys []string
	// BoundConfig is the configuration file that lies in `.cargo` at
	// Manifest.Bound, or empty.
	BoundConfig string

	// Toolchain is the value for RUSTUP_TOOLCHAIN, a name or an absolute path.
	// Empty keeps the user's own choice; without one, a proxy of rustup would
	// search for a toolchain file without a bound.
	Toolchain string
	// FixedDir says that the verb or an argument means something relative to
	// Dir, so that cargo must not start elsewhere. That arguments are looked at
	// for this is the caller's duty.
	FixedDir bool

	// Facts are what Survey saw on disk. Without them a command whose searches
	// have different bounds is refused.
	Facts Facts
}

// Command is a process to start.
type Command struct {
	Path string
	Args []string // without the program's name
	Dir  string
	Env  []string // NAME=VALUE, sorted by name; the whole environment
}
