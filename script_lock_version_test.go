//go:build linux

package hermetic_test

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { commands["versionof"] = versionOf }

// versionOf: `versionof VARIABLE PACKAGE`: the version of a package of dpkg's on
// this host, for files that are compared by `cmpenv`.
func versionOf(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "versionof VARIABLE PACKAGE")
	version, err := output("dpkg-query", "--show", "--showformat=${Version}", args[1])
	ts.Check(err)
	if strings.TrimSpace(version) == "" {
		ts.Fatalf("the package `%s` is not installed", args[1])
	}
	ts.Setenv(args[0], version)
}
