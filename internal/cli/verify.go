package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/verify"
)

// verifyBuild builds twice and prints the verdict.
func verifyBuild(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) (int, error) {
	if err := inv.cargo.idle(); err != nil {
		return 0, err
	}
	if file := inv.cargo.value("attestation"); file != "" {
		return replay(ctx, h, o, inv, file)
	}
	r := verify.Request{
		Args: inv.cargo.forCopy(inv), Options: o, Against: inv.cargo.value("against"), Keys: inv.cargo.values("trust"),
		Bisect: !inv.cargo.hasFlag("no-bisect"), Further: inv.cargo.hasFlag("diffoscope"), Quiet: inv.cargo.quiet() || inv.format == "json",
	}
	for _, list := range inv.cargo.values("vary") {
		r.Vary = append(r.Vary, strings.Split(list, ",")...)
	}
	if slices.Equal(r.Vary, []string{"help"}) {
		_, err := os.Stdout.WriteString(verify.Help())
		return 0, err
	}
	report, err := verify.Run(ctx, h, r)
	if err != nil {
		return 0, err
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
	text := []byte(report.Text())
	if inv.format == "json" {
		if text, err = report.JSON(); err != nil {
			return 0, err
		}
	}
	if _, err := os.Stdout.Write(text); err != nil {
		return 0, err
	}
	if !report.Match() {
		return diag.ExitReproducible, nil
	}
	return 0, nil
}

// idle refuses flags that would have no effect: whoever names a key believes that a
// signature was checked.
func (c *cargoArgs) idle() error {
	replays, against := c.value("attestation") != "", c.value("against") != ""
	switch {
	case replays && against:
		return usageError("`--attestation` and `--against` exclude one another").WithHelp("`--against` takes an attestation as well")
	case !replays && !against && len(c.values("trust")) > 0:
		return usageError("`--trust` has no effect without `--attestation` or `--against`")
	case !replays && len(c.values("source")) > 0:
		return usageError("`--source` has no effect without `--attestation`")
	}
	for _, use := range c.uses {
		if replays && use.row.about == ofReport && !slices.Contains([]string{"attestation", "trust", "source"}, use.row.long) {
			return usageError("`--%s` has no effect on `--attestation`, which compares digests", use.row.long).WithHelp("leave it out")
		}
	}
	return nil
}

// forCopy returns the flags for a build of a copy of the root, which has another place
// and is named by us.
func (c *cargoArgs) forCopy(inv *invocation) []string {
	var args []string
	for _, use := range c.uses {
		if use.row.about == ofBuild || use.row.about == ofRun {
			args = append(args, use.normal())
		}
	}
	if inv.isolation != "" {
		args = append(args, "--isolation="+inv.isolation)
	}
	return args
}
