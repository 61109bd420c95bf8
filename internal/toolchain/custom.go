package toolchain

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Words that stand in the lock in place of a channel. No release of Rust can be
// called so, so none of them means two things.
const (
	ByPath     = "path"     // the directory that rust-toolchain.toml names by `path`
	ByPackages = "packages" // rustc and cargo of the host's package manager
)

// Custom returns a toolchain that is nothing but a directory. Nothing in it is
// run, so what it says of itself is not known yet.
func Custom(name, dir string) (*Installed, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	for _, program := range []string{"bin/rustc", "bin/cargo"} {
		info, err := os.Stat(filepath.Join(real, filepath.FromSlash(program)))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			return nil, diag.New(diag.ExitFailed, "the toolchain `%s` has no `%s`", name, program).
				WithHelp("its directory has to hold `bin/rustc`, `bin/cargo` and `lib/rustlib`, as rustup lays a toolchain out")
		}
		if err != nil {
			return nil, err
		}
	}
	return &Installed{Name: name, Dir: real, custom: true}, nil
}

// captureAll adds every file of a custom toolchain: nobody says which of them
// belong together, and one that is there can change what is built.
func (t *Installed) captureAll(ctx context.Context, sink Sink) error {
	files, err := filesBelow(t.Dir, ".")
	if err != nil {
		return diag.Wrap(err, "listing the toolchain `%s`", t.Name)
	}
	return t.take(ctx, sink, files)
}

// tools are the programs and directories that show whether a custom toolchain has
// a component of rustup's.
var tools = map[string]string{
	"rustc": "bin/rustc", "cargo": "bin/cargo", "rustfmt": "bin/rustfmt", "clippy": "bin/cargo-clippy", "miri": "bin/cargo-miri",
	"rust-src": "lib/rustlib/src/rust", "rust-std": "lib/rustlib",
}

// Lacks returns what of the pin's components and targets a toolchain without
// lists has not: exists answers for its files. Documentation is never asked for.
func Lacks(pin Pin, exists func(file string) (bool, error)) (components, targets []string, err error) {
	for _, c := range pin.Components {
		if slices.Contains(unused, c) {
			continue
		}
		there := false
		if file, ok := tools[c]; ok {
			if there, err = exists(file); err != nil {
				return nil, nil, err
			}
		}
		if !there {
			components = append(components, c)
		}
	}
	for _, t := range pin.Targets {
		there, err := exists(Library(t))
		if err != nil {
			return nil, nil, err
		}
		if !there {
			targets = append(targets, t)
		}
	}
	return components, targets, nil
}

// Library is where a toolchain has the standard library of a target.
func Library(target string) string { return "lib/rustlib/" + target + "/lib" }
