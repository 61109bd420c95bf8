//go:build !linux

package doctor

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// smallWorld is enough to be refused: every isolation says why it is not for
// this system.
func smallWorld(string, sandbox.Isolation, []probe.Result) (sandbox.Spec, error) {
	return sandbox.Spec{Argv: []string{"/program"}, Dir: "/", OpenFiles: 1, Network: spec.NetworkNone}, nil
}
