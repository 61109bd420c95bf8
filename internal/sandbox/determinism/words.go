package determinism

import (
	"slices"
	"strings"
)

// What a program is told of how the caller wants to see things and how fast, and
// not of what it is to do. Were it part of a program's place, a wider terminal
// or one job more would change what the program draws.
var (
	shown = []string{
		"--diagnostic-width=", "--error-format=", "--json=", "--color=", // rustc and rustdoc, by cargo
	}
	circumstances = []string{
		"NUM_JOBS=",             // of a build script: as many as cargo runs at once
		"LD_LIBRARY_PATH=",      // of a build script: under `check` shorter than under `build`
		"CARGO_MAKEFLAGS=",      // descriptors of the jobserver, numbered as they come
		"MAKEFLAGS=", "MFLAGS=", // the same, by make and build scripts
	}
)

// Words returns what of a program's arguments counts for its place. The first one, its
// own name, always does.
func Words(argv []string) (args []string) {
	for i, arg := range argv {
		if i == 0 || !hasPrefix(arg, shown) {
			args = append(args, arg)
		}
	}
	return args
}

// Variables returns what of a program's environment counts for its place, sorted.
func Variables(env []string) (variables []string) {
	for _, v := range env {
		if !hasPrefix(v, circumstances) {
			variables = append(variables, v)
		}
	}
	slices.Sort(variables)
	return variables
}

func hasPrefix(text string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}
