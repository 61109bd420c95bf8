package sandbox

import (
	"context"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/ordinary"
)

// Ordinary is a command that runs as its caller would run it: nothing is hidden
// or held. It is only watched.
type Ordinary = ordinary.Command

// Watch runs an ordinary command and records what it looks for. Cancelling ctx
// kills it.
func Watch(ctx context.Context, o Ordinary) (Result, error) { return ordinary.Run(ctx, o) }
