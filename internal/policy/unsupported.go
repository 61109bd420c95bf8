package policy

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// unsupported refuses the keys that the design has and this version does not
// carry out. Passing over them would build something else than what was asked.
func unsupported(doc *toml.Document, d *document, toolVersion string) []toml.Problem {
	var problems []toml.Problem
	refuse := func(path ...any) {
		problems = append(problems, toml.Problem{
			At:      doc.At(path...),
			Message: fmt.Sprintf("cargo-hermetic %s does not support the key `%s` yet", toolVersion, toml.Key(path...)),
			Help:    "remove the key, or use a version that supports it",
		})
	}
	if d.World.Git != nil {
		refuse("world", "git")
	}
	if d.World.Paths != nil {
		refuse("world", "paths")
	}
	if packages, ok := d.Package.(map[string]any); ok && len(packages) > 0 {
		for name := range packages {
			refuse("package", name)
		}
	} else if d.Package != nil {
		refuse("package")
	}
	return problems
}

// checkMinVersion compares `min-version` before anything else is looked at: a
// file for a newer version may well hold keys that this one does not know.
func checkMinVersion(doc *toml.Document, toolVersion string) error {
	var d struct {
		MinVersion *string `toml:"min-version"`
	}
	if problems := doc.DecodeLoose(&d); len(problems) > 0 || d.MinVersion == nil {
		return nil // a wrong type is reported with everything else, by the strict decoding
	}
	at := doc.At("min-version")
	want, ok := parseVersion(*d.MinVersion)
	if !ok {
		return diag.New(diag.ExitPolicy, "`min-version` must be a version such as `0.1` or `0.1.2`, but is `%s`", *d.MinVersion).
			In(at.File, at.Line, at.Column)
	}
	have, ok := parseVersion(toolVersion)
	if !ok {
		return diag.New(diag.ExitPolicy, "`%s` asks for cargo-hermetic %s or newer, and this build has no version to compare (`%s`)",
			at.File, *d.MinVersion, toolVersion).
			In(at.File, at.Line, at.Column).
			WithHelp("use a released version of cargo-hermetic")
	}
	if have.less(want) {
		return diag.New(diag.ExitPolicy, "`%s` asks for cargo-hermetic %s or newer, and this is %s", at.File, *d.MinVersion, toolVersion).
			In(at.File, at.Line, at.Column).
			WithHelp("install cargo-hermetic %s or newer", *d.MinVersion)
	}
	return nil
}
