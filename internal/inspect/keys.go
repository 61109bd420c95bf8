package inspect

import (
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// verdict is what becomes of a configuration key.
type verdict int

const (
	refused  verdict = iota
	place            // names files: inside the root, or refused
	program          // names a program: in the root, in the system layer, on the world's PATH, or refused
	loader           // a list of directories for the dynamic loader: all inside the root, or refused
	provider         // gives credentials: cargo's own, or refused
	acts             // changes the build, and is a part of the root
	fetches          // acts on the fetch alone; what is fetched is checked against Cargo.lock
	idle             // does nothing to a hermetic build
)

// rule is one line of the table.
type rule struct {
	keys string // dotted; `*` is any one key, `**` at the end any number
	verdict
	why string
}

// rules is what every key of a configuration inside the root may do. The first
// line that matches counts. A build sees no configuration but that inside the
// root, in a world that holds nothing else, so what is not refused is a part of
// the root's content like any source file; what is refused would fail in the
// world, run something that nobody pinned, or mean another place than it says.
var rules = []rule{
	{"build.rustc", refused, "the compiler is pinned in `hermetic.lock`"},
	{"build.rustdoc", refused, "rustdoc is pinned in `hermetic.lock`"},
	{"build.rustc-wrapper", program, "runs in place of the compiler"},
	{"build.rustc-workspace-wrapper", program, "runs in place of the compiler"},
	{"target.*.linker", program, "links"},
	{"target.*.ar", program, "makes archives"},
	{"target.*.runner", program, "starts tests and benchmarks; `run` starts its program itself, outside"},
	{"host.linker", program, "links build scripts"},
	{"host.runner", program, "starts build scripts"},
	{"host.*.linker", program, "links build scripts"},
	{"host.*.runner", program, "starts build scripts"},

	{"env.LD_PRELOAD", refused, "it loads code into every program that the build runs"},
	{"env.LD_PRELOAD.**", refused, "it loads code into every program that the build runs"},
	{"env.LD_AUDIT", refused, "it loads code into every program that the build runs"},
	{"env.LD_AUDIT.**", refused, "it loads code into every program that the build runs"},
	{"env.DYLD_INSERT_LIBRARIES", refused, "it loads code into every program that the build runs"},
	{"env.DYLD_INSERT_LIBRARIES.**", refused, "it loads code into every program that the build runs"},
	{"env.LD_LIBRARY_PATH", loader, "where the loader looks first"},
	{"env.LD_LIBRARY_PATH.value", loader, "where the loader looks first"},
	{"env.DYLD_LIBRARY_PATH", loader, "where the loader looks first"},
	{"env.DYLD_LIBRARY_PATH.value", loader, "where the loader looks first"},
	{"env.DYLD_FALLBACK_LIBRARY_PATH", loader, "where the loader looks"},
	{"env.DYLD_FALLBACK_LIBRARY_PATH.value", loader, "where the loader looks"},
	{"env.**", acts, "environment of the compiler and of build scripts"},

	{"credential-alias.**", refused, "it runs a program with the user's credentials"},
	{"registry.credential-provider", provider, "gives credentials to the fetch"},
	{"registry.global-credential-providers", provider, "gives credentials to the fetch"},
	{"registries.*.credential-provider", provider, "gives credentials to the fetch"},

	{"paths", place, "takes the place of dependencies"},
	{"patch.*.*.path", place, "takes the place of a dependency"},
	{"patch.**", acts, "takes the place of a dependency"},
	{"source.*.directory", place, "where crates come from"},
	{"source.*.local-registry", place, "where crates come from"},
	{"source.**", fetches, "where crates come from"},
	{"registry.**", fetches, "where crates come from"},
	{"registries.**", fetches, "where crates come from"},
	{"http.**", fetches, "how they are fetched"},
	{"net.**", fetches, "how they are fetched"},

	{"build.target-dir", idle, "outputs are in `target/hermetic`"},
	{"build.build-dir", idle, "outputs are in `target/hermetic`"},
	{"build.artifact-dir", idle, "outputs are in `target/hermetic`"},
	{"build.incremental", idle, "incremental compilation is off"},
	{"alias.**", idle, "a verb of this tool is always cargo's own"},
	{"cache.**", idle, "the world's cargo home is empty"},
	{"cargo-new.**", idle, ""},
	{"doc.**", idle, "no browser is opened"},
	{"install.**", idle, ""},
	{"term.**", idle, "the look of the output"},
	{"future-incompat-report.**", idle, "the look of the output"},

	{"**", acts, "part of the root"},
}

// Setting is a configuration key inside the root, and what it does.
type Setting struct {
	Key    string `json:"key"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Effect string `json:"effect"` // acts, fetches, idle
	Why    string `json:"why,omitempty"`
}

// ruleFor returns the first rule that matches a path of keys.
func ruleFor(at []string) rule {
	for _, r := range rules {
		if head, ok := strings.CutSuffix(r.keys, "**"); ok {
			head = strings.TrimSuffix(head, ".")
			if n := strings.Count(head, ".") + 1; head == "" || len(at) > n && config.Matches(head, at[:n]) {
				return r
			}
		} else if config.Matches(r.keys, at) {
			return r
		}
	}
	return rule{verdict: refused, why: "no rule knows it"} // the last rule matches everything
}

// keys judges every key of the merged configuration.
func (r *Result) keys(root string) {
	r.Configuration.Merged.Walk(func(at []string, v *config.Value) {
		rule := ruleFor(at)
		for _, element := range elements(v) {
			if why := rule.objection(root, at, element, r.Configuration.Merged); why != "" {
				place := element.Position()
				r.refuse(diag.New(diag.ExitPolicy, "the configuration key `%s` %s", keyText(at), why).
					In(place.File, place.Line, place.Column).
					WithHelp("remove it from the configuration inside the root"))
				return
			}
		}
		where := v.Position()
		r.Settings = append(r.Settings, Setting{keyText(at), where.File, where.Line, rule.effect(), rule.why})
	})
}

// elements are the values of a list, or the value itself.
func elements(v *config.Value) []*config.Value {
	if v.Scalar != nil {
		return []*config.Value{v}
	}
	return v.List
}

func keyText(at []string) string {
	keys := make([]any, len(at))
	for i, key := range at {
		keys[i] = key
	}
	return toml.Key(keys...)
}

func (r rule) effect() string {
	switch r.verdict {
	case fetches, provider:
		return "fetches"
	case idle:
		return "idle"
	}
	return "acts"
}

// objection says why a value may not stand there, or nothing.
func (r rule) objection(root string, at []string, v, merged *config.Value) string {
	text := v.Text()
	base := v.Base(root)
	switch r.verdict {
	case refused:
		return "is not allowed: " + r.why
	case place:
		if why, _, ok := leaves(root, base, text); ok {
			return why + ": `" + text + "`"
		}
	case program:
		if isList := merged.Get(at...).Scalar == nil; isList && v != merged.Get(at...).List[0] {
			return "" // an argument
		}
		name, _, _ := strings.Cut(text, " ")
		return badProgram(root, base, name)
	case loader:
		relative := len(at) == 3 && isTrue(merged.Get(at[0], at[1], "relative"))
		for dir := range strings.SplitSeq(text, string(filepath.ListSeparator)) {
			if !relative {
				return "names directories by what is no path of the root: `" + dir + "`"
			}
			if why, _, ok := leaves(root, base, dir); ok {
				return why + ": `" + dir + "`"
			}
		}
	case provider:
		if name, _, _ := strings.Cut(text, " "); !strings.HasPrefix(name, "cargo:") || name == "cargo:token-from-stdout" {
			return "is not allowed: it runs a program with the user's credentials: `" + text + "`"
		}
	}
	return ""
}

func isTrue(v *config.Value) bool {
	if v == nil {
		return false
	}
	b, _ := v.Scalar.(bool)
	return b
}

// systemPlaces are where the system layer is in a world. `/usr/local` is in no
// package.
var systemPlaces = []string{"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/bin/", "/sbin/", "/lib/"}

// badProgram says why a program is not one of the world. A bare name is looked
// for on the world's PATH, where only pinned programs are.
func badProgram(root, base, name string) string {
	if !strings.ContainsAny(name, `/\`) {
		return ""
	}
	for _, dir := range systemPlaces {
		if strings.HasPrefix(name, dir) && filepath.ToSlash(filepath.Clean(name)) == name {
			return ""
		}
	}
	if why, _, ok := leaves(root, base, name); ok {
		return "names a program that " + why + ": `" + name + "`"
	}
	return ""
}
