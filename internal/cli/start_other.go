//go:build !unix

package cli

import (
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
)

// start is never reached: no world was run here.
func start(*build.Host, *build.Program) (int, error) {
	return 0, errors.New("this system cannot run the program of a world")
}
