package explain

import (
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// compilers are the names under which build scripts look for a C compiler, also
// behind a target triple (`aarch64-linux-gnu-gcc`) and before a version.
var compilers = map[string]bool{"cc": true, "gcc": true, "clang": true, "c++": true, "g++": true, "clang++": true, "c89": true, "c99": true, "tcc": true, "cpp": true}

func isCompiler(program string) bool {
	begin, end, ok := cutLast(program, "-")
	if ok && strings.Trim(end, "0123456789.") == "" {
		program = begin
	}
	if _, end, ok := cutLast(program, "-"); ok {
		program = end
	}
	return compilers[program]
}

// cutLast cuts a text at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}

// withoutCompiler finishes what is said of a compiler that the policy forbids:
// who has it on this host is beside the point.
func withoutCompiler(f finding, p *observation.Process, asked policy.System) finding {
	f.Code, f.packaged = Compiler, false
	f.Has = "hermetic.toml says `c-compiler = \"none\"`, so there is no C compiler"
	switch {
	case p.Role == observation.Rustc && !asked.OwnLinker():
		f.What += " to link with"
		f.Help = "link with the toolchain's own linker: add `linker = \"rust-lld\"` to `[system]` of hermetic.toml, then run: cargo hermetic lock --update"
	case p.Role == observation.Rustc:
		f.What += " to link with"
		f.Help = "`linker = \"rust-lld\"` is for programs of the host: name a linker for this target in `.cargo/config.toml` of the root"
	default:
		f.Help = "use a crate, or a feature of this one, that has no C in it; or allow one: remove `c-compiler` from `[system]` of hermetic.toml, then run: cargo hermetic lock --update"
	}
	return f
}
