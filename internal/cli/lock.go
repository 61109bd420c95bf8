package cli

import (
	"context"
	"encoding/json"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// lockVerb shows, checks or renews hermetic.lock. What differs comes before the
// error that says so.
func lockVerb(ctx context.Context, h *build.Host, o *build.Options, inv *invocation) error {
	mode, err := lockMode(inv)
	if err != nil {
		return err
	}
	report, err := build.Lock(ctx, h, o, mode)
	if report == nil {
		return err
	}
	if inv.format == "json" {
		return diag.Join(printLock(report), err)
	}
	if report.Current {
		h.Shell.Status("Unchanged", "%s", build.LockFile)
	}
	if report.Found || mode == build.LockShow {
		for _, change := range report.Changes {
			h.Shell.Line("%s", change)
		}
	}
	if mode == build.LockShow && len(report.Changes) > 0 {
		h.Shell.Note("nothing is written; to write it, run `cargo hermetic lock --update`")
	}
	return err
}

// lockMode refuses a command line that asks for both: a check that writes would
// hide from CI what it is there to find.
func lockMode(inv *invocation) (build.LockMode, error) {
	check, update := inv.cargo.hasFlag("check"), inv.cargo.hasFlag("update")
	switch {
	case check && update:
		return 0, usageError("the argument '--check' cannot be used with '--update'").
			WithHelp("`--check` compares and writes nothing")
	case update:
		return build.LockUpdate, nil
	case check:
		return build.LockCheck, nil
	}
	return build.LockShow, nil
}

func printLock(report *build.LockReport) error {
	data, err := json.MarshalIndent(report, "", "  ")
	if err == nil {
		_, err = os.Stdout.Write(append(data, '\n'))
	}
	return err
}
