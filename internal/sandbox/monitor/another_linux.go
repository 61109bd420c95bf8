package monitor

import (
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// shown is the machine that programs are told of: the usual one, but for what a
// build that is made to be compared asks for.
func (m *Monitor) shown() determinism.Machine {
	shown, other := determinism.Usual, determinism.Other
	if m.options.Hold == nil {
		return shown
	}
	another := m.options.Hold.Another
	if another.Kernel {
		shown.Release, shown.Version = other.Release, other.Version
	}
	if another.Memory {
		shown.Memory, shown.Free, shown.Disk, shown.Processes = other.Memory, other.Free, other.Disk, other.Processes
	}
	if another.Start {
		shown.Uptime, shown.BootID = other.Uptime, other.BootID
	}
	return shown
}

// backwards reports whether a directory is listed from its last name to its first.
func backwards(a spec.Another, place string) bool {
	return slices.ContainsFunc(a.Backwards, func(top string) bool { return place == top || strings.HasPrefix(place, top+"/") })
}
