package cli

import (
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// explainRoots prints how cargo's searches are bounded. What a build would
// refuse is the error, behind the report.
func explainRoots(h *build.Host, o *build.Options, inv *invocation) error {
	report, err := build.Explain(h, o)
	if report.Isolation == "" {
		return err
	}
	var data []byte
	var writeErr error
	if inv.format == "json" {
		data, writeErr = report.JSON()
	} else {
		data = []byte(report.Text())
	}
	if writeErr == nil {
		_, writeErr = os.Stdout.Write(data)
	}
	if writeErr != nil {
		return diag.Join(writeErr, err)
	}
	return err
}
