// Package lock reads and writes `hermetic.lock`, the generated file that pins
// what a build stands on besides crates: the Rust toolchain and the system
// files, by content digest, with the names and versions that a person reads.
//
// It is pure: bytes in, a value out, and back. Encode is canonical: the same
// lock has the same bytes everywhere, and what Encode wrote parses to the same
// value. A file that is damaged, edited by hand into something that Encode would
// not say, or newer than this version understands is refused, never repaired.
//
// It does not make a lock; internal/toolchain and internal/system know what is
// in their layers, and `cargo hermetic lock` puts the two together.
package lock

import "github.com/cargo-hermetic/cargo-hermetic/internal/digest"

// Version is the newest version of the format that Parse reads. Encode writes
// the oldest that can say what there is to say, so that a project without an
// image has the same bytes as ever.
const (
	Version      = 2
	firstVersion = 1
	imageVersion = 2 // has `system.image`
)

// Lock is the content of hermetic.lock.
type Lock struct {
	Policy    digest.Digest // the part of the policy that decided this lock
	Toolchain Toolchain
	System    System
}

// Toolchain pins the Rust toolchain.
type Toolchain struct {
	Channel    string        // the pin as rust-toolchain.toml has it, "1.95.0"
	Release    string        // `release` of rustc -vV, "1.95.0"
	Commit     string        // `commit-hash` of rustc -vV, 7 to 40 hexadecimal digits
	Host       string        // `host` of rustc -vV, "x86_64-unknown-linux-gnu"
	Components []string      // sorted; they decide what is in the layer
	Layer      digest.Digest // of the directory
}

// System pins the system files: packages of a host, or an image.
type System struct {
	Image        string        // as in the policy and with its digest, "debian@sha256:..."; empty for packages of a host
	Source       string        // where the packages come from, "debian 12"
	Architecture string        // of the package manager, "amd64"
	Requested    []string      // package names that were asked for, sorted
	Packages     []Package     // their whole closure, or all that the image has, sorted by name
	Layer        digest.Digest // of the directory
}

// Package is an installed package.
type Package struct{ Name, Version string }

// String returns the form that stands in the file, "gcc-12 12.2.0-14".
func (p Package) String() string { return p.Name + " " + p.Version }

// version is the version of the format that the lock is written in.
func (l *Lock) version() int64 {
	if l.System.Image != "" {
		return imageVersion
	}
	return firstVersion
}
