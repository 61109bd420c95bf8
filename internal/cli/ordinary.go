package cli

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
)

// ordinary is a command line under `--isolation roots`: any verb of the user's
// own cargo, of whose arguments we take ours and leave the rest as they are.
type ordinary struct {
	chdir    string   // of -C, empty if not given
	roots    []string // of --root
	manifest string   // of --manifest-path, as given
	verb     string
	args     []string // for cargo, verb and all, without ours
	fixedDir bool     // the arguments mean something relative to the directory
}

// rootsIsolation is the name of the isolation that runs ordinary cargo.
const rootsIsolation = "roots"

// isOrdinary reports whether a command line asks for `--isolation roots`. What
// follows `--` is not ours.
func isOrdinary(args []string) bool {
	for i, arg := range args {
		if arg == "--" {
			return false
		}
		if arg == "--isolation="+rootsIsolation || arg == "--isolation" && i+1 < len(args) && args[i+1] == rootsIsolation {
			return true
		}
	}
	return false
}

// ownVerbs are ours, and have no meaning for ordinary cargo. `fetch` is cargo's
// there; `roots` explains both isolations.
var ownVerbs = []string{"lock", "plan", "doctor", "audit"}

// parseOrdinary reads a command line for which isOrdinary holds. Ours are
// `--isolation` and `-C` and `--root` before the verb, and behind the verb
// `--isolation`, and `--root` where the verb is one of those with a hermetic
// form: for others it may be cargo's own.
func parseOrdinary(args []string) (*ordinary, error) {
	o := &ordinary{}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			o.args = append(append(o.args, arg), args...)
			break
		}
		name, value, attached := strings.Cut(arg, "=")
		if o.ours(name) {
			if !attached {
				if len(args) == 0 {
					return nil, usageError("a value is required for '%s' but none was supplied", name).
						WithHelp("write `%s VALUE`", name)
				}
				value, args = args[0], args[1:]
			}
			o.take(name, value)
			continue
		}
		o.args = append(o.args, arg)
		switch {
		case o.verb != "":
			args = o.note(name, value, attached, args)
		case !strings.HasPrefix(arg, "-"):
			o.verb = arg
		case !attached && slices.Contains([]string{"--color", "--config", "-Z"}, arg) && len(args) > 0:
			args = o.note(name, value, attached, args)
			o.args, args = append(o.args, args[0]), args[1:]
		}
	}
	if slices.Contains(ownVerbs, o.verb) {
		return nil, usageError("`%s` has no form under `--isolation roots`", o.verb).
			Note("that runs ordinary cargo, with nothing pinned").
			WithHelp("leave out `--isolation roots`")
	}
	if full, ok := shortVerbs[o.verb]; ok {
		o.verb = full
	}
	o.fixedDir = o.fixedDir || !slices.Contains(movable, o.verb)
	return o, nil
}

// ours reports whether a flag is ours where it stands.
func (o *ordinary) ours(name string) bool {
	switch name {
	case "--isolation":
		return true
	case "--root":
		verb := o.verb
		if full, ok := shortVerbs[verb]; ok {
			verb = full
		}
		return verb == "" || knownVerbNamed(verb).name != ""
	case "-C":
		return o.verb == ""
	}
	return false
}

func (o *ordinary) take(name, value string) {
	switch name {
	case "--root":
		o.roots = append(o.roots, value)
	case "-C":
		o.chdir = value
	}
}

// movable are the verbs that mean the same from any directory, given the
// manifest.
var movable = []string{
	"build", "check", "clippy", "doc", "rustc", "rustdoc", "test", "bench", "metadata", "tree", "fetch", "pkgid",
	"locate-project", "update", "generate-lockfile", "clean",
}

// placeFlags take a path that is relative to the directory.
var placeFlags = []string{"--target-dir", "--artifact-dir", "--out-dir", "--config", "--lockfile-path", "--path", "--target"}

// note looks at an argument that stays cargo's: the manifest, and whether it
// means a place. The value of the manifest becomes absolute later.
func (o *ordinary) note(name, value string, attached bool, rest []string) []string {
	if !attached && len(rest) > 0 {
		value = rest[0]
	}
	switch {
	case name == "--manifest-path" && value != "":
		o.args = o.args[:len(o.args)-1]
		o.manifest = value
		if !attached {
			rest = rest[1:]
		}
	case slices.Contains(placeFlags, name) && !filepath.IsAbs(value) && (name != "--target" || strings.HasSuffix(value, ".json")):
		o.fixedDir = true
	}
	return rest
}

// request is the build floor's form of it.
func (o *ordinary) request(h *build.Host) *build.Ordinary {
	r := &build.Ordinary{Verb: o.verb, Args: o.args, Roots: o.roots, FixedDir: o.fixedDir}
	if o.manifest != "" {
		r.Manifest = h.Absolute(o.manifest)
	}
	return r
}
