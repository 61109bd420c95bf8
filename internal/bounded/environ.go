package bounded

import (
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

const (
	toolchainVariable = "RUSTUP_TOOLCHAIN"
	sourceVariable    = "RUSTUP_TOOLCHAIN_SOURCE"
	recursionVariable = "RUST_RECURSION_COUNT"
)

// Values of RUSTUP_TOOLCHAIN_SOURCE, as the proxies of rustup 1.29 set it:
// `+name` and a variable that was there before are a wish, the others are what a
// search without a bound found.
var (
	wishedSources = []string{"cli", "env"}
	foundSources  = []string{"default", "path-override", "toolchain-file"}
)

// ChosenByUser reports whether RUSTUP_TOOLCHAIN, if it is set, is somebody's
// wish. rustup's proxy, which started cargo and through it us, sets it in any
// case; where it does not say why, this is false, and Plan refuses a toolchain
// that differs.
func ChosenByUser(env map[string]string) bool {
	if lookup(env, recursionVariable) == "" && lookup(env, sourceVariable) == "" {
		return true // no proxy was there
	}
	return slices.Contains(wishedSources, env[lookup(env, sourceVariable)])
}

// environ is the caller's environment with the bound, and without what rustup's
// proxy and cargo added to it for us, which would steer the cargo that we start.
func environ(caller map[string]string, bound, toolchain string) (map[string]string, error) {
	env := make(map[string]string, len(caller)+2)
	maps.Copy(env, caller)
	source, had := env[lookup(env, sourceVariable)], env[lookup(env, toolchainVariable)]
	if !ChosenByUser(env) {
		if !slices.Contains(foundSources, source) && had != "" && had != toolchain {
			return nil, diag.New(diag.ExitIsolation, "this rustup does not tell whether `%s` was chosen or found", had).
				Note("a toolchain file above the root may have named it; inside the root it is `%s`", toolchain).
				WithHelp("rustup self update")
		}
		remove(env, toolchainVariable)
	}
	dropLibraries(env)
	for _, name := range []string{"CARGO", sourceVariable, recursionVariable, Switch} {
		remove(env, name)
	}
	if toolchain != "" {
		remove(env, toolchainVariable)
		env[toolchainVariable] = toolchain
	}
	env[Switch] = bound
	return env, nil
}

// dropLibraries removes the library directory of the toolchain that started us,
// which rustup's proxy puts in front: another toolchain must not load from it.
func dropLibraries(env map[string]string) {
	own := env[lookup(env, "CARGO")] // <toolchain>/bin/cargo
	if !filepath.IsAbs(own) {
		return
	}
	added := filepath.Join(filepath.Dir(filepath.Dir(own)), "lib")
	for _, name := range []string{"LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"} {
		first, rest, more := strings.Cut(env[name], string(filepath.ListSeparator))
		switch {
		case first != added:
		case more:
			env[name] = rest
		default:
			delete(env, name)
		}
	}
}

// sameName compares the names of variables, which on Windows have no case.
func sameName(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// lookup returns the name under which a variable is set, or empty.
func lookup(env map[string]string, name string) string {
	for have := range env {
		if sameName(have, name) {
			return have
		}
	}
	return ""
}

func remove(env map[string]string, name string) {
	maps.DeleteFunc(env, func(have, _ string) bool { return sameName(have, name) })
}

// list is an environment as a process takes it, sorted by name.
func list(env map[string]string) []string {
	pairs := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, name+"="+env[name])
	}
	return pairs
}
