package sandbox

import "github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/monitor"

// FaultsOnCPUID says why programs cannot be shown another processor than the real one,
// nil if they can.
func FaultsOnCPUID() error { return monitor.CanFault() }
