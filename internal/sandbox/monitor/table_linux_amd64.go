package monitor

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// archHeld, archTimed and archPaths are calls that this architecture has besides those that
// all have.
var archHeld = []held{
	{call("time", unix.SYS_TIME), nil, (*Monitor).time, holdsClock},
	{call("getdents", unix.SYS_GETDENTS), nil, refuse(unix.ENOSYS), holdsMachine}, // older than the other, and used by nobody
}

var archTimed = []timed{
	{call("select", unix.SYS_SELECT), nothingToWaitFor(0), sleepFor(4, timeval)},
	{call("poll", unix.SYS_POLL), nothingToWaitFor(1), (*Monitor).poll},
}

var archPaths = []pathCall{
	{call("open", unix.SYS_OPEN), -1, 0, observation.Open, 1, nil, nil},
	{call("creat", unix.SYS_CREAT), -1, 0, observation.Write, -1, nil, nil},
	{call("stat", unix.SYS_STAT), -1, 0, observation.Look, -1, nil, nil},
	{call("lstat", unix.SYS_LSTAT), -1, 0, observation.Look, -1, nil, nil},
	{call("access", unix.SYS_ACCESS), -1, 0, observation.Look, -1, nil, nil},
	{call("mkdir", unix.SYS_MKDIR), -1, 0, observation.Write, -1, nil, afterMkdir},
	{call("rmdir", unix.SYS_RMDIR), -1, 0, observation.Write, -1, nil, afterRemove},
	{call("unlink", unix.SYS_UNLINK), -1, 0, observation.Write, -1, nil, afterRemove},
	{call("symlink", unix.SYS_SYMLINK), -1, 1, observation.Write, -1, nil, afterLink},
	{call("link", unix.SYS_LINK), -1, 1, observation.Write, -1, nil, afterLink},
	{call("rename", unix.SYS_RENAME), -1, 1, observation.Write, -1, nil, afterRename},
	{call("renameat", unix.SYS_RENAMEAT), 2, 3, observation.Write, -1, nil, afterRename},
}
