package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// A distribution's rustc finds its libraries where the packages put them, and
// nowhere else: it has no relative search path. So it stays in the system layer,
// with every package that it needs, and the toolchain layer is three links to it,
// the same for every release. What is pinned is the system layer.

// packagedPrograms are what a build starts of a toolchain.
var packagedPrograms = []string{"cargo", "rustc", "rustdoc"}

// packagedRust takes rustc and cargo of this host's packages.
func (h *Host) packagedRust(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, pinned bool, o *Options) (r rust, err error) {
	r.pin = toolchain.Pin{File: p.file(PolicyFile), Channel: toolchain.ByPackages}
	r.Installed = &toolchain.Installed{Name: "packages"}
	if pinned && pin.Channel == toolchain.ByPath {
		return r, diag.New(diag.ExitPolicy, "`%s` names a toolchain by path, and `%s` those of packages", p.name(pin.File), PolicyFile).
			WithHelp("remove one of them")
	}
	if r.layer, err = h.links(ctx, st); err != nil {
		return r, err
	}
	sys, err := h.systemNow(ctx, st, p, r.layer, o)
	if err != nil {
		return r, err
	}
	p.packages = sys
	if err := h.ask(ctx, st, r.Installed, r.layer, sys, o); err != nil {
		return r, err
	}
	if pinned && pin.Channel != r.Release {
		return r, diag.New(diag.ExitPolicy, "`%s` pins Rust %s, and the packages of this host are Rust %s", p.name(pin.File), pin.Channel, r.Release).
			WithHelp("remove the channel from `%s`, or `toolchain = \"packages\"` from `%s`", p.name(pin.File), PolicyFile)
	}
	if r.components, err = system.RustPackages(h.System); err != nil {
		return r, err
	}
	m, err := system.Detect(h.System)
	if err != nil {
		return r, err
	}
	return r, lackOf(pin, []string{filepath.Join(sys.Dir, "usr")}, func(component, target string) string {
		if target != "" {
			return packagedTarget(m, target)
		}
		return "find the package that has it, and name it in `[system] packages` of " + PolicyFile
	})
}

// packagedTarget says how to get the standard library of a target.
func packagedTarget(m *system.Manager, target string) string {
	names := m.TargetPackages(target)
	if len(names) == 0 {
		return "no package of this distribution is known to have it: use a toolchain of rustup, with the target in " + PinFile
	}
	return m.Install(names...) + ", name " + strings.Join(names, " and ") + " in `[system] packages` of " + PolicyFile + ", then: cargo hermetic lock --update"
}

// links makes the toolchain layer of packages.
func (h *Host) links(ctx context.Context, st *store.Store) (store.Layer, error) {
	return h.capture(ctx, st, "toolchain", func(b *store.Builder) error {
		for _, name := range packagedPrograms {
			if err := b.AddLink("bin/"+name, "/usr/bin/"+name); err != nil {
				return err
			}
		}
		return nil
	})
}

// orPackages adds a way out for a host whose only Rust is of packages.
func (h *Host) orPackages(err error) error {
	d, ok := errors.AsType[*diag.Diagnostic](err)
	names, failed := system.RustPackages(h.System)
	if !ok || failed != nil || len(names) == 0 {
		return err // which says all there is to say where packages cannot help
	}
	return d.Note("this host has %s: to use its rustc and cargo, write `toolchain = \"packages\"` under `[system]` of %s, and repeat the command", strings.Join(names, ", "), PolicyFile)
}

// checkPackagedIsolation refuses packages where a build would use the host's files
// in place of the layer's.
func checkPackagedIsolation(l *lock.Lock, isolation sandbox.Isolation) error {
	if l.Toolchain.Channel != toolchain.ByPackages || isolation != sandbox.Landlock {
		return nil
	}
	return diag.New(diag.ExitIsolation, "isolation `%s` does not serve rustc and cargo of packages", isolation).
		WithHelp("use `--isolation namespaces`, or a toolchain of rustup")
}

// existsIn reports whether one of the directories has a file. What is a link has
// to lead to something: Debian's rust-lld is one to a package that may be missing.
func existsIn(dirs []string) func(string) (bool, error) {
	return func(file string) (bool, error) {
		var failed error
		found := slices.ContainsFunc(dirs, func(dir string) bool {
			root, err := os.OpenRoot(dir)
			if err == nil {
				_, err = root.Stat(filepath.FromSlash(file))
				err = diag.Join(err, root.Close())
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = err
			}
			return err == nil
		})
		if found {
			failed = nil
		}
		return found, failed
	}
}
