// Package fsx does the few things with files that must not go wrong half way:
// atomic writes, locks between processes, copies that share blocks, scans and
// deletions of trees that somebody else wrote.
//
// Guarantees: a reader of a written file sees the old or the new content, never
// a part; a lock dies with its process; nothing below an open Dir is reached
// through a symbolic link; every error names the path at fault, a full disk
// included (errors.Is with syscall.ENOSPC).
//
// It does not decide what a tree means, and it never reads the clock. Where an
// operating system cannot give a guarantee, the comment in its file says so.
package fsx

import "errors"

// ErrNotRegular says that a path that must be a regular file is something else.
var ErrNotRegular = errors.New("not a regular file")

// ErrChanged says that a file changed while it was read, so that no digest of
// it means anything.
var ErrChanged = errors.New("changed while it was being read")

// ErrCannotShare says that two files cannot keep their content in the same blocks.
var ErrCannotShare = errors.New("the file system cannot share these blocks")

// Type says what an Entry is.
type Type uint8

// Types of entries.
const (
	File      Type = iota + 1 // regular file
	Directory                 //
	Symlink                   //
	Other                     // socket, fifo or device
)

// Entry is what lstat (and readlink) say about one path.
type Entry struct {
	Path    string // relative to the scanned directory, slash-separated
	Link    string // target of a symbolic link, as stored
	Size    int64  // bytes
	Disk    int64  // bytes that it takes on disk, shared or not; 0 where the system does not say
	MtimeNs int64  // last change of content, nanoseconds since 1970
	CtimeNs int64  // last change of content or inode; 0 where the system has none
	Ino     uint64 // 0 where the system has none
	Dev     uint64 // 0 where the system has none
	Nlink   uint64 // number of names; 0 where the system does not say
	Mode    uint32 // permission, set-id and sticky bits, 07777
	Type    Type
}

// Executable reports whether the owner may execute a file: the one permission
// bit that is content (git and the Remote Execution API agree).
func (e Entry) Executable() bool { return e.Type == File && e.Mode&0o100 != 0 }

// same reports whether a file kept its identity and, as far as stat can tell,
// its content.
func (e Entry) same(other Entry) bool {
	return e.Type == other.Type && e.Size == other.Size && e.Mode == other.Mode &&
		e.MtimeNs == other.MtimeNs && e.CtimeNs == other.CtimeNs &&
		e.Ino == other.Ino && e.Dev == other.Dev
}
