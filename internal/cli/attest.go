package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/verify"
)

// attestBuild builds and writes an attestation.
func attestBuild(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) (int, error) {
	project, err := build.Locate(h, o)
	if err != nil {
		return 0, err
	}
	flags := inv.cargo.forStranger(h.Env)
	_, c, err := attested(h, project.Root, flags) // as somebody else will build it
	if err != nil {
		return 0, err
	}
	done, err := verify.Attest(ctx, h, verify.AttestRequest{
		Options: o, Command: c, Flags: flags,
		Key: inv.cargo.value("key"), Sign: inv.cargo.value("sign-with"), Embed: inv.cargo.hasFlag("embed"), Name: filepath.Base(project.Root),
	})
	if err != nil || done.Envelope == "" {
		return ended(h, done.Outcome.Result, "inside the world", err)
	}
	h.Shell.Status("Attested", "%s, %s", done.Envelope, done.SBOM)
	return 0, nil
}

// forStranger returns the flags with which somebody else builds the same. Variables
// that were let in have the values that they had.
func (c *cargoArgs) forStranger(env map[string]string) []string {
	var args []string
	for _, use := range c.uses {
		switch {
		case use.row.about != ofBuild:
		case use.row.long == "allow-env" && !strings.Contains(use.value, "="):
			if value, set := env[use.value]; set {
				args = append(args, "--allow-env="+use.value+"="+value)
			}
		default:
			args = append(args, use.normal())
		}
	}
	return args
}

// replay checks an attestation.
func replay(ctx context.Context, h *build.Host, o *build.Options, inv *invocation, file string) (int, error) {
	if flags := inv.cargo.forStranger(h.Env); len(flags) > 0 {
		return 0, usageError("`--attestation` takes no flags of the build: the attestation has them").WithHelp("leave out `%s`", flags[0])
	}
	r := verify.ReplayRequest{
		File: file, Keys: inv.cargo.values("trust"), Source: inv.cargo.value("source"), Quiet: inv.cargo.quiet() || inv.format == "json",
		Isolation: o.Isolation, Offline: o.Offline,
	}
	r.Build = func(root string, flags []string) (*build.Options, *build.Command, error) {
		return attested(h, root, flags)
	}
	done, err := verify.Replay(ctx, h, r)
	if err != nil || done.Outcome.Result.ExitCode != 0 || done.Outcome.Result.Signal != 0 {
		return ended(h, done.Outcome.Result, "inside the world", err)
	}
	text := []byte(done.Text())
	if inv.format == "json" {
		if text, err = done.JSON(); err != nil {
			return 0, err
		}
	}
	if _, err := os.Stdout.Write(text); err != nil {
		return 0, err
	}
	if !done.Match() {
		return diag.ExitReproducible, nil
	}
	return 0, nil
}

// attested makes the command of an attestation. Its flags were chosen by somebody else:
// only those that forStranger gives are taken, so that none names a place of this host
// or lets anything in that the root's own policy does not.
func attested(h *build.Host, root string, flags []string) (*build.Options, *build.Command, error) {
	inv, err := parseArgs(append([]string{"build"}, flags...))
	if err != nil {
		return nil, nil, diag.New(diag.ExitAttestation, "the attestation has flags that this version does not take").Because(err)
	}
	for _, use := range inv.cargo.uses {
		if use.row.about != ofBuild || use.row.how == refuse ||
			use.row.long == "allow-env" && !strings.Contains(use.value, "=") {
			return nil, nil, diag.New(diag.ExitAttestation, "the attestation has the flag `%s`, which nobody else may choose here", use.normal())
		}
	}
	if len(inv.roots) > 0 || inv.verb != "build" || inv.ordinary != nil {
		return nil, nil, diag.New(diag.ExitAttestation, "the attestation has flags that nobody else may choose here")
	}
	o := &build.Options{Roots: []string{root}, AllowEnv: inv.cargo.values("allow-env"), Undetermined: inv.cargo.value("deterministic") == "no"}
	return o, command(h, inv, "build"), nil
}
