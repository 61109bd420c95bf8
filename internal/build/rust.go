package build

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// rust is the toolchain that a project asks for, as this host has it, captured.
type rust struct {
	*toolchain.Installed
	pin        toolchain.Pin // with the channel as the lock has it
	components []string
	layer      store.Layer
}

// findRust finds the toolchain of a project and captures it: what rustup has of
// the pinned release, the directory that is pinned by path, or the packages of
// rustc and cargo. Without a pin it is the active one of rustup.
func (h *Host) findRust(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, pinned bool, o *Options) (r rust, err error) {
	r.pin = pin
	switch {
	case p.Policy.System.Packaged():
		return h.packagedRust(ctx, st, p, pin, pinned, o)
	case pinned && pin.Channel == toolchain.ByPath:
		return h.rustByPath(ctx, st, p, pin, o)
	case pinned:
		found, err := toolchain.Find(ctx, h.Rustup, pin)
		if err != nil {
			return r, err
		}
		r.Installed = found[0]
	default:
		if r.Installed, err = toolchain.Active(ctx, h.Rustup, h.Env["RUSTUP_TOOLCHAIN"], p.Root); err != nil {
			return r, h.orPackages(err)
		}
		r.pin = toolchain.Pin{File: p.file(PinFile), Channel: r.Channel()}
		if !toolchain.Exact(r.pin.Channel) {
			return r, diag.New(diag.ExitFailed, "the active toolchain `%s` (%s) has no exact name to pin", r.Name, r.Release).
				WithHelp("write an exact release into %s", PinFile)
		}
	}
	if r.components, err = r.Used(r.pin); err != nil {
		return r, err
	}
	r.layer, err = h.captureToolchain(ctx, st, r.Installed, r.components)
	return r, err
}

// rustByPath takes the toolchain that lies in the root. Its release is what its
// rustc says in a world: nothing of a root runs outside of one.
func (h *Host) rustByPath(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, o *Options) (r rust, err error) {
	r.pin = pin
	if r.Installed, err = p.customToolchain(pin); err != nil {
		return r, err
	}
	if r.layer, err = h.captureToolchain(ctx, st, r.Installed, nil); err != nil {
		return r, err
	}
	if err := lackOf(pin, []string{r.layer.Dir}, func(component, target string) string {
		return "put it into the directory `" + pin.Path + "`"
	}); err != nil {
		return r, err
	}
	sys, err := h.systemNow(ctx, st, p, r.layer, o)
	if err != nil {
		return r, err
	}
	return r, h.ask(ctx, st, r.Installed, r.layer, sys, o)
}

// customToolchain finds the directory of a toolchain that is pinned by path. It
// has to be in the root, by every name: what is elsewhere, nobody else has.
func (p *Project) customToolchain(pin toolchain.Pin) (*toolchain.Installed, error) {
	dir := pin.Path
	if !filepath.IsAbs(dir) { // as rustup reads it
		dir = filepath.Join(filepath.Dir(pin.File), dir)
	}
	real, err := fsx.Physical(dir)
	if errors.Is(err, fs.ErrNotExist) && !roots.Within(p.Root, filepath.Clean(dir)) && !roots.Within(p.named, filepath.Clean(dir)) {
		real, err = filepath.Clean(dir), nil // outside, whether it is there or not
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, diag.New(diag.ExitFailed, "the toolchain `%s` is not there", pin.Path).
			In(pin.File, pin.At.Line, pin.At.Column).
			WithHelp("put a toolchain into that directory, or name a release: channel = \"1.95.0\"")
	}
	if err != nil {
		return nil, diag.Wrap(err, "looking for the toolchain `%s`", pin.Path)
	}
	if real == p.Root || !roots.Within(p.Root, real) {
		d := diag.New(diag.ExitPolicy, "the toolchain `%s` is outside the root, so another machine does not have it", pin.Path).
			In(pin.File, pin.At.Line, pin.At.Column)
		if real == "/usr" {
			return nil, d.WithHelp("for rustc and cargo of the system's packages, remove `path` and write `toolchain = \"packages\"` under `[system]` of %s", PolicyFile)
		}
		return nil, d.WithHelp("copy it into the root, or name a release: channel = \"1.95.0\"")
	}
	t, err := toolchain.Custom(pin.Path, real)
	if err != nil {
		return nil, err
	}
	if !roots.Within(p.Root, t.Dir) {
		return nil, diag.New(diag.ExitPolicy, "the toolchain `%s` leads out of the root", pin.Path).In(pin.File, pin.At.Line, pin.At.Column)
	}
	return t, nil
}

// checkByPath compares the toolchain in the root with the locked one, before every
// build: the root is what a build is a function of, so a toolchain in it that
// changed is never passed over for the copy in the store.
func (h *Host) checkByPath(ctx context.Context, st *store.Store, p *Project, pin toolchain.Pin, locked store.Layer) error {
	t, err := p.customToolchain(pin)
	if err != nil {
		return err
	}
	layer, err := h.captureToolchain(ctx, st, t, nil)
	if err != nil || layer.Digest == locked.Digest {
		return err
	}
	damage, err := st.Differences(locked.Digest, layer.Digest)
	if err != nil {
		return diag.Wrap(err, "comparing the toolchain `%s` with the locked one", pin.Path)
	}
	if len(damage) == 0 {
		damage = []store.Damage{{Path: "a file", What: "differs"}} // two digests are never of one tree
	}
	d := diag.New(diag.ExitLock, "the toolchain `%s` is not the locked one: `%s` %s", pin.Path, damage[0].Path, damage[0].What)
	for _, more := range damage[1:min(len(damage), maxChanges)] {
		d.Note("`%s` %s", more.Path, more.What)
	}
	return d.Note("here:   %s", layer.Digest).
		Note("locked: %s", locked.Digest).
		WithHelp("get the locked files back, or lock what is there: cargo hermetic lock --update")
}

// lackOf refuses a toolchain without lists that has not what the pin asks for.
// dirs are where its files may be; help is how to get a component or a target.
func lackOf(pin toolchain.Pin, dirs []string, help func(component, target string) string) error {
	components, targets, err := toolchain.Lacks(pin, existsIn(dirs))
	if err != nil {
		return diag.Wrap(err, "looking for what `%s` asks for", pin.File)
	}
	if len(components) == 0 && len(targets) == 0 {
		return nil
	}
	if len(components) > 0 {
		return diag.New(diag.ExitFailed, "the toolchain has no component `%s`, which `%s` asks for", strings.Join(components, "`, `"), filepath.Base(pin.File)).
			WithHelp("%s", help(components[0], ""))
	}
	return diag.New(diag.ExitFailed, "the toolchain has no standard library for `%s`, which `%s` asks for", strings.Join(targets, "`, `"), filepath.Base(pin.File)).
		WithHelp("%s", help("", targets[0]))
}
