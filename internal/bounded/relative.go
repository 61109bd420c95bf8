package bounded

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// placeVariables name a directory or file and are taken relative to the working
// directory (cargo's reference, "Environment Variables"; rustup's book).
var placeVariables = []string{
	"CARGO_BUILD_BUILD_DIR", "CARGO_BUILD_DEP_INFO_BASEDIR", "CARGO_BUILD_TARGET_DIR", "CARGO_HOME",
	"CARGO_HTTP_CAINFO", "CARGO_TARGET_DIR", "HOME", "RUSTUP_HOME",
}

// isProgram reports whether a variable names a program for cargo to start.
func isProgram(name string) bool {
	if runtime.GOOS == "windows" {
		name = strings.ToUpper(name)
	}
	name = strings.TrimPrefix(name, "CARGO_BUILD_")
	switch name {
	case "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC":
		return true
	}
	return strings.HasPrefix(name, "CARGO_TARGET_") && (strings.HasSuffix(name, "_LINKER") || strings.HasSuffix(name, "_RUNNER"))
}

// isRelative reports whether a variable of cargo's names a place or a program
// that is relative to the working directory.
func isRelative(name, value string) bool {
	switch {
	case value == "":
		return false
	case slices.ContainsFunc(placeVariables, func(known string) bool { return sameName(name, known) }):
		return !filepath.IsAbs(value)
	case isProgram(name): // a bare name is searched on the PATH
		return !filepath.IsAbs(value) && strings.ContainsAny(value, `/`+string(filepath.Separator))
	case sameName(name, "PATH"):
		return slices.ContainsFunc(filepath.SplitList(value), func(dir string) bool { return !filepath.IsAbs(dir) })
	}
	return false
}
