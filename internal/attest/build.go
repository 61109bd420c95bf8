package attest

import "github.com/cargo-hermetic/cargo-hermetic/internal/digest"

// Build describes one world that ran, and what it wrote. It says nothing of who
// ran it, where or when: those did not act on the outputs.
type Build struct {
	Command   []string   // arguments of cargo, verb first, with the places of the world
	Dir       string     // working directory below the root, slash separated; empty for the root
	Isolation string     // `namespaces` or another by name
	Flags     []string   // of cargo-hermetic itself that act on the world, as they are to be given again
	Env       []Variable // host variables that the policy let in, with their values

	Root      digest.Digest // of the tree of files that bounds the build
	Git       *Git          // nil if the root is in no checkout
	Toolchain Toolchain
	System    System
	Vendored  digest.Digest // the crates layer; zero if no package comes from outside
	Crates    []Crate
	Downloads []Download
	Policy    digest.Digest // what hermetic.toml and flags ask for, as hermetic.lock has it
	Held      Held
	World     World
	Tool      Tool

	Outputs []Output
}

// Variable is one entry of an environment.
type Variable struct{ Name, Value string }

// Git is where the root comes from.
type Git struct {
	Remote string // URL to clone, empty if there is none
	Commit string // full hash, 40 or 64 hexadecimal digits
	Path   string // of the root inside the checkout, slash separated; empty for its top
	Clean  bool   // the root is what the commit has; if not, only Build.Root names it
}

// Toolchain is the Rust toolchain, as hermetic.lock pins it.
type Toolchain struct {
	Channel    string
	Release    string
	Commit     string
	Host       string
	Components []string
	Layer      digest.Digest
}

// System is the C toolchain and libraries, as hermetic.lock pins them.
type System struct {
	Image        string // by digest; empty for packages of a host
	Source       string // distribution and release, `debian 12`
	Architecture string
	Requested    []string
	Packages     []Package
	Layer        digest.Digest
}

// Package is an installed package of the system.
type Package struct{ Name, Version string }

// Crate is a package of Cargo.lock from outside of the workspace. It has either
// a Checksum, or Git and Commit.
type Crate struct {
	Name     string
	Version  string
	Registry string // URL of the index; empty for cargo's default registry
	Checksum string // SHA-256 of the .crate archive, 64 hexadecimal digits
	Git      string // URL of the repository
	Commit   string // full hash
}

// Download is a file that `[[download]]` of hermetic.toml pins, wherever in the
// world it is put: that stands in the policy, and so in the digest of the world.
type Download struct {
	URL    string // `https:`, `http:`, or `file:` and a path below the root
	SHA256 string // of the file, 64 hexadecimal digits
}

// Held says what the world held still.
type Held struct {
	Clock  string
	Epoch  int64 // seconds since 1970
	Random string
	CPU    string
	CPUs   int // 0 means the host's
}

// World names the world. Its digest covers everything above and more: the whole
// environment, every mount, the identity. Format is the version of its form.
type World struct {
	Format int
	Digest digest.Digest
}

// Tool is the cargo-hermetic that ran the world.
type Tool struct {
	Version string
	Digest  digest.Digest // of the program; zero if it is not known
}

// Output is one file that the build wrote.
type Output struct {
	Name   string // slash-separated path below the target directory
	SHA256 string // 64 hexadecimal digits

	// Embedded says that Embed put the recipe in after the build, so that whoever
	// builds again does so too before comparing.
	Embedded bool
}
