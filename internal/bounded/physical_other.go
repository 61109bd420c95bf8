//go:build !windows

package bounded

import "path/filepath"

// physical is the name that getcwd gives a directory: without any link.
func physical(dir string) (string, error) { return filepath.EvalSymlinks(dir) }
