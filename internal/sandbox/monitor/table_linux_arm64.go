package monitor

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// archHeld, archTimed and archPaths are calls that this architecture has besides those that
// all have.
var (
	archHeld  []held
	archTimed []timed
)

var archPaths = []pathCall{
	{call("renameat", unix.SYS_RENAMEAT), 2, 3, observation.Write, -1, nil, afterRename},
}
