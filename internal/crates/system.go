package crates

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// systemInPlace puts the programs and libraries of the locked system where the
// host has its own. A toolchain of packages is a part of that system and runs
// with its libraries only; and the cargo that holds the user's credentials must
// be the pinned one. The user's git, ssh and credential helpers are then those of
// the system layer, if it has them.
func (r *Request) systemInPlace(s *sandbox.Spec) error {
	if r.System.Digest.IsZero() {
		return nil
	}
	s.Mounts = slices.DeleteFunc(s.Mounts, func(m sandbox.Mount) bool { return ofSystem(m.Target) })
	s.Links = slices.DeleteFunc(s.Links, func(l sandbox.Link) bool { return ofSystem(l.Path) })
	entries, err := os.ReadDir(r.System.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, source := "/"+e.Name(), filepath.Join(r.System.Dir, e.Name())
		switch {
		case !ofSystem(name):
		case e.Type() == fs.ModeSymlink:
			target, err := os.Readlink(source)
			if err != nil {
				return err
			}
			s.Links = append(s.Links, sandbox.Link{Path: name, Target: target})
		default:
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: source, Target: name})
		}
	}
	return nil
}

// ofSystem holds for the directories with what packages install. `/etc` is not
// among them: it says how this host reaches the network.
func ofSystem(place string) bool {
	return place == "/usr" || place == "/bin" || place == "/sbin" || strings.HasPrefix(place, "/lib")
}
