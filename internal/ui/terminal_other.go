//go:build !unix

package ui

import (
	"errors"
	"os"
)

// imitate is never reached: pty.Open fails on systems without pseudo-terminals.
func imitate(_, _, _ *os.File, _ bool) (func(), error) {
	return nil, errors.New("no pseudo-terminals on this system")
}
