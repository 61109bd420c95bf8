package lock

import (
	"fmt"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// document is hermetic.lock as it is written. Pointers tell a missing key from
// an empty one: every key must be there.
type document struct {
	Version *int64 `toml:"version"`
	Policy  struct {
		Digest *string `toml:"digest"`
	} `toml:"policy"`
	Toolchain struct {
		Channel    *string   `toml:"channel"`
		Release    *string   `toml:"release"`
		Commit     *string   `toml:"commit"`
		Host       *string   `toml:"host"`
		Components *[]string `toml:"components"`
		Layer      *string   `toml:"layer"`
	} `toml:"toolchain"`
	System struct {
		Image        *string   `toml:"image"` // only in version 2, and there always
		Source       *string   `toml:"source"`
		Architecture *string   `toml:"architecture"`
		Requested    *[]string `toml:"requested"`
		Packages     *[]string `toml:"packages"`
		Layer        *string   `toml:"layer"`
	} `toml:"system"`
}

// Parse reads hermetic.lock. file is its name for messages. Errors are
// *diag.Diagnostic with exit code diag.ExitLock, places, and a help line.
func Parse(file string, data []byte) (*Lock, error) {
	l, err := parse(file, data)
	if err != nil {
		if d, ok := err.(*diag.Diagnostic); ok && d.Help == "" {
			d.Help = "to make it anew, run `cargo hermetic lock --update`"
		}
		return nil, err
	}
	return l, nil
}

func parse(file string, data []byte) (*Lock, error) {
	if err := unmerged(file, data); err != nil {
		return nil, err
	}
	doc, err := toml.Parse(diag.ExitLock, file, data)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(doc, file); err != nil {
		return nil, err
	}
	var d document
	if err := toml.Report(diag.ExitLock, file, doc.Decode(&d)); err != nil {
		return nil, err
	}
	if err := toml.Report(diag.ExitLock, file, missing(doc, &d)); err != nil {
		return nil, err
	}
	l, problems := convert(doc, &d)
	for _, f := range l.check() {
		problems = append(problems, toml.Problem{At: doc.At(f.path...), Message: f.message})
	}
	if err := toml.Report(diag.ExitLock, file, problems); err != nil {
		return nil, err
	}
	return l, nil
}

// checkVersion looks at `version` before anything else: a newer file may well
// hold keys that this version does not know.
func checkVersion(doc *toml.Document, file string) error {
	var d struct {
		Version *int64 `toml:"version"`
	}
	if err := toml.Report(diag.ExitLock, file, doc.DecodeLoose(&d)); err != nil {
		return err
	}
	at := doc.At("version")
	switch {
	case d.Version == nil:
		return diag.New(diag.ExitLock, "missing key `version`").In(file, 0, 0)
	case *d.Version > Version:
		return newer(file, *d.Version, at)
	case *d.Version < firstVersion:
		return diag.New(diag.ExitLock, "`version` is %d, and the first was %d", *d.Version, firstVersion).In(file, at.Line, at.Column)
	}
	return nil
}

func newer(file string, version int64, at diag.Position) *diag.Diagnostic {
	return diag.New(diag.ExitLock, "`%s` was made by a newer cargo-hermetic: its version is %d, and this one reads up to %d", file, version, Version).
		In(file, at.Line, at.Column).
		WithHelp("install the cargo-hermetic that the project uses")
}

// Newer refuses a lock that a newer version made, also one in the middle of a
// merge, and nothing else. Whoever is about to replace a lock that Parse does not
// read asks it first: what the others of the project can read is not damaged.
func Newer(file string, data []byte) error {
	doc, err := toml.Parse(diag.ExitLock, file, oneSide(data))
	if err != nil {
		return nil
	}
	if version, ok := doc.Values()["version"].(int64); ok && version > Version {
		return newer(file, version, doc.At("version"))
	}
	return nil
}

// missing lists the keys that are not there.
func missing(doc *toml.Document, d *document) []toml.Problem {
	var problems []toml.Problem
	for _, key := range []struct {
		table, name string
		there       bool
	}{
		{"policy", "digest", d.Policy.Digest != nil},
		{"toolchain", "channel", d.Toolchain.Channel != nil},
		{"toolchain", "release", d.Toolchain.Release != nil},
		{"toolchain", "commit", d.Toolchain.Commit != nil},
		{"toolchain", "host", d.Toolchain.Host != nil},
		{"toolchain", "components", d.Toolchain.Components != nil},
		{"toolchain", "layer", d.Toolchain.Layer != nil},
		{"system", "source", d.System.Source != nil},
		{"system", "architecture", d.System.Architecture != nil},
		{"system", "requested", d.System.Requested != nil},
		{"system", "packages", d.System.Packages != nil},
		{"system", "layer", d.System.Layer != nil},
	} {
		if !key.there {
			problems = append(problems, toml.Problem{
				At:      doc.At(key.table),
				Message: fmt.Sprintf("missing key `%s.%s`", key.table, key.name),
			})
		}
	}
	// A version that Encode would not have written.
	switch has := d.System.Image != nil; {
	case has && *d.Version < imageVersion:
		problems = append(problems, toml.Problem{
			At:      doc.At("system", "image"),
			Message: fmt.Sprintf("`system.image` came with version %d, and this is version %d", imageVersion, *d.Version),
		})
	case !has && *d.Version == imageVersion, has && *d.System.Image == "":
		problems = append(problems, toml.Problem{At: doc.At("system"), Message: "missing key `system.image`"})
	}
	return problems
}
