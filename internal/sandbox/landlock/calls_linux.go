package landlock

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// asked is one call that the supervisor answers: where in its arguments the
// file is named, and what the supervisor does.
type asked struct {
	name string
	dir  int // index of the directory descriptor; -1 if a relative path starts at the working directory
	path int // index of the path; -1 if there is none
	do   action
}

type action uint8

const (
	find   action = iota // says that a file is not there, or lets the kernel do it
	open                 // find, and may answer with a descriptor; flags are behind the path
	mode                 // changes the mode; it is behind the path
	modeFD               // changes the mode of a descriptor
	times                // changes times
	watch                // tells what happens to a file; flags are behind the path
	hostOf               // says who we are
)

// calls are the table from which the filter and the answers are made.
var calls = merge(archCalls, map[uintptr]asked{
	unix.SYS_OPENAT:            {"openat", 0, 1, open},
	unix.SYS_OPENAT2:           {"openat2", 0, 1, find},
	unix.SYS_NEWFSTATAT:        {"newfstatat", 0, 1, find},
	unix.SYS_STATX:             {"statx", 0, 1, find},
	unix.SYS_FACCESSAT:         {"faccessat", 0, 1, find},
	unix.SYS_FACCESSAT2:        {"faccessat2", 0, 1, find},
	unix.SYS_READLINKAT:        {"readlinkat", 0, 1, find},
	unix.SYS_EXECVE:            {"execve", -1, 0, find},
	unix.SYS_EXECVEAT:          {"execveat", 0, 1, find},
	unix.SYS_CHDIR:             {"chdir", -1, 0, find},
	unix.SYS_STATFS:            {"statfs", -1, 0, find},
	unix.SYS_INOTIFY_ADD_WATCH: {"inotify_add_watch", -1, 1, watch},
	unix.SYS_FCHMOD:            {"fchmod", -1, -1, modeFD},
	unix.SYS_FCHMODAT:          {"fchmodat", 0, 1, mode},
	unix.SYS_FCHMODAT2:         {"fchmodat2", 0, 1, mode},
	unix.SYS_UTIMENSAT:         {"utimensat", 0, 1, times},
	unix.SYS_UNAME:             {"uname", -1, -1, hostOf},
})

func merge(a, b map[uintptr]asked) map[uintptr]asked {
	for number, call := range a {
		b[number] = call
	}
	return b
}

// askedCalls are the calls of the table, for the filter.
func askedCalls() []seccomp.Call {
	list := make([]seccomp.Call, 0, len(calls))
	for number, c := range calls {
		list = append(list, seccomp.Call{Name: c.name, Number: uint32(number)})
	}
	return list
}
