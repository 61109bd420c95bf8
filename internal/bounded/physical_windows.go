package bounded

import (
	"fmt"
	"os"
	"path/filepath"
)

// physical is the name that GetCurrentDirectory gives a directory: the one it
// was entered by, links and all. So any clean name of a directory is one.
func physical(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("`%s` is not a directory", dir)
	}
	return filepath.Clean(dir), nil
}
