package cli

import (
	"context"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/doctor"
)

// examine prints what this host can do, and ends with the code of a build that
// the isolation asked for refuses.
func examine(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) (int, error) {
	if inv.cargo.hasFlag("print-apparmor") {
		profile, err := doctor.AppArmor()
		if err == nil {
			_, err = os.Stdout.WriteString(profile)
		}
		return 0, err
	}
	report, err := doctor.Run(ctx, h, o)
	if err != nil {
		return 0, err
	}
	text := []byte(report.Text(inv.cargo.verbose() > 0))
	if inv.format == "json" {
		if text, err = report.JSON(); err != nil {
			return 0, err
		}
	}
	if _, err := os.Stdout.Write(text); err != nil {
		return 0, err
	}
	if !report.Works {
		return diag.ExitIsolation, nil
	}
	return 0, nil
}
