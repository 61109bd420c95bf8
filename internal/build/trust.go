package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// trustRoot refuses to make somebody else's directory the root: a marker, a
// checkout or a workspace that another user has put above the project would
// bring in that user's configuration (as CVE-2022-24765 for git). Trusted are
// root, the caller, and whoever owns the directory where we stand.
func (p *Project) trustRoot(h *Host) error {
	if p.Root == h.Cwd {
		return nil
	}
	here, err := os.Lstat(h.Cwd)
	if err != nil {
		return err
	}
	above, err := os.Lstat(p.Root)
	if err != nil {
		return err
	}
	owner, ok := ownerOf(above)
	mine, _ := ownerOf(here)
	if !ok || owner == 0 || owner == os.Geteuid() || owner == mine {
		return nil
	}
	return diag.New(diag.ExitPolicy, "the root would be `%s`, which belongs to another user (uid %d)", p.Root, owner).
		WithHelp("name the root: cargo hermetic init --root %s", h.Cwd)
}

// sweepRoot removes halves of our own files that a killed process left.
func (p *Project) sweepRoot() error {
	for _, dir := range []string{p.Root, p.file(".cargo")} {
		if err := fsx.RemoveStale(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return diag.Wrap(err, "sweeping `%s`", filepath.Base(dir))
		}
	}
	return nil
}
