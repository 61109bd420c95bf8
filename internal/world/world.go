// Package world describes what one command can see: mounts, files, argument
// list, working directory, the whole environment, identity, limits, network
// and outputs.
//
// A World is a pure value with a digest. It holds no path of the host, no time
// and nothing random, so two machines that hold the same root have the same
// world, and moving a root does not change it. Planning a world reads nothing;
// running it is internal/sandbox's business, binding its layers to host
// directories is internal/build's.
package world

import (
	"encoding/json"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// Format is the version of the world's own form. It changes when the same
// world would be written, or run, in another way, so that digests of different
// versions never meet.
const Format = 2

// Places inside every world. They are part of the promise: paths that end up
// in debug information, panic messages and symbol hashes are these.
const (
	Root        = "/hermetic/root"       // the project, read-only
	Target      = "/hermetic/target"     // cargo's target directory
	Cargo       = "/hermetic/cargo"      // cargo's home
	CargoConfig = Cargo + "/config.toml" // what cargo's home says: where the crates are
	Rust        = "/hermetic/rust"       // the Rust toolchain
	Crates      = "/hermetic/crates"     // vendored crates
	Home        = "/hermetic/home"       // HOME: read-only, and empty but for what `[[download]]` puts there
	Runner      = "/hermetic/run"        // stands in for the program in `run`
	Rustc       = "/hermetic/rustc"      // starts rustc where places are not these (isolation `landlock`)
	Linker      = "/hermetic/linker"     // links with the toolchain's own linker, where the policy asks for it
	PlacesFile  = "/hermetic/places"     // for Rustc: which directory is which of these places
	Downloads   = "/hermetic/downloads"  // what the project pins by `[[download]]`: SHA256/NAME
	Tmp         = "/tmp"                 // private, on disk
	Shm         = "/dev/shm"             // private, in memory
	shmSize     = 1 << 30                // bytes
)

// What says where the contents of a mount come from.
type What string

// What a mount holds.
const (
	RootTree  What = "root"      // the project, by digest of its contents
	System    What = "system"    // the system layer
	Toolchain What = "toolchain" // the toolchain layer
	CratesDir What = "crates"    // the crates layer
	CrateDir  What = "crate"     // one crate of that layer, with files that the project pins
	Pinned    What = "download"  // a file that the project pins, alone in its layer
	Tool      What = "tool"      // cargo-hermetic itself, by digest
	Outputs   What = "outputs"   // the target directory on the host: writable, kept
	Temporary What = "temporary" // empty at the start: writable, not kept
	Nothing   What = "nothing"   // covers what the host has there
	Processes What = "processes" // /proc of this world
	Device    What = "device"    // a harmless character device
)

// Mount puts something at a place.
type Mount struct {
	Place    string        `json:"place"`
	What     What          `json:"what"`
	Digest   digest.Digest `json:"digest,omitzero"` // of the whole layer or root
	Path     string        `json:"path,omitempty"`  // part of the layer, slash separated; empty means all
	Writable bool          `json:"writable,omitempty"`
	Size     int64         `json:"size,omitempty"` // bytes, of a Temporary place in memory; 0 means on disk
}

// File is a small constant file.
type File struct {
	Path string `json:"path"`
	Data string `json:"data"`
}

// Link is a symbolic link.
type Link struct {
	Path   string `json:"path"`
	Target string `json:"target"`
}

// Variable is one entry of the environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Identity is who the command is and what it is told about the machine.
type Identity struct {
	UID        int    `json:"uid"`
	GID        int    `json:"gid"`
	User       string `json:"user"`
	HostName   string `json:"host-name"`
	DomainName string `json:"domain-name"`
	Umask      int    `json:"umask"`
	OpenFiles  uint64 `json:"open-files"` // soft limit of open descriptors
}

// Held says what is held still, of which a view is no part.
type Held struct {
	Clock  string `json:"clock"`           // "fixed", "commit" or "real"
	Epoch  int64  `json:"epoch,omitempty"` // what a clock that is not real shows: seconds since 1970
	Random string `json:"random"`          // "fixed" or "real"
	CPU    string `json:"cpu"`             // level that CPUID shows, or "host"
	CPUs   int    `json:"cpus,omitempty"`  // processors that there seem to be; 0 means the host's
}

// Anything reports whether anything is held.
func (h Held) Anything() bool {
	return h.Clock != "real" || h.Random != "real" || h.CPU != "host" || h.CPUs != 0
}

// World is everything that one command can see.
type World struct {
	Format    int        `json:"format"`
	Isolation string     `json:"isolation"`
	Argv      []string   `json:"argv"`
	Dir       string     `json:"dir"`
	Env       []Variable `json:"env"` // sorted by name; there are no others
	Mounts    []Mount    `json:"mounts"`
	Files     []File     `json:"files"`
	Links     []Link     `json:"links"`
	Dirs      []string   `json:"dirs"`
	Identity  Identity   `json:"identity"`
	Network   string     `json:"network"`
	Held      Held       `json:"held"`
	Exempt    []string   `json:"exempt,omitempty"`  // programs whose own clock and processors are real
	Flowing   []string   `json:"flowing,omitempty"` // patterns of programs whose clock runs
	Outputs   []string   `json:"outputs"`           // places whose contents are kept
}

// Digest names the world: the digest of its canonical JSON form.
func (w World) Digest() digest.Digest { return digest.Of(w.encode()) }

// Base names what stays the same from command to command and from edit to
// edit: the world without argument list, working directory and root contents.
// A target directory may be used again only by a world with the same base
// (channels E02, H05).
func (w World) Base() digest.Digest {
	w.Argv, w.Dir = nil, ""
	// How `run` learns the program does not act on what is built.
	w.Mounts = slices.DeleteFunc(slices.Clone(w.Mounts), func(m Mount) bool { return m.What == Tool && m.Place == Runner })
	for i := range w.Mounts {
		if w.Mounts[i].What == RootTree {
			w.Mounts[i].Digest = digest.Digest{}
		}
	}
	return digest.Of(w.encode())
}

// encode returns the canonical form: encoding/json writes the fields in the
// order of the struct, without spaces, and there are no maps.
func (w World) encode() []byte {
	data, err := json.Marshal(w)
	if err != nil {
		panic("world: a value of strings and numbers does not encode: " + err.Error())
	}
	return data
}
