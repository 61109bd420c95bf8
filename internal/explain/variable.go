package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// variables finds what a build script or `env!` reads, the caller has set, and
// the policy does not pass on. No record shows that a program reads a variable;
// these say it themselves.
func (b Build) variables(units []unit) []finding {
	var names []string
	readers := map[string]string{}
	for _, r := range b.Said.reads() {
		if !b.Host.Variable(r.name) || !b.passable(r.name) || readers[r.name] != "" {
			continue
		}
		names = append(names, r.name)
		switch {
		case r.who != "":
			readers[r.name] = plain(r.who) + " (build script)"
		case len(units) == 1:
			readers[r.name] = units[0].who(units[0].top)
		default:
			readers[r.name] = "the build"
		}
	}
	var found []finding
	for _, name := range names {
		allow := slices.Concat(b.Policy.Env.Allow, names)
		slices.Sort(allow)
		found = append(found, finding{Note: Note{
			Code: Variable,
			Who:  readers[name],
			What: fmt.Sprintf("reads the variable `%s`", name),
			Has:  "your environment has it, and the build has not",
			Help: fmt.Sprintf("add to hermetic.toml: [env] allow = %s, or give it once: --allow-env %s", list(slices.Compact(allow)), name),
		}})
	}
	return found
}

// passable reports whether the policy does not have a variable and could: the
// name is one, and no world holds it constant.
func (b Build) passable(name string) bool {
	if _, set := b.Policy.Env.Set[name]; set || slices.Contains(b.Policy.Env.Allow, name) {
		return false
	}
	// cargo sets these itself for what it runs.
	if strings.HasPrefix(name, "CARGO_PKG_") || name == "OUT_DIR" {
		return false
	}
	return (&policy.Policy{}).AllowEnv([]string{name}) == nil
}

// list is a TOML array of strings that need no escape.
func list(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = `"` + name + `"`
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
