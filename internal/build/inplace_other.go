//go:build !linux

package build

import (
	"context"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// inPlace leaves it to the isolation to say that it needs Linux.
func (p *prepared) inPlace(context.Context, *Host, *sandbox.Spec, string) error { return nil }
