package build

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// Host is all that the tool takes from its surroundings, read once by the
// command line. Nothing below it reads the environment or the clock.
type Host struct {
	Cwd     string            // physical, absolute
	Env     map[string]string // the caller's whole environment
	Store   string            // directory of the store
	Home    string            // of the user; empty if it is not known
	Rustup  string            // RUSTUP_HOME or its default
	Cargo   string            // CARGO_HOME or its default
	Temp    string            // directory for what is temporary
	System  string            // where the host's package database is; `/` but for tests
	Version string            // of this tool
	Now     func() time.Time

	Stdout, Stderr *os.File
	Color          string // auto, always or never, for what cargo prints
	NoProgress     bool   // draw no bars
	Signals        <-chan os.Signal
	Shell          *ui.Shell
}

// Options are the global flags of every verb.
type Options struct {
	Manifest  string   // --manifest-path, absolute; or empty
	Roots     []string // --root
	AllowEnv  []string // --allow-env
	Isolation string   // --isolation
	Offline   bool     // --offline or --frozen: do not fetch

	Undetermined bool // --deterministic=no: clock, randomness and processors are the host's
	Fetching     bool // what the policy pins by `[[download]]` is downloaded: of `fetch`, and for who cannot call that
	Fresh        bool // from an empty target directory
	Staged       Staged
	Unwatched    bool // nobody records and nothing is held; for measurements, no flag sets it

	// Approve is shown what a build would be made from, before anything runs; the build
	// ends there, without an outcome, if it returns false. nil approves of everything.
	Approve func(*Made) (bool, error)
}

// Environ is the caller's environment as programs get it, sorted.
func (h *Host) Environ() []string { return Environ(h.Env) }

// Environ is an environment as programs get it, sorted.
func Environ(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// TempDir makes a directory for a verb and removes it when it is done. Its path has no
// links in it.
func (h *Host) TempDir(pattern, what string) (dir string, remove func() error, err error) {
	if dir, err = os.MkdirTemp(h.Temp, pattern); err == nil {
		dir, err = fsx.Physical(dir)
	}
	if err != nil {
		return "", nil, diag.Wrap(err, "making a directory for %s", what)
	}
	return dir, func() error { return diag.Wrap(fsx.RemoveTree(dir), "removing the directory of %s", what) }, nil
}

// Absolute makes a path of the command line absolute and clean.
func (h *Host) Absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(h.Cwd, path)
}
