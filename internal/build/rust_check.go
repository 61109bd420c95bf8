package build

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// checkRust checks, with the layers at hand, what a digest alone does not say.
func (p *prepared) checkRust(ctx context.Context, h *Host, pin toolchain.Pin) error {
	switch p.lock.Toolchain.Channel {
	case toolchain.ByPackages:
		p.project.packages = p.layers.System
	case toolchain.ByPath:
		if err := h.checkByPath(ctx, p.store, p.project, pin, p.layers.Toolchain); err != nil {
			return err
		}
	}
	if !p.project.Policy.System.OwnLinker() {
		return nil
	}
	return p.needsLinker("`linker = \"rust-lld\"` of " + PolicyFile)
}

// lockedByPath makes the toolchain layer of the directory in the root.
func (h *Host) lockedByPath(ctx context.Context, st *store.Store, p *Project, l *lock.Lock, pin toolchain.Pin) (store.Layer, error) {
	t, err := p.customToolchain(pin)
	if err != nil {
		return store.Layer{}, err
	}
	layer, err := h.captureToolchain(ctx, st, t, nil)
	if err == nil && layer.Digest != l.Toolchain.Layer {
		err = nameChanged(st, l.Toolchain.Layer, layer.Digest, diag.New(diag.ExitLock, "the toolchain `%s` is not the locked one", pin.Path).
			Note("here:   %s", layer.Digest).
			Note("locked: %s", l.Toolchain.Layer).
			WithHelp("get the locked files back, or from who has them (%s), or lock what is there: cargo hermetic lock --update", pullHint("toolchain")))
	}
	return layer, err
}

// lockLacks names a component or target that a toolchain file asks for and the
// lock has not, where the lock has a list of rustup's components.
func lockLacks(pin toolchain.Pin, l *lock.Lock) string {
	if l.Toolchain.Channel == toolchain.ByPath || l.Toolchain.Channel == toolchain.ByPackages {
		return "" // checked by its files
	}
	return pin.Missing(l.Toolchain.Components, l.Toolchain.Host)
}

// rustDirs are the directories in which the toolchain of the lock has its files.
func (p *prepared) rustDirs() []string {
	if p.lock.Toolchain.Channel == toolchain.ByPackages {
		return []string{filepath.Join(p.layers.System.Dir, "usr")}
	}
	return []string{p.layers.Toolchain.Dir}
}

// needsLinker refuses what needs rust-lld of a toolchain that has it not.
func (p *prepared) needsLinker(who string) error {
	exists := existsIn(p.rustDirs())
	for _, place := range []string{"lib/rustlib/" + p.lock.Toolchain.Host + "/bin/rust-lld", "bin/rust-lld"} {
		if ok, err := exists(place); ok || err != nil {
			return err
		}
	}
	d := diag.New(diag.ExitFailed, "%s needs `rust-lld`, and the locked toolchain has none", who)
	if p.lock.Toolchain.Channel == toolchain.ByPackages {
		m, err := system.Detect(p.hostRoot)
		if err == nil && m.RustLinker() != "" {
			return d.WithHelp("%s, name it in `[system] packages` of %s, then: cargo hermetic lock --update", m.Install(m.RustLinker()), PolicyFile)
		}
	}
	return d.WithHelp("use a toolchain that has it, as those of rustup do")
}

// checkTargets refuses a build for a target whose standard library the locked
// toolchain has not, before anything runs.
func (p *prepared) checkTargets(args []string) error {
	merged := p.project.Contents.Configuration.Merged
	if buildsStandardLibrary(args, merged) {
		return nil
	}
	exists := existsIn(p.rustDirs())
	for _, target := range targetsOf(args, merged) {
		if target == p.lock.Toolchain.Host || target == "host-tuple" || strings.ContainsAny(target, "/\\.") {
			continue // a file that describes a target goes with its own library
		}
		there, err := exists(toolchain.Library(target))
		if err != nil {
			return diag.Wrap(err, "looking for the standard library of `%s`", target)
		}
		if !there {
			return p.noLibrary(target)
		}
		if strings.HasPrefix(target, "wasm") {
			if err := p.needsLinker("the target `" + target + "`"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *prepared) noLibrary(target string) error {
	d := diag.New(diag.ExitFailed, "the locked toolchain has no standard library for the target `%s`", target)
	switch channel := p.lock.Toolchain.Channel; channel {
	case toolchain.ByPackages:
		m, err := system.Detect(p.hostRoot)
		if err != nil {
			return diag.Join(d, err)
		}
		return d.WithHelp("%s", packagedTarget(m, target))
	case toolchain.ByPath:
		return d.WithHelp("put it into the toolchain's directory, then: cargo hermetic lock --update")
	default:
		return d.WithHelp("rustup target add %s --toolchain %s, name it in `targets` of %s, then: cargo hermetic lock --update", target, channel, PinFile)
	}
}

// targetsOf are the targets of a command: those of its arguments, or else those
// of the configuration.
func targetsOf(args []string, merged *config.Value) []string {
	var targets []string
	for _, arg := range args {
		if target, ok := strings.CutPrefix(arg, "--target="); ok {
			targets = append(targets, target)
		}
	}
	if value := merged.Get("build").Get("target"); len(targets) == 0 && value != nil {
		if value.Scalar != nil {
			return []string{value.Text()}
		}
		for _, element := range value.List {
			targets = append(targets, element.Text())
		}
	}
	return targets
}

// buildsStandardLibrary reports whether cargo makes the library itself.
func buildsStandardLibrary(args []string, merged *config.Value) bool {
	return merged.Get("unstable").Get("build-std") != nil || slices.ContainsFunc(args, func(arg string) bool {
		return strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(arg, "-Z"), "="), "build-std")
	})
}
