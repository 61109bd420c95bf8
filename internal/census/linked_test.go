package census

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// linkedHome is a rustup home of the place's own, made by link.
func (p *place) linkedHome() string { return p.sub("rustup") }

// linked is the one toolchain in it, with the name of the host's.
func (p *place) linked() string {
	return filepath.Join(p.linkedHome(), "toolchains", filepath.Base(p.host.toolchain))
}

// link makes a rustup home with a toolchain that is the host's, by links, for
// the channels that change a toolchain: what is changed in it stays in it. Its
// directories are real, and a file is changed by moving another into its place.
func (p *place) link() error {
	files := []txtar.File{
		{Name: "settings.toml", Data: []byte("version = \"12\"\ndefault_toolchain = \"@TOOLCHAIN_NAME@\"\n")},
		// The compiler finds its libraries by following the links of its own
		// path, so that it has to be told where they are.
		{Name: "toolchains/@TOOLCHAIN_NAME@/bin/rustc", Data: []byte("#!/bin/sh\nexec '@TOOLCHAIN@/bin/rustc' --sysroot '@LINKED@' \"$@\"\n")},
	}
	for i := range files {
		var err error
		if files[i].Name, err = p.expand(files[i].Name); err != nil {
			return err
		}
	}
	if err := p.lay(p.linkedHome(), files); err != nil {
		return err
	}
	if err := os.Symlink(filepath.Join(p.host.toolchain, "bin", "cargo"), filepath.Join(p.linked(), "bin", "cargo")); err != nil {
		return err
	}
	for _, kind := range []string{"bin", "lib"} {
		dir := filepath.Join("lib", "rustlib", p.host.triple, kind)
		if err := linkEntries(filepath.Join(p.host.toolchain, dir), filepath.Join(p.linked(), dir)); err != nil {
			return err
		}
	}
	return p.linkComponents()
}

// linkComponents lists the components of the host's toolchain, as rustup does,
// and of their files the compiler, which is not the host's: a toolchain that
// says of itself that it is the pinned one, and that can be taken quickly.
func (p *place) linkComponents() error {
	const dir = "lib/rustlib"
	list, err := os.ReadFile(filepath.Join(p.host.toolchain, dir, "components"))
	if err != nil {
		return err
	}
	files := []txtar.File{{Name: "components", Data: list}}
	for _, component := range strings.Fields(string(list)) {
		manifest := txtar.File{Name: "manifest-" + component}
		if component == "rustc-"+p.host.triple {
			manifest.Data = []byte("file:bin/rustc\n")
		}
		files = append(files, manifest)
	}
	return p.lay(filepath.Join(p.linked(), dir), files)
}

// linkEntries makes the directory at to, with a link to each entry of from.
func linkEntries(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
