package build

import (
	"context"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// outOfDate is the error of `lock --check`: what differs first, and how to get
// what the lock names, where that can be had. The report has all changes. A check
// does not know which of the two is right, so the way to the other end is in the
// help.
func (h *Host) outOfDate(ctx context.Context, p *Project, old, now *lock.Lock, rust *toolchain.Installed, layer store.Layer) error {
	changes := lock.Diff(old, now)
	first := changes[0]
	channel := now.Toolchain.Channel
	rustup := channel != toolchain.ByPath && channel != toolchain.ByPackages
	switch {
	case first.Kind == lock.KindSystemLayer && now.System.Image == "":
		s, err := h.resolveSystem(layer, p.Policy.System)
		if err != nil {
			return err
		}
		return h.altered(ctx, old, s, now.System.Layer)
	case first.Kind == lock.KindToolchainLayer && rustup:
		return otherFiles(old, rust, channel, now.Toolchain.Layer)
	}
	d := diag.New(diag.ExitLock, "%s%s", differs(first), others(changes[1:]))
	if channel == toolchain.ByPackages {
		// Its release follows from the packages, which are what can be installed.
		changes = slices.DeleteFunc(changes, func(c lock.Change) bool { return c.Kind == lock.KindToolchain })
	}
	switch {
	case first.Kind == lock.KindToolchain && first.Name != "" && rustup:
		d.Note("to get the one that was released: %s", reinstallRust(rust.Name, channel))
	case now.System.Image == "":
		m, err := system.Detect(h.System)
		if err != nil {
			return err
		}
		if way := wayBack(changes, m); way != "" {
			d.Note("to get the locked: %s", way)
		}
	}
	return d.WithHelp("if this host and the project's files are right, lock what is here: cargo hermetic lock --update")
}
