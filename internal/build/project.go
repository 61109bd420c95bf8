package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/inspect"
	"github.com/cargo-hermetic/cargo-hermetic/internal/lock"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// Names of the project's own files, at the root.
const (
	PolicyFile = "hermetic.toml"
	LockFile   = "hermetic.lock"
	PinFile    = "rust-toolchain.toml"
)

// Project is a root and what its files say.
type Project struct {
	roots.Found
	Policy   *policy.Policy
	Contents *inspect.Result        // manifests and configuration of the root
	packages store.Layer            // where rustc and cargo are of packages: the system layer, as far as it is known yet
	systems  map[string]lock.System // what this command captured, by what it was made for
	named    string                 // the root as the search named it, which may lead through links
}

func (p *Project) file(name string) string              { return filepath.Join(p.Root, name) }
func (p *Project) workspaceFile(name string) string     { return filepath.Join(p.Workspace, name) }
func (p *Project) relative(path string) (string, error) { return filepath.Rel(p.Root, path) }

// read reads a file of the root, by its path relative to it. A link that leads
// out of the root is an error: what lies there is no part of the root, and the
// world would not see it either.
func (p *Project) read(name string) ([]byte, error) {
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := readRegular(name, func() (*os.File, error) { return root.OpenFile(name, os.O_RDONLY|nonBlocking, 0) })
	// Package os has no name for this error (go1.26).
	if err != nil && strings.Contains(err.Error(), "path escapes") {
		return nil, diag.New(diag.ExitPolicy, "`%s` is, or lies behind, a link that leads out of the root", name).
			In(p.file(name), 0, 0).
			WithHelp("replace the link by the file itself: what lies outside is no part of the root")
	}
	return data, err
}

// readWorkspace is read for a file of the workspace.
func (p *Project) readWorkspace(name string) ([]byte, error) {
	dir, err := p.relative(p.Workspace)
	if err != nil {
		return nil, err
	}
	return p.read(filepath.Join(dir, name))
}

// rootRequest says where the searches of a command start.
func rootRequest(h *Host, o *Options) roots.Request {
	req := roots.Request{Cwd: h.Cwd, Manifest: o.Manifest, Roots: h.bothNames(o.Roots), Home: h.Home, Cargo: h.Cargo, Covered: covered}
	if home, err := fsx.Physical(h.Home); err == nil {
		req.Home = home // as it is in the name of the working directory
	}
	if v, ok := h.Env["CARGO_ROOTS"]; ok {
		req.Variable = append([]string{}, h.bothNames(filepath.SplitList(v))...) // set, even if to nothing
	}
	return req
}

// bothNames adds to each root that is named through links the name that the
// kernel has for it: the working directory goes by that one, `$PWD` by the other.
// Searches still compare names as they are written.
func (h *Host) bothNames(dirs []string) []string {
	var names []string
	for _, dir := range dirs {
		names = append(names, dir)
		if dir == "" {
			continue
		}
		if real, err := fsx.Physical(h.Absolute(dir)); err == nil && real != h.Absolute(dir) {
			names = append(names, real)
		}
	}
	return names
}

// Locate finds the root, refuses what in it leads out of it, and reads the
// policy. Refusals come all at once, before anything runs.
func Locate(h *Host, o *Options) (*Project, error) {
	found, err := roots.Find(hostFiles{}, rootRequest(h, o))
	if err != nil {
		return nil, err
	}
	if found.Outside {
		h.Shell.Warn("no root of CARGO_ROOTS holds `%s`: the workspace is the root", filepath.Dir(found.Manifest))
	}
	p := &Project{named: found.Root}
	if p.Found, err = resolved(found); err != nil {
		return nil, err
	}
	if err := sayable(h.Store, p.Root); err != nil {
		return nil, err
	}
	if p.Contents, err = inspect.Root(inspect.Request{Files: hostFiles{}, Found: p.Found, Cargo: h.Cargo, Covered: covered}); err != nil {
		return nil, err
	}
	p.Policy, err = p.readPolicy(h, o)
	return p, diag.Join(p.Contents.Err(), err)
}

// sayable refuses places whose path is not UTF-8 before anything is made: the plan
// of a world and cargo's JSON messages are text, and would name another place.
func sayable(places ...string) error {
	for _, place := range places {
		if !utf8.ValidString(place) {
			return diag.New(diag.ExitPolicy, "the path %q is not valid UTF-8", place).
				WithHelp("rename the directory, or use another one; for the store, set XDG_CACHE_HOME")
		}
	}
	return nil
}

// readPolicy reads hermetic.toml and adds what the command line allows.
func (p *Project) readPolicy(h *Host, o *Options) (*policy.Policy, error) {
	data, err := p.read(PolicyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, diag.Wrap(err, "failed to read `%s`", PolicyFile)
	}
	read, err := policy.Parse(p.file(PolicyFile), data, h.Version)
	if err != nil {
		return nil, err
	}
	return read, read.AllowEnv(o.AllowEnv)
}

// resolved names a root by its one physical path. The searches compare paths as
// they are written (DESIGN section 4) and are over; from here on the root is
// mounted and remembered, and a link to it would be a second name for one target
// directory, which could be exchanged at any time.
func resolved(f roots.Found) (roots.Found, error) {
	root, err := fsx.Physical(f.Root)
	if err != nil {
		return f, diag.Wrap(err, "finding the root `%s`", f.Root)
	}
	named := f.Root
	inside := func(path string) string {
		if rel, err := filepath.Rel(named, path); err == nil && filepath.IsLocal(rel) {
			return filepath.Join(root, rel)
		}
		return path // a manifest whose workspace is elsewhere
	}
	f.Manifest, f.Workspace, f.Root = inside(f.Manifest), inside(f.Workspace), root
	f.Config.Start, f.Config.Bound = inside(f.Config.Start), root
	return f, nil
}

// pin reads the toolchain file that counts where the command is given: the
// nearest, up to the root. ok is false when there is none.
func (p *Project) pin() (pin toolchain.Pin, ok bool, err error) {
	file, ok := roots.ToolchainFile(hostFiles{}, p.Config)
	if !ok {
		return pin, false, nil
	}
	name, err := p.relative(file)
	if err != nil {
		return pin, false, err
	}
	data, err := p.read(name)
	if err != nil {
		return pin, false, diag.Wrap(err, "failed to read `%s`", name)
	}
	pin, err = toolchain.ParsePin(file, data)
	return pin, err == nil, err
}

// cargoLock reads Cargo.lock.
func (p *Project) cargoLock() (*cargo.Lockfile, error) {
	file := p.workspaceFile("Cargo.lock")
	data, err := p.readWorkspace("Cargo.lock")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, diag.New(diag.ExitLock, "there is no `Cargo.lock` in `%s`, so nothing pins the dependencies", p.Workspace).
			WithHelp("cargo hermetic init")
	}
	if err != nil {
		return nil, diag.Wrap(err, "failed to read `%s`", file)
	}
	return cargo.ParseLockfile(file, data)
}

// hermeticLock reads hermetic.lock and checks what can be checked without
// looking at any layer: the host, the pin, the policy.
func (p *Project) hermeticLock(pin toolchain.Pin, pinned bool) (*lock.Lock, error) {
	file := p.file(LockFile)
	data, err := p.read(LockFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, p.noLock()
	}
	if err != nil {
		return nil, diag.Wrap(err, "failed to read `%s`", file)
	}
	l, err := lock.Parse(file, data)
	if err != nil {
		return nil, err
	}
	stale := func(format string, args ...any) *diag.Diagnostic {
		return diag.New(diag.ExitLock, "`%s` is out of date: "+format, append([]any{LockFile}, args...)...).
			WithHelp("cargo hermetic lock --update")
	}
	switch {
	case !strings.HasPrefix(l.Toolchain.Host, hostArch()+"-") || !strings.Contains(l.Toolchain.Host, "-linux-"):
		return nil, diag.New(diag.ExitLock, "`%s` was made for another host: `%s`, and this is %s on %s", LockFile, l.Toolchain.Host, runtime.GOOS, hostArch()).
			In(file, 0, 0).
			WithHelp("build on a machine of that kind, or pin this one instead: cargo hermetic lock --update")
	case p.Policy.System.Packaged() != (l.Toolchain.Channel == toolchain.ByPackages):
		return nil, stale("`[system] toolchain` of `%s` changed", PolicyFile)
	case p.Policy.System.Packaged():
		if pinned && pin.Channel != l.Toolchain.Channel && pin.Channel != l.Toolchain.Release {
			return nil, stale("`%s` pins Rust %s, the lock holds the packages of Rust %s", p.name(pin.File), pin.Channel, l.Toolchain.Release)
		}
	case !pinned:
		return nil, stale("there is no `%s` that pins Rust %s", PinFile, l.Toolchain.Channel)
	case pin.Channel != l.Toolchain.Channel && pin.Path != "":
		return nil, stale("`%s` names a toolchain by path, the lock holds Rust %s", p.name(pin.File), l.Toolchain.Channel)
	case pin.Channel != l.Toolchain.Channel:
		return nil, stale("`%s` pins Rust %s, the lock holds %s", p.name(pin.File), pin.Channel, l.Toolchain.Channel)
	}
	switch {
	case p.Policy.SystemDigest() != l.Policy && p.Policy.WasSystemDigest(l.Policy):
		return nil, stale("it was made by an earlier cargo-hermetic, which made the system layer in another way")
	case p.Policy.SystemDigest() != l.Policy:
		if p.Policy.System.Image != "" || l.System.Image != "" {
			return nil, stale("`[system] image` of `%s` changed", PolicyFile)
		}
		asked := lock.Diff(&lock.Lock{System: lock.System{Requested: l.System.Requested}}, &lock.Lock{System: lock.System{Requested: p.Policy.System.Packages}})
		if len(asked) == 0 {
			return nil, stale("`[system]` of `%s` changed", PolicyFile)
		}
		d := stale("`[system] packages` of `%s` changed", PolicyFile)
		noteChanges(d, asked)
		return nil, d
	}
	if missing := lockLacks(pin, l); missing != "" && pinned {
		return nil, stale("`%s` asks for `%s`, the lock does not hold it", p.name(pin.File), missing)
	}
	return l, nil
}

// hostArch is the first part of a Rust target triple of this machine.
func hostArch() string {
	switch runtime.GOARCH {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	}
	return runtime.GOARCH
}
