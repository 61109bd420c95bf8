package bounded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Facts are what Plan, which is pure, has to know of the disk. Their zero value
// allows nothing.
type Facts struct {
	// Bound is Manifest.Bound as the kernel names it when it is the working
	// directory.
	Bound string
	// HomeConfig is the one of ConfigFiles that lies in cargo's home, or empty.
	// Cargo reads it in any case, from wherever it starts.
	HomeConfig string
}

// Survey returns the request with its facts. Home is cargo's home directory,
// absolute (CARGO_HOME, or `.cargo` in the user's home); it need not exist.
// Files are only looked at, and none above Manifest.Bound that is not on the
// way to it. A working directory that is not named as the kernel names it is
// refused with diag.ExitIsolation, since the bound would then not be one.
func Survey(req Request, home string) (Request, error) {
	dir, err := physical(req.Dir)
	if err != nil {
		return req, diag.Wrap(err, "finding the physical name of the working directory")
	}
	if dir != req.Dir {
		return req, diag.New(diag.ExitIsolation, "the working directory `%s` is `%s` for cargo", req.Dir, dir).
			Note("cargo compares the names of directories, so a search from there would not end at the root").
			WithHelp("%s", inDir(dir, req.Args))
	}
	if req.Manifest.Bound == req.Config.Bound {
		return req, nil // cargo starts where it is, and nothing is handed over
	}
	if req.Facts.Bound, err = physical(req.Manifest.Bound); err != nil {
		return req, diag.Wrap(err, "finding the physical name of the root `%s`", req.Manifest.Bound)
	}
	req.Facts.HomeConfig, err = inHome(req.ConfigFiles, home)
	return req, err
}

// inHome returns the first of the files that lies in cargo's home. Cargo
// compares the directories, with links resolved, and so do we.
func inHome(files []string, home string) (string, error) {
	own, err := os.Stat(home)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", diag.Wrap(err, "looking at cargo's home `%s`", home)
	}
	for _, file := range files {
		dir, err := os.Stat(filepath.Dir(file))
		if err != nil {
			return "", diag.Wrap(err, "looking at the directory of the configuration `%s`", file)
		}
		if os.SameFile(own, dir) {
			return file, nil
		}
	}
	return "", nil
}
