package namespaces

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// plan is what the parent tells the second stage.
type plan struct {
	Spec    spec.Spec
	Sources []identity // of Spec.Mounts, same index
	// WithoutUserNS is rung A': the second stage is the host's root and becomes
	// Spec.UID and Spec.GID itself before the command starts.
	WithoutUserNS bool
	// Rules hand calls over to the supervisor, behind those that refuse. If there
	// are any, its socket is descriptor stage.ExtraFD.
	Rules []seccomp.Rule
}

// identity is what the parent found at a mount's source, so that a source
// which is exchanged before the second stage opens it is noticed (E09).
type identity struct {
	Dev, Ino uint64
}
