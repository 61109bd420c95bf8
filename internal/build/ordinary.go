package build

import (
	"context"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/bounded"
	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/inspect"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
)

// OrdinaryIsolation is the isolation that bounds cargo's searches and nothing
// else, on every system.
const OrdinaryIsolation = "roots"

// Ordinary is a command of the user's own cargo.
type Ordinary struct {
	Verb     string
	Args     []string // cargo's, verb and all, without --manifest-path
	Manifest string   // of --manifest-path, absolute; or empty
	Roots    []string // of --root
	FixedDir bool     // the arguments mean something relative to the directory
}

// PrepareOrdinary finds the roots of a command, refuses what would widen cargo's
// searches again, proves that this cargo keeps the bound, and returns how to
// start it. Everything else is as it is: home, network, environment.
func PrepareOrdinary(ctx context.Context, h *Host, c *Ordinary) (*Program, error) {
	req := rootRequest(h, &Options{Manifest: c.Manifest, Roots: c.Roots})
	req.Default, req.Covered = roots.Draft, nil
	found, err := roots.Find(hostFiles{}, req)
	if diag.ExitCode(err) == diag.ExitUsage {
		return nil, err
	}
	// Any other error is cargo's to report, which may not even need a manifest;
	// it has the same bounds.
	if found.Outside {
		h.Shell.Warn(roots.OutsideWarning)
	}
	contents, err := inspect.Discovery(inspect.Request{Files: hostFiles{}, Found: found, Cargo: h.Cargo})
	if err != nil {
		return nil, err
	}
	if err := contents.Refusals(); err != nil {
		return nil, err
	}
	rust, err := ordinaryToolchain(h, found.Config)
	if err != nil {
		return nil, err
	}
	program, err := h.ordinaryCargo()
	if err != nil {
		return nil, err
	}
	bounds, err := bounded.Survey(bounded.Request{
		Cargo: program, Args: c.args(), Dir: h.Cwd, Env: h.Env,
		Config:      bounded.Route{Start: found.Config.Start, Bound: found.Config.Bound},
		Manifest:    bounded.Route{Start: found.Manifests.Start, Bound: found.Manifests.Bound},
		ConfigFiles: contents.Configuration.Used(),
		BoundConfig: roots.ConfigFile(hostFiles{}, found.Manifests.Bound),
		ConfigKeys:  variables(contents.Configuration.Merged),
		Toolchain:   rust, FixedDir: c.FixedDir,
	}, h.Cargo)
	if err != nil {
		return nil, err
	}
	command, err := bounded.Plan(bounds)
	if err != nil {
		return nil, err
	}
	if err := bounded.Probe(ctx, command.Path, command.Env, h.Temp); err != nil {
		return nil, err
	}
	return &Program{Path: command.Path, Args: command.Args, Env: command.Env, Dir: command.Dir, Whole: true}, nil
}

// args are cargo's arguments with the manifest behind the verb.
func (c *Ordinary) args() []string {
	if c.Manifest == "" {
		return c.Args
	}
	at := slices.Index(c.Args, c.Verb) + 1
	return slices.Insert(slices.Clone(c.Args), at, "--manifest-path="+c.Manifest)
}

// variables are the names that the keys of a configuration have in the
// environment.
func variables(merged *config.Value) []string {
	names := map[string]bool{}
	merged.Walk(func(at []string, _ *config.Value) { names[config.Variable(at)] = true })
	return slices.Sorted(maps.Keys(names))
}

// ordinaryToolchain is what rustup would choose on a bounded route: in every
// directory an override before a toolchain file, and in the end the default.
// Empty leaves the choice as the caller made it, by RUSTUP_TOOLCHAIN or `+name`.
func ordinaryToolchain(h *Host, route roots.Route) (string, error) {
	if h.Env["RUSTUP_TOOLCHAIN"] != "" && bounded.ChosenByUser(h.Env) {
		return "", nil
	}
	settings, err := toolchain.ReadSettings(h.Rustup)
	if err != nil {
		return "", err
	}
	file, ok := roots.ToolchainFile(hostFiles{}, route)
	for _, dir := range route.Dirs() {
		if name := settings.Overrides[dir]; name != "" {
			return name, nil
		}
		if ok && filepath.Dir(file) == dir {
			data, err := roots.ReadInside(hostFiles{}, file, route.Bound)
			if err != nil {
				return "", err
			}
			name, err := toolchain.Named(file, data)
			if name != "" || err != nil {
				return name, err
			}
			break
		}
	}
	return settings.Default, nil
}

// ordinaryCargo is the cargo that the user would start: of rustup its proxy,
// which takes the toolchain from us, and otherwise the one that started us.
func (h *Host) ordinaryCargo() (string, error) {
	name, err := exec.LookPath("cargo")
	if err == nil {
		return filepath.Abs(name)
	}
	if own := h.Env["CARGO"]; filepath.IsAbs(own) {
		return own, nil
	}
	return "", diag.New(diag.ExitFailed, "there is no cargo on the PATH").
		Because(err).
		WithHelp("install Rust, or put the directory of cargo on the PATH")
}
