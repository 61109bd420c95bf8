package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/system"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// checks looks at what a build needs besides an isolation.
func checks(ctx context.Context, h *build.Host, o *build.Options, host advice.Host) ([]Check, error) {
	list := []Check{rust(ctx, h, o), packages(h, host), storage(h), {
		Name: "network", State: Unknown, Notes: []string{},
		Text: "not tried: only fetching needs it, and `cargo hermetic fetch` says what it cannot reach",
	}}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return list, nil
}

func good(name, format string, args ...any) Check {
	return Check{Name: name, State: Good, Text: fmt.Sprintf(format, args...), Notes: []string{}}
}

// bad is a check that ended with an error.
func bad(name string, err error) Check {
	c := Check{Name: name, State: Bad, Text: strings.Join(diag.Chain(err), ": ")}
	c.Notes, c.Help = details(err)
	return c
}

// rust looks for the toolchain that the project pins, or that `init` would pin.
func rust(ctx context.Context, h *build.Host, o *build.Options) Check {
	const name = "rust"
	quiet := *h
	quiet.Shell = ui.NewShell(io.Discard, ui.Quiet, false)
	p, err := build.Locate(&quiet, o)
	if err == nil {
		pin, pinned, err := p.Pin()
		switch {
		case err != nil:
			return bad(name, err)
		case p.Policy.System.Packaged():
			return packagedRust(h)
		case pinned && pin.Channel == toolchain.ByPath:
			return good(name, "the toolchain is the directory `%s`, which `%s` names", pin.Path, pin.File)
		case pinned:
			found, err := toolchain.Find(ctx, h.Rustup, pin)
			if err != nil {
				return bad(name, err)
			}
			return good(name, "%s, which `%s` pins, is installed as `%s`", pin.Channel, pin.File, found[0].Name)
		}
	}
	active, activeErr := toolchain.Active(ctx, h.Rustup, h.Env["RUSTUP_TOOLCHAIN"], h.Cwd)
	if activeErr != nil {
		return bad(name, activeErr)
	}
	if err != nil {
		// Somebody may ask in their home, where there is no project.
		c := good(name, "%s is the active toolchain; no project was looked at", active.Release)
		c.Notes = append(c.Notes, strings.Join(diag.Chain(err), ": "))
		return c
	}
	return good(name, "nothing is pinned; `cargo hermetic init` would pin %s", active.Release)
}

// packagedRust looks for rustc and cargo among the packages of this host.
func packagedRust(h *build.Host) Check {
	names, err := system.RustPackages(h.System)
	if err == nil && len(names) == 0 {
		var m *system.Manager
		if m, err = system.Detect(h.System); err == nil {
			err = diag.New(diag.ExitFailed, "the packages `%s` are not installed, and the policy takes Rust from them", strings.Join(m.Rust, "` and `")).
				WithHelp("%s", m.Install(m.Rust...))
		}
	}
	if err != nil {
		return bad("rust", err)
	}
	return good("rust", "rustc and cargo are those of the packages %s", strings.Join(names, ", "))
}

// packages looks for what every system layer holds.
func packages(h *build.Host, host advice.Host) Check {
	const name = "system"
	missing, manager, err := system.Missing(h.System, nil)
	switch {
	case err != nil:
		return bad(name, err)
	case len(missing) > 0:
		return Check{Name: name, State: Bad, Notes: []string{}, Text: "packages of the system layer are not installed: " + strings.Join(missing, " "), Help: host.AsRoot(manager.Install(missing...))}
	}
	return good(name, "%s are installed, by %s", strings.Join(manager.Base, " and "), manager.Name)
}

// Space that a store should have: a toolchain, a system and the crates of some
// projects; and what a single layer takes, below which nothing fits.
const (
	enoughSpace = 4 << 30 // bytes
	leastSpace  = 1 << 30
)

// storage looks at the place of the store, and makes nothing there.
func storage(h *build.Host) Check {
	const name = "store"
	dir := h.Store
	for {
		_, err := os.Stat(dir)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			return bad(name, diag.Wrap(err, "looking at `%s`", dir))
		}
		dir = filepath.Dir(dir)
	}
	d, err := diskOf(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		return Check{Name: name, State: Unknown, Text: err.Error(), Notes: []string{}}
	}
	if err != nil {
		return bad(name, diag.Wrap(err, "looking at `%s`", dir))
	}
	return judge(h.Store, dir, d)
}

// judge says what a store may expect of the disk that dir is on, which is the
// store itself or the directory that it would be made in.
func judge(store, dir string, d disk) Check {
	c := good("store", "`%s` on %s, %s free", store, d.kind, size(d.free))
	if dir != store {
		c.Notes = append(c.Notes, "it does not exist yet, and would be made in `"+dir+"`")
	}
	if d.notice != "" {
		c.State = Careful
		c.Notes = append(c.Notes, d.notice)
		c.Help = "set XDG_CACHE_HOME to a directory on a local disk"
	}
	switch {
	case !d.writable:
		c.State = Bad
		c.Notes = append(c.Notes, "`"+dir+"` cannot be written to")
		c.Help = "set XDG_CACHE_HOME to a directory of your own"
	case d.free < leastSpace:
		c.State = Bad
		c.Notes = append(c.Notes, "one Rust toolchain takes about "+size(leastSpace))
		c.Help = "make room, or set XDG_CACHE_HOME to a directory on another disk"
	case d.free < enoughSpace:
		c.State = Careful
		c.Notes = append(c.Notes, "a toolchain, a system and the crates of some projects take about "+size(enoughSpace))
	}
	return c
}

// size writes bytes as people read them.
func size(n uint64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GiB", n>>30)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
