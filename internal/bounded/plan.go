package bounded

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Plan makes the command. There is one switch for two searches, and a walk ends
// exactly at a directory S if S is its start or an ancestor of it. So where both
// routes have one bound, that is the switch and nothing else changes. Otherwise
// cargo starts at the bound of the manifest instead, where its own search for
// configuration sees that one directory, and gets the files of the true route by
// `--config`.
//
// Where that could mean something else than the two searches would, the error
// is a diagnostic with diag.ExitIsolation; a request that no caller should make
// is a plain error. Plan looks at nothing but the request.
func Plan(req Request) (*Command, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	line, err := readArgs(req.Args)
	if err != nil {
		return nil, err
	}
	env, err := environ(req.Env, req.Manifest.Bound, req.Toolchain)
	if err != nil {
		return nil, err
	}
	c := &Command{Path: req.Cargo, Args: slices.Clone(req.Args), Dir: req.Dir}
	if req.Config.Bound != req.Manifest.Bound {
		if c.Args, err = req.handOver(line); err != nil {
			return nil, err
		}
		c.Dir = req.Manifest.Bound
		if name := lookup(env, "PWD"); name != "" && req.moves() {
			env[name] = c.Dir // as the shell's `cd` does
		}
	}
	c.Env = list(env)
	return c, nil
}

// moves reports whether cargo would start in another directory than the user's.
func (req *Request) moves() bool { return req.Dir != req.Manifest.Bound }

// check refuses what would make the switch bound nothing.
func (req *Request) check() error {
	paths := []string{req.Cargo, req.Dir, req.Config.Start, req.Config.Bound, req.Manifest.Start, req.Manifest.Bound}
	for _, path := range append(paths, req.ConfigFiles...) {
		if !filepath.IsAbs(path) || filepath.Clean(path) != path {
			return fmt.Errorf("bounding cargo: the path %q is not absolute and clean", path)
		}
	}
	if req.Config.Start != req.Dir {
		return fmt.Errorf("bounding cargo: the configuration is searched from %q, not from %q", req.Dir, req.Config.Start)
	}
	for _, route := range []Route{req.Config, req.Manifest} {
		if !within(route.Bound, route.Start) {
			return fmt.Errorf("bounding cargo: the bound %q is not above %q", route.Bound, route.Start)
		}
		if !utf8.ValidString(route.Bound) {
			return diag.New(diag.ExitIsolation, "the name of the root %q is not UTF-8", route.Bound).
				Note("cargo ignores such a bound and would search up to the top of the file system").
				WithHelp("rename the directory, or use `--isolation namespaces`")
		}
	}
	return nil
}

// within reports whether path is dir or below it, as written. Both are clean.
func within(dir, path string) bool {
	if !strings.HasSuffix(dir, string(filepath.Separator)) { // as only the top of a file system has it
		dir += string(filepath.Separator)
	}
	return strings.HasPrefix(path+string(filepath.Separator), dir)
}
