package doctor

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// rootsOpen is what isolation `roots` leaves open by its nature.
const rootsOpen = "only cargo's upward searches are bounded: home, network, environment and every file are as they are"

// tryRoots prepares a build of the user's own cargo in the current directory.
// That includes the proof that this cargo keeps the bound, by running it.
func tryRoots(ctx context.Context, h *build.Host) (Verdict, error) {
	quiet := *h
	quiet.Shell = ui.NewShell(io.Discard, ui.Quiet, false)
	began := time.Now()
	p, err := build.PrepareOrdinary(ctx, &quiet, &build.Ordinary{Verb: "build", Args: []string{"build"}})
	if ctx.Err() != nil {
		return Verdict{}, context.Cause(ctx)
	}
	v := verdict(build.OrdinaryIsolation, err)
	v.Milliseconds = float64(time.Since(began).Microseconds()) / 1000
	v.Weaker = append(v.Weaker, rootsOpen)
	if err == nil {
		v.How = "by `" + p.Path + "`, tried three times"
	} else if d := (*diag.Diagnostic)(nil); !errors.As(err, &d) || d.Exit != diag.ExitIsolation {
		v.Notes = append(v.Notes, "tried for a build in `"+h.Cwd+"`; elsewhere it may work")
	}
	return v, nil
}
