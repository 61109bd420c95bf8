//go:build !windows

package bounded

import "github.com/cargo-hermetic/cargo-hermetic/internal/fsx"

// physical is the name that getcwd gives a directory: without any link.
func physical(dir string) (string, error) { return fsx.Physical(dir) }
