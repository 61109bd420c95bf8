package toolchain

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Sink receives the entries of a layer; internal/store's Builder is one.
type Sink interface {
	AddFile(path, from string) error
	AddLink(path, target string) error
}

// unused are components that no build reads. Everything else that is installed
// when the lock is made belongs to the pin, because a component can change
// bytes by its presence alone (rust-src does, channel D07).
var unused = []string{"rust-docs", "rust-docs-json", "rust-analyzer"}

// Used returns those of t's components that belong to its layer, and adds what
// the pin asks for. A component that is asked for and missing is an error with
// the line that adds it.
func (t *Installed) Used(pin Pin) ([]string, error) {
	if t.Components == nil {
		return nil, diag.New(diag.ExitFailed, "the toolchain `%s` was not installed by rustup, which this version does not serve", t.Name).
			WithHelp("rustup toolchain install %s --profile minimal", t.Channel())
	}
	var used []string
	for _, c := range t.Components {
		if !slices.ContainsFunc(unused, func(u string) bool { return c == u || strings.HasPrefix(c, u+"-"+t.Host) || c == u+"-preview-"+t.Host }) {
			used = append(used, c)
		}
	}
	wanted := slices.Concat(pin.Components, prefixed("rust-std-", pin.Targets), []string{"rustc", "cargo", "rust-std-" + t.Host})
	for _, w := range wanted {
		if slices.Contains(unused, w) || t.has(w) {
			continue
		}
		line := "rustup component add " + w
		if target, ok := strings.CutPrefix(w, "rust-std-"); ok {
			line = "rustup target add " + target
		}
		return nil, diag.New(diag.ExitFailed, "component `%s` of Rust %s is not installed", w, t.Channel()).
			WithHelp("%s --toolchain %s", line, t.Name)
	}
	return used, nil
}

// has reports whether a component is installed, by its short or full name.
func (t *Installed) has(name string) bool {
	for _, full := range []string{name, name + "-" + t.Host, name + "-preview", name + "-preview-" + t.Host} {
		if slices.Contains(t.Components, full) {
			return true
		}
	}
	return false
}

func prefixed(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = prefix + s
	}
	return out
}

// leftOut are the places inside components that no build reads: licences,
// manual pages, shell completions, and what rustup writes for itself.
var leftOut = []string{"share/doc/", "share/man/", "share/zsh/", "etc/"}

// Capture adds the files of the named components to sink, or of a custom
// toolchain all.
func (t *Installed) Capture(ctx context.Context, sink Sink, components []string) error {
	if t.custom {
		return t.captureAll(ctx, sink)
	}
	for _, c := range components {
		if !slices.Contains(t.Components, c) {
			return diag.New(diag.ExitLock, "component `%s` of Rust %s is not installed", c, t.Channel()).
				WithHelp("rustup component add %s --toolchain %s", shortName(c, t.Host), t.Name)
		}
		files, err := t.manifest(c)
		if err != nil {
			return diag.Wrap(err, "reading the file list of component `%s`", c)
		}
		if err := t.take(ctx, sink, files); err != nil {
			return err
		}
	}
	return nil
}

// take adds files to a layer, but those that have no part in it.
func (t *Installed) take(ctx context.Context, sink Sink, files []string) error {
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if slices.ContainsFunc(leftOut, func(p string) bool { return strings.HasPrefix(file, p) }) {
			continue
		}
		if err := add(sink, t.Dir, file); err != nil {
			return diag.Wrap(err, "taking `%s` of toolchain `%s`", file, t.Name)
		}
	}
	return nil
}

// shortName is what rustup takes on its command line.
func shortName(component, host string) string {
	return strings.TrimSuffix(strings.TrimSuffix(component, "-"+host), "-preview")
}

// manifest returns the files of a component. rustup's manifests have a line a
// file (`file:bin/rustc`) or directory (`dir:share/doc/x`).
func (t *Installed) manifest(component string) ([]string, error) {
	f, err := os.Open(filepath.Join(t.Dir, "lib", "rustlib", "manifest-"+component))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var files []string
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		kind, name, ok := strings.Cut(scanner.Text(), ":")
		if !ok || kind != "file" && kind != "dir" || name == "." || !fs.ValidPath(name) {
			return nil, diag.New(diag.ExitFailed, "strange line %q", scanner.Text()).In(f.Name(), 0, 0)
		}
		if kind == "file" {
			files = append(files, name)
			continue
		}
		below, err := filesBelow(t.Dir, name)
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	slices.Sort(files)
	return slices.Compact(files), scanner.Err()
}

func filesBelow(root, dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(root), dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, p)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // rustup leaves documentation out on request
	}
	return files, err
}

// add takes one file or link. A link must stay inside the toolchain.
func add(sink Sink, root, file string) error {
	host := filepath.Join(root, filepath.FromSlash(file))
	info, err := os.Lstat(host)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSymlink {
		return sink.AddFile(file, host)
	}
	target, err := os.Readlink(host)
	if err != nil {
		return err
	}
	if filepath.IsAbs(target) || !filepath.IsLocal(filepath.Join(filepath.Dir(file), target)) {
		return diag.New(diag.ExitFailed, "`%s` is a link out of the toolchain, to %q", file, target)
	}
	return sink.AddLink(file, target)
}
