//go:build !windows

package roots_test

import (
	"path"
	"regexp"
	"strings"
)

// unmodelledErrors are the reasons for which cargo fails and ours does not,
// because package roots does not model them: by the text of the error.
var unmodelledErrors = []string{
	overflow, // a package that inherits, with `workspace = "."` and no workspace there
	"two packages named",
	"is listed in default-members but is not a member",
	"cannot configure both `package.workspace` and `[workspace]`",
	"manifest is missing either a `[package]` or a `[workspace]`",
	"error inheriting",                // from a workspace that does not have it
	"failed to find a workspace root", // to inherit from
	"invalid type: integer `3`",       // `name = 3`
	"cyclic package dependency",       // of the whole graph
	"the workspace has no members.",   // of the whole graph
}

// unmodelled says for which reason outside the model cargo failed, or nothing.
func (c *comparison) unmodelled(a answer, top, keep string) string {
	if a.ok {
		return ""
	}
	for _, text := range unmodelledErrors {
		if strings.Contains(a.errors, text) {
			return text
		}
	}
	for _, named := range namedPath.FindAllStringSubmatch(a.errors, -1) {
		if !isIn(keep, relativeTo(top, path.Clean(named[1]+named[2]))) {
			return "a manifest names what is outside the root" // and that is not in the bare tree
		}
	}
	return ""
}

// namedPath is a path in an error of cargo.
var namedPath = regexp.MustCompile("`(/[^`\n]*)`|actual: +(/[^\n]*)")

// noSuchManifest is the failure that the generator makes almost never: it names
// manifests that there are.
const noSuchManifest = "no such manifest"

// failures are the kinds of failure that both have, by words of ours and theirs.
var failures = []struct{ kind, ours, theirs string }{
	{"no first manifest", "could not find `Cargo.toml`", "could not find `Cargo.toml`"},
	{noSuchManifest, "manifest path `", "manifest path `"},
	{"several roots", "multiple workspace roots", "multiple workspace roots"},
	{"not below the root", "is not hierarchically below", "is not hierarchically below"},
	{"wrong workspace", "member of the wrong workspace", "member of the wrong workspace"},
	{"not a member", "believes it's in a workspace", "believes it's in a workspace"},
	{"pointer to no workspace", "which is not configured with [workspace]", "which is not configured with [workspace]"},
	{"pointer to no workspace", "which is not configured with [workspace]", "root of a workspace inferred but wasn't a root"},
	{"pattern", "could not parse pattern", "could not parse pattern"},
	{"unreadable manifest", "failed to read `", "failed to read `"},
	{"malformed manifest", "invalid TOML", "failed to parse manifest"},
	{"malformed manifest", "invalid TOML", "Cargo.toml:"}, // a place in it
}

func kindOfOurs(err error) string {
	for _, f := range failures {
		if strings.Contains(err.Error(), f.ours) {
			return f.kind
		}
	}
	return err.Error()
}

func kindOfTheirs(a answer) string {
	for _, f := range failures {
		if strings.Contains(a.errors, f.theirs) {
			return f.kind
		}
	}
	return lastLine(a.errors)
}
