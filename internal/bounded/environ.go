package bounded

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// ChosenByUser reports whether RUSTUP_TOOLCHAIN is somebody's wish. rustup's
// proxy, which started cargo and through it us, sets it in any case and says why
// in RUSTUP_TOOLCHAIN_SOURCE (rustup 1.28 and later): `cli` for `+name`, `env`
// where it was set before; otherwise an unbounded search found it.
func ChosenByUser(env map[string]string) bool {
	source, told := env["RUSTUP_TOOLCHAIN_SOURCE"]
	return !told || source == "cli" || source == "env"
}

// environ is the caller's environment with the bound, and without what rustup's
// proxy and cargo added to it for us, which would steer the cargo that we start.
func environ(caller map[string]string, bound, toolchain string) []string {
	env := maps.Clone(caller)
	if !ChosenByUser(env) {
		delete(env, "RUSTUP_TOOLCHAIN")
	}
	if own := env["CARGO"]; filepath.IsAbs(own) {
		added := filepath.Join(filepath.Dir(filepath.Dir(own)), "lib")
		if first, rest, more := strings.Cut(env["LD_LIBRARY_PATH"], string(filepath.ListSeparator)); first == added {
			env["LD_LIBRARY_PATH"] = rest
			if !more {
				delete(env, "LD_LIBRARY_PATH")
			}
		}
	}
	for _, name := range []string{"CARGO", "RUSTUP_TOOLCHAIN_SOURCE", "RUST_RECURSION_COUNT"} {
		delete(env, name)
	}
	if toolchain != "" {
		env["RUSTUP_TOOLCHAIN"] = toolchain
	}
	env[Switch] = bound
	return list(env)
}

// list is an environment as processes take it, sorted.
func list(env map[string]string) []string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, name+"="+env[name])
	}
	return pairs
}
