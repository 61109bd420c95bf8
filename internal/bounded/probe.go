package bounded

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Probe proves that a cargo, started with this environment (Command.Env), keeps
// the bound. It runs it three times, side by side, in a small tree below tmp in
// which everything above the bound is malformed. Three, because each search
// needs an outcome of its own: one that finds its end at the bound says nothing
// of one that finds nothing up to there.
//
// The error is a diagnostic with diag.ExitIsolation if this cargo does not keep
// the bound or cannot be run. The end of ctx is an error without that code.
// Nothing stays behind below tmp, which must exist.
func Probe(ctx context.Context, cargo string, env []string, tmp string) (err error) {
	if !filepath.IsAbs(cargo) {
		return fmt.Errorf("probing cargo: the path %q is not absolute", cargo)
	}
	dir, err := os.MkdirTemp(tmp, "cargo-hermetic-probe-")
	if err != nil {
		return diag.Wrap(err, "making a directory for the probe of `--isolation roots`")
	}
	defer func() {
		err = diag.Join(err, diag.Wrap(os.RemoveAll(dir), "removing the directory of the probe of `--isolation roots`"))
	}()
	// Cargo sees its working directory without links, as the bound has to be.
	top, err := physical(dir)
	if err != nil {
		return diag.Wrap(err, "finding the physical name of the directory of the probe")
	}
	if !utf8.ValidString(top) {
		return diag.New(diag.ExitIsolation, "the name of the temporary directory %q is not UTF-8", top).
			Note("cargo ignores such a bound, so nothing can be proved there").
			WithHelp("TMPDIR=/tmp cargo hermetic --isolation roots ...")
	}
	if err := plant(top); err != nil {
		return diag.Wrap(err, "writing the tree of the probe of `--isolation roots`")
	}
	p := &probe{cargo: cargo, env: probeEnv(env), top: top}
	checks := []func(context.Context) error{p.findsBound, p.endsWorkspace, p.endsManifest}
	verdicts := make([]error, len(checks))
	var running sync.WaitGroup
	for i, check := range checks {
		running.Go(func() { verdicts[i] = check(ctx) })
	}
	running.Wait()
	for _, verdict := range verdicts {
		if verdict != nil {
			return verdict // the others, if there are any, are of the same cargo and the same fault
		}
	}
	return nil
}

// probe is one cargo and the planted tree.
type probe struct {
	cargo string
	env   []string
	top   string // what lies here is above every bound
}

// findsBound asks for the settings deep inside a workspace whose root is the
// bound: the bound itself is searched for configuration and workspace, and for
// configuration nothing above it.
func (p *probe) findsBound(ctx context.Context) error {
	said, err := p.run(ctx, "settings", "settings/member/src/deep", "metadata", "--no-deps", "--format-version", "1", "--offline")
	if err != nil {
		return err
	}
	if said.code != 0 {
		return p.refuse(said, "it fails where everything up to the bound is in order")
	}
	var got struct {
		Root   string `json:"workspace_root"`
		Target string `json:"target_directory"`
	}
	if err := json.Unmarshal(said.stdout, &got); err != nil {
		return p.refuse(said, "it does not answer as cargo does").Because(err)
	}
	bound := filepath.Join(p.top, "settings")
	switch {
	case got.Root != bound:
		return p.refuse(said, fmt.Sprintf("it found the workspace %q and not the one at the bound", got.Root))
	case got.Target != filepath.Join(bound, targetAtBound):
		return p.refuse(said, fmt.Sprintf("it did not use the configuration at the bound, but the target directory %q", got.Target))
	}
	return nil
}

// endsWorkspace asks for the workspace of a package that has none up to the
// bound; its own manifest is the answer. Cargo parses each manifest on the way,
// so one step too far is an error.
func (p *probe) endsWorkspace(ctx context.Context) error {
	said, err := p.run(ctx, "alone", "alone/package/src", "locate-project", "--workspace")
	if err != nil {
		return err
	}
	if said.code != 0 {
		return p.refuse(said, "it looks for a workspace above the bound")
	}
	var got struct {
		Root string `json:"root"`
	}
	if err := json.Unmarshal(said.stdout, &got); err != nil {
		return p.refuse(said, "it does not answer as cargo does").Because(err)
	}
	if got.Root != filepath.Join(p.top, "alone", "package", "Cargo.toml") {
		return p.refuse(said, fmt.Sprintf("it found the workspace %q above the bound", got.Root))
	}
	return nil
}

// endsManifest looks for a manifest where there is none up to the bound. Only
// cargo's own sentence for that will do; any other failure proves nothing.
func (p *probe) endsManifest(ctx context.Context) error {
	said, err := p.run(ctx, "empty", "empty/deep", "locate-project")
	switch {
	case err != nil:
		return err
	case said.code == 0:
		return p.refuse(said, "it found a manifest above the bound")
	case !strings.Contains(string(said.stderr), "could not find `Cargo.toml` in"):
		return p.refuse(said, "it does not say that there is no manifest up to the bound")
	}
	return nil
}
