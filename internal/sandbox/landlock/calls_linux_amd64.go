package landlock

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// archCalls are calls that newer architectures do not have any more.
var archCalls = map[uintptr]asked{
	unix.SYS_OPEN:     {"open", -1, 0, open},
	unix.SYS_CREAT:    {"creat", -1, 0, find},
	unix.SYS_STAT:     {"stat", -1, 0, find},
	unix.SYS_LSTAT:    {"lstat", -1, 0, find},
	unix.SYS_ACCESS:   {"access", -1, 0, find},
	unix.SYS_READLINK: {"readlink", -1, 0, find},
	unix.SYS_CHMOD:    {"chmod", -1, 0, mode},
}

var archOwnerCalls = []seccomp.Call{{Name: "chown", Number: unix.SYS_CHOWN}, {Name: "lchown", Number: unix.SYS_LCHOWN}}

// archTimeCalls set times in other forms; the C library uses utimensat.
var archTimeCalls = []seccomp.Call{{Name: "utime", Number: unix.SYS_UTIME}, {Name: "utimes", Number: unix.SYS_UTIMES}, {Name: "futimesat", Number: unix.SYS_FUTIMESAT}}
