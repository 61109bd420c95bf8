// Package attest is the form of attestations: what `cargo hermetic attest`
// writes about a build and what `cargo hermetic verify --attestation` reads.
//
// A Build describes a world that ran. It becomes an in-toto Statement v1 with a
// SLSA Provenance v1 predicate in canonical JSON (RFC 8785), is sealed in a DSSE
// envelope, has a CycloneDX 1.6 bill of materials beside it, and has a recipe
// whose digest can be embedded in ELF and wasm files. docs/attestation.md
// describes all of these for readers who have no copy of this program.
//
// What it guarantees. The same Build gives the same bytes everywhere and for
// ever: there is no time, no path of a host and nothing random in them, except
// what a signature scheme puts into its own signature. What is read is bounded
// before it is understood, is verified before it is parsed, and is accepted only
// if writing it again gives the same bytes, so nothing stands in an accepted
// statement that this version does not understand.
//
// What it does not do. It does not build, compare outputs, or decide which keys
// are trusted; it opens no file and no connection. The one thing that it starts
// is the command of `--sign-with`. There is no transparency log and there are no
// certificates: trust is in keys that the caller names.
package attest

// Names of what is written. They are part of the interface: whoever verifies
// compares them, so that they never change their meaning.
const (
	statementType   = "https://in-toto.io/Statement/v1"
	provenanceType  = "https://slsa.dev/provenance/v1"
	PayloadType     = "application/vnd.in-toto+json" // of the DSSE envelope
	BuildType       = "https://github.com/cargo-hermetic/cargo-hermetic/blob/main/docs/attestation.md#build-type-1"
	BuildTypeFiles  = "https://github.com/cargo-hermetic/cargo-hermetic/blob/main/docs/attestation.md#build-type-2" // with downloads
	BuilderID       = "https://github.com/cargo-hermetic/cargo-hermetic/blob/main/docs/attestation.md#builder"
	treeMediaType   = "application/x-protobuf; messageType=build.bazel.remote.execution.v2.Directory"
	programName     = "cargo-hermetic"
	cyclonedxSchema = "http://cyclonedx.org/schema/bom-1.6.schema.json"
)

// Limits of what is read. 4,000 crates and 1,000 system packages, more than the
// largest Rust projects have, need a tenth of the bytes and a third of the tokens
// (TestRoom).
const (
	MaxStatement = 16 << 20                 // bytes
	MaxEnvelope  = MaxStatement/3*4 + 1<<20 // bytes: base64 of the statement, and signatures
	maxDepth     = 16                       // objects and arrays inside each other
	maxValues    = 1 << 18                  // tokens of JSON: values, keys and brackets
	maxNumber    = 1<<53 - 1                // what every JSON reader keeps exactly
	maxSigners   = 64                       // signatures of an envelope
	maxSignature = 16 << 10                 // bytes of one signature
	maxKey       = 64 << 10                 // bytes of a key file
)
