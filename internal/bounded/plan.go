// Package bounded makes the user's own cargo end its upward searches at a root:
// `--isolation roots`. Everything else stays ordinary: home, network,
// environment, any verb.
//
// It relies on one internal switch of cargo, `__CARGO_TEST_ROOT`, which bounds
// the searches for configuration, first manifest and workspace (cargo-util,
// `paths::ancestors`; there since 2016, and no promise of cargo's). So the bound
// is proved first, by Probe, against the very cargo in use. The toolchain file
// is rustup's to search for; the caller has done that, and RUSTUP_TOOLCHAIN
// names the result.
//
// It does not bound what the switch does not: `$CARGO_HOME/config.toml`, which
// the draft keeps, references that lead out of the root (package inspect refuses
// those), and cargo's look for a version-control checkout when it lists the
// files of a package.
package bounded

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Switch is the variable that bounds cargo's searches.
const Switch = "__CARGO_TEST_ROOT"

// Route is one search: from Start upward to Bound, which is Start or above it.
type Route struct{ Start, Bound string }

// Request says what to run and what bounds it. Paths are absolute and clean.
type Request struct {
	Cargo    string            // the program, which may be rustup's proxy
	Args     []string          // cargo's arguments
	Dir      string            // working directory, as the kernel names it
	Env      map[string]string // the caller's
	Config   Route             // from the working directory
	Manifest Route             // from the manifest
	// ConfigFiles are what the configuration search found, nearest first, and
	// ConfigKeys the variables that beat what those files say. BoundConfig is
	// the file that lies at Manifest.Bound, or empty.
	ConfigFiles []string
	ConfigKeys  []string
	BoundConfig string
	Toolchain   string // for RUSTUP_TOOLCHAIN; empty keeps the caller's choice
	FixedDir    bool   // some argument means a place relative to Dir
}

// Command is a process to start.
type Command struct {
	Path string
	Args []string // without the program's name
	Dir  string
	Env  []string // NAME=VALUE, sorted
}

// Plan makes the command. There is one switch for two searches. If both end at
// one directory, that is it. Otherwise cargo starts at the bound of the manifest
// instead, where its own search for configuration sees that one directory, and
// gets the files of the true search by `--config`. Where that could mean
// something else than the two searches would, it is refused with exit code 110.
func Plan(req Request) (*Command, error) {
	for _, path := range []string{req.Dir, req.Config.Bound, req.Manifest.Bound} {
		if !filepath.IsAbs(path) || filepath.Clean(path) != path {
			return nil, fmt.Errorf("bounding cargo by `%s`, which is not absolute and clean", path)
		}
		if !utf8.ValidString(path) {
			return nil, diag.New(diag.ExitIsolation, "cargo ignores a bound that is not UTF-8: %q", path).
				WithHelp("rename the directory")
		}
	}
	c := &Command{Path: req.Cargo, Args: req.Args, Dir: req.Dir}
	if req.Config.Bound != req.Manifest.Bound {
		if why := req.objection(); why != "" {
			return nil, diag.New(diag.ExitIsolation, "cargo cannot end two searches at two places here: %s", why).
				Note("configuration: from `%s` up to `%s`", req.Config.Start, req.Config.Bound).
				Note("manifests: from `%s` up to `%s`", req.Manifest.Start, req.Manifest.Bound).
				WithHelp("start where the package is: cargo hermetic --isolation roots -C %s ...", quote(req.Manifest.Start))
		}
		c.Dir = req.Manifest.Bound
		var global []string
		for _, file := range slices.Backward(req.ConfigFiles) { // a later one wins, as a nearer one does
			if file != req.BoundConfig {
				global = append(global, "--config", file)
			}
		}
		c.Args = append(global, req.Args...)
	}
	c.Env = environ(req.Env, req.Manifest.Bound, req.Toolchain)
	return c, nil
}

// objection says why the two searches cannot be had from one.
func (req Request) objection() string {
	if req.FixedDir {
		return "the command means something relative to the directory where it is given"
	}
	if req.BoundConfig != "" {
		// Cargo will read it by itself, as the weakest of all.
		if at := slices.Index(req.ConfigFiles, req.BoundConfig); at < 0 || at != len(req.ConfigFiles)-1 {
			return "the configuration `" + req.BoundConfig + "` would count, and should not"
		}
	}
	for _, name := range req.ConfigKeys {
		if _, set := req.Env[name]; set && len(req.ConfigFiles) > 0 {
			return "the variable " + name + " beats a configuration file, but not `--config`"
		}
	}
	return ""
}

// quote makes a path one word of a shell's command line.
func quote(path string) string {
	if !strings.ContainsFunc(path, func(c rune) bool {
		return !strings.ContainsRune("/._-+@%:,=", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
