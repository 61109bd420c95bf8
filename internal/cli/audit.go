package cli

import (
	"context"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/audit"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// auditBuild builds as plain cargo does, prints what the build took from
// outside, and ends with cargo's exit code.
func auditBuild(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) (int, error) {
	request := audit.Request{Args: inv.cargo.forHost(), Manifest: o.Manifest, Roots: o.Roots}
	report, result, err := audit.Run(ctx, h, request, sandbox.Watch)
	if err != nil || result.Signal != 0 {
		return ended(h, result, "under observation", err)
	}
	if name := inv.cargo.value("html"); name != "" {
		page, err := report.HTML()
		if err == nil {
			err = fsx.WriteFile(h.Absolute(name), page, 0o644)
		}
		if err != nil {
			return 0, diag.Wrap(err, "writing the page `%s`", name)
		}
	}
	text := []byte(report.Text(inv.cargo.verbose() > 0))
	if inv.format == "json" {
		if text, err = report.JSON(); err != nil {
			return 0, err
		}
	}
	_, err = os.Stdout.Write(text)
	return result.ExitCode, err
}

// forHost returns the arguments for plain cargo: `build` with the flags as they
// were given.
func (c *cargoArgs) forHost() []string {
	args := []string{"build"}
	for _, use := range c.uses {
		if use.row.how != ours || use.row.about == ofRun {
			args = append(args, use.normal())
		}
	}
	return args
}
