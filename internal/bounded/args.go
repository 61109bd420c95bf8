package bounded

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// args is what Plan has to know of cargo's arguments.
type args struct {
	verb        string // empty if there is none, as in `cargo --version`
	verbAt      int
	frontConfig bool // a `--config` in front of the verb
	manifest    bool // a --manifest-path behind it
}

// valueOptions are the options in front of the verb that take the next argument
// (cargo 1.95, `cargo --help`), besides `-Z`.
var valueOptions = []string{"--color", "--config", "--explain"}

// readArgs finds the verb. Cargo's own unstable `-C` is refused with
// diag.ExitUsage: it moves cargo after the searches were computed.
func readArgs(list []string) (args, error) {
	if len(list) > 0 && strings.HasPrefix(list[0], "+") {
		return args{}, diag.New(diag.ExitUsage, "a toolchain is chosen in front of `hermetic`").
			WithHelp("cargo %s hermetic --isolation roots ...", quote(list[0]))
	}
	var line args
	for at := 0; at < len(list) && list[at] != "--"; at++ {
		arg := list[at]
		if !strings.HasPrefix(arg, "-") {
			line.verb, line.verbAt = arg, at
			return line, line.readRest(list[at+1:])
		}
		if movesCargo(arg) {
			return args{}, diag.New(diag.ExitUsage, "cargo's own `-C` does not go with `--isolation roots`").
				Note("it would move cargo out of the directory from which the roots were found").
				WithHelp("put `-C DIR` in front of the verb as an argument of its own: cargo hermetic --isolation roots -C DIR ...")
		}
		if arg == "--config" || strings.HasPrefix(arg, "--config=") {
			line.frontConfig = true
		}
		if slices.Contains(valueOptions, arg) || !strings.HasPrefix(arg, "--") && strings.Index(arg, "Z") == len(arg)-1 {
			at++
		}
	}
	return line, nil
}

// movesCargo reports whether an option is `-C`, also in a group such as `-qC`.
// What follows a Z in a group is the value of `-Z`.
func movesCargo(arg string) bool {
	if strings.HasPrefix(arg, "--") {
		return false
	}
	group, _, _ := strings.Cut(arg, "Z")
	return strings.Contains(group, "C")
}

// readRest looks for a manifest behind the verb.
func (line *args) readRest(rest []string) error {
	for at, arg := range rest {
		if arg == "--" {
			break
		}
		name, value, attached := strings.Cut(arg, "=")
		if name != "--manifest-path" {
			continue
		}
		if !attached && at+1 < len(rest) {
			value = rest[at+1]
		}
		if value != "" && !filepath.IsAbs(value) {
			return errors.New("bounding cargo: the value of --manifest-path is not absolute")
		}
		line.manifest = true
	}
	return nil
}

// movable are the verbs that mean the same from any directory, given the
// manifest, and heed a `--config` behind them. Others do not: `run`, `new`,
// `init`, `install`, `vendor` and `fix` use the directory, and an external verb
// need not take `--config`. Of the external ones `clippy` is known to pass its
// arguments on to `cargo check`.
var movable = []string{
	"b", "bench", "build", "c", "check", "clean", "clippy", "d", "doc", "fetch", "generate-lockfile",
	"locate-project", "metadata", "pkgid", "rustc", "rustdoc", "t", "test", "tree", "update",
}

// badVerb says why the verb cannot start elsewhere or be given configuration by
// `--config`.
func (req *Request) badVerb(line args, handed bool) string {
	if !slices.Contains(movable, line.verb) && (handed || req.moves()) {
		return "what is not one of cargo's building verbs may use the directory and need not heed `--config`"
	}
	alias := "CARGO_ALIAS_" + strings.ToUpper(strings.ReplaceAll(line.verb, "-", "_"))
	if handed && slices.Contains(req.ConfigKeys, alias) { // cargo reads aliases before it reads `--config`
		return "the configuration makes `" + line.verb + "` an alias, which `--config` cannot"
	}
	return ""
}

// badLine says which argument would mean something else.
func (req *Request) badLine(line args, handed bool) string {
	switch {
	case handed && line.frontConfig:
		return "the `--config` in front of the verb would be replaced by those behind it"
	case !line.manifest && req.Manifest.Start != req.Manifest.Bound:
		return "without `--manifest-path` the manifest would be searched from the root"
	}
	return ""
}
