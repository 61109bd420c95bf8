// Package spec holds the words in which a sandboxed run is asked for and
// reported. It is a leaf of plain values, shared by internal/sandbox and its
// isolation back ends; it knows nothing of cargo and starts nothing.
package spec

import (
	"io"
	"os"
	"syscall"
)

// Spec says everything about one run: what the command sees and who it is.
// Nothing that is not named here is there. Targets are absolute, clean paths
// inside the view; sources are absolute paths on the host.
type Spec struct {
	Mounts []Mount // attached in this order, so a later one may lie on an earlier one
	Dirs   []Dir   // empty directories
	Files  []File  // small files with constant content
	Links  []Link  // symbolic links
	Argv   []string
	Env    []string // the whole environment, NAME=VALUE
	Dir    string   // working directory inside the view

	UID, GID   int    // identity inside; outside it is always the caller's
	HostName   string // of the UTS namespace
	DomainName string
	Umask      int
	OpenFiles  uint64 // soft limit of open descriptors, if the hard limit allows
	Network    Network

	// Determinism holds still what a view cannot: time, chance, processors. Nil
	// leaves all of it to the host.
	Determinism *Determinism

	// Record gets an observation.Record of everything that the command looked
	// for. Nil means that nobody watches. Isolation `landlock` does not write
	// one.
	Record io.Writer `json:"-"`

	// Scratch is an empty, private directory on the host for an isolation that
	// cannot mount: small files and empty directories are made there. The caller
	// removes it. Isolation `namespaces` does not use it.
	Scratch string

	// Stdin, Stdout and Stderr become descriptors 0, 1 and 2; no other
	// descriptor enters.
	Stdin, Stdout, Stderr *os.File `json:"-"`

	// Signals are passed on to the command's process group. The second one
	// that arrives kills the whole world. A Stop is carried out instead. May be
	// nil.
	Signals <-chan os.Signal `json:"-"`
}

// Network says which network interfaces there are.
type Network string

// Networks.
const (
	NetworkLoopback Network = "loopback" // a namespace of its own with nothing but lo
	NetworkHost     Network = "host"     // the caller's; for fetching only
	NetworkNone     Network = "none"     // no sockets, where loopback cannot be had
)

// Kind says what a Mount attaches.
type Kind string

// Kinds of mounts.
const (
	Bind   Kind = "bind"   // a directory or file of the host, with everything mounted below it
	Device Kind = "device" // a character device of the host that needs no privilege, such as /dev/null
	Tmpfs  Kind = "tmpfs"  // an empty, writable file system in memory
	Proc   Kind = "proc"   // this world's own processes
	Cover  Kind = "cover"  // hides what an earlier mount has there: an empty directory, or an empty file over a file
)

// Mount attaches one tree.
type Mount struct {
	Kind     Kind
	Source   string // host path, for Bind and Device
	Target   string
	Writable bool   // default is read-only, recursively
	NoExec   bool   // no program in it can be started
	File     bool   // Source is a file, not a directory
	Mode     uint32 // permissions of a Tmpfs root
	Size     int64  // bytes that a Tmpfs may hold
}

// Dir is an empty directory of the view's own root.
type Dir struct {
	Path string
	Mode uint32
}

// File is a file of the view's own root.
type File struct {
	Path string
	Data string
}

// Link is a symbolic link of the view's own root.
type Link struct {
	Path   string
	Target string
}

// Stop is a signal of job control, such as a terminal's ctrl-Z. Every process of
// the world is stopped, then Self is called, once, and then the world goes on.
type Stop struct {
	Self func() error // stops this process and returns when it has been continued
}

// Signal makes a Stop an os.Signal.
func (Stop) Signal() {}

func (Stop) String() string { return "stop" }

// Result says how a run ended.
type Result struct {
	ExitCode int            // 0 to 255, when Signal is 0
	Signal   syscall.Signal // the signal that ended the command, or 0
	Passed   bool           // a signal was passed on, and may be why it ended
	Weaker   []string       // what this host could not close, one sentence each; empty for the full promise
}
