package verify

import (
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// existing is what the caller has to compare with.
func existing(path string) (*built, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, diag.New(diag.ExitUsage, "there is nothing to compare with at `%s`", path).Because(err)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, diag.New(diag.ExitUsage, "`%s` is no file and no directory", path)
	}
	return &built{dir: path}, nil
}
