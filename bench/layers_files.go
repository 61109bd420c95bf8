package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// layOut copies system files of this host, and makes three layers: those, the
// toolchain that rustup has, and crates.
func (l *layered) layOut(ctx context.Context) (err error) {
	if err := l.takeSystemFiles(ctx); err != nil {
		return err
	}
	if l.store, err = store.Open(filepath.Join(l.dir, "store")); err != nil {
		return err
	}
	rustc, err := output(exec.CommandContext(ctx, "rustup", "which", "rustc"))
	if err != nil {
		return err
	}
	toolchain := filepath.Dir(filepath.Dir(rustc))
	parts, err := filesBelow(toolchain, func(rel string) bool { return rel == "share" })
	if err != nil {
		return err
	}
	for _, fill := range []func(*store.Builder) error{
		func(b *store.Builder) error { return addAll(b, toolchain, parts) },
		func(b *store.Builder) error { return addAll(b, l.source, l.files) },
		addCrates,
	} {
		layer, err := l.capture(ctx, fill)
		if err != nil {
			return err
		}
		l.layers = append(l.layers, layer)
	}
	return nil
}

// takeSystemFiles copies what a C toolchain and its libraries have here.
func (l *layered) takeSystemFiles(ctx context.Context) error {
	for _, from := range []string{"/usr/include", "/usr/lib"} {
		files, err := filesBelow(from, nil)
		if err != nil {
			return err
		}
		for _, rel := range files[:min(len(files), layersSystemFiles-len(l.files))] {
			l.files = append(l.files, strings.TrimPrefix(from, "/")+"/"+rel)
		}
	}
	if len(l.files) < layersSystemFiles {
		return fmt.Errorf("this host has %d files in /usr/include and /usr/lib, and %d are to be measured", len(l.files), layersSystemFiles)
	}
	list := strings.NewReader(strings.Join(l.files, "\x00"))
	if err := os.Mkdir(l.source, 0o755); err != nil {
		return err
	}
	// One process for all, which keeps modes and times.
	tar := exec.CommandContext(ctx, "sh", "-c", "tar -C / --null -T - -cf - | tar -C \"$0\" -xf -", l.source)
	tar.Stdin = list
	_, err := output(tar)
	return err
}

// filesBelow lists regular files that we can read, sorted, without what skip
// names.
func filesBelow(dir string, skip func(rel string) bool) ([]string, error) {
	entries, err := fsx.Scan(dir, skip)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if e.Type == fsx.File && e.Mode&0o444 == 0o444 {
			files = append(files, e.Path)
		}
	}
	return files, nil
}

func addAll(b *store.Builder, dir string, files []string) error {
	for _, rel := range files {
		if err := b.AddFile(rel, filepath.Join(dir, rel)); err != nil {
			return err
		}
	}
	return nil
}

func addCrates(b *store.Builder) error {
	for crate := range layersCrates {
		for file := range layersCrateFiles {
			path := fmt.Sprintf("crate-%03d-1.0.0/src/part-%d/file-%02d.rs", crate, file/10, file)
			if err := b.AddBytes(path, fmt.Appendf(nil, "pub fn f%d() {}\n", file), false); err != nil {
				return err
			}
		}
	}
	return nil
}
