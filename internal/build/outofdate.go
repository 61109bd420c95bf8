package build

import (
	"context"

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
	switch first.Kind {
	case lock.KindSystemLayer:
		if now.System.Image != "" {
			break
		}
		s, err := h.resolveSystem(layer, p.Policy.System)
		if err != nil {
			return err
		}
		return h.altered(ctx, old, s, now.System.Layer)
	case lock.KindToolchainLayer:
		return otherFiles(old, rust, now.Toolchain.Channel, now.Toolchain.Layer)
	}
	d := diag.New(diag.ExitLock, "%s%s", differs(first), others(changes[1:]))
	switch {
	case first.Kind == lock.KindToolchain && first.Name != "":
		d.Note("to get the one that was released: %s", reinstallRust(rust.Name, now.Toolchain.Channel))
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
