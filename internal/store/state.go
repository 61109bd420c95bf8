package store

import (
	"errors"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// State names what stat says about everything below dir: names, types, modes,
// sizes, times, inodes and link targets. Nobody but the kernel sets a change
// time, so a directory in the same state was not written to in between. No
// file is read.
func State(dir string) (digest.Digest, error) {
	tree, err := fsx.OpenDir(dir)
	if err != nil {
		return digest.Digest{}, diag.Wrap(err, "looking at the tree `%s`", dir)
	}
	entries, err := tree.Scan(nil)
	if err := errors.Join(err, tree.Close()); err != nil {
		return digest.Digest{}, diag.Wrap(err, "looking at the tree `%s`", dir)
	}
	return digest.FromSum((&snapshot{entries: entries}).digest(), int64(len(entries))), nil
}
