//go:build !windows

package roots_test

import (
	"path/filepath"
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
}

// failedPath is a file that cargo could not read.
var failedPath = regexp.MustCompile("failed to read `([^`]+)`")

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
	if m := failedPath.FindStringSubmatch(a.errors); m != nil && !isIn(keep, relativeTo(top, filepath.Clean(m[1]))) {
		return "a manifest names what is outside the root"
	}
	return ""
}

// failures are the kinds of failure that both have, by words of ours and theirs.
var failures = []struct{ kind, ours, theirs string }{
	{"no first manifest", "could not find `Cargo.toml`", "could not find `Cargo.toml`"},
	{"no such manifest", "manifest path `", "manifest path `"},
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
