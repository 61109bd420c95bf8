package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// AppArmor writes the profile that lets this program, at the path where it is
// now, make user namespaces on a host that restricts them (Ubuntu 23.10 and
// later). It restricts nothing: the worlds do that themselves.
func AppArmor() (string, error) {
	exe, err := os.Executable()
	if err == nil {
		exe, err = filepath.EvalSymlinks(exe)
	}
	if err != nil {
		return "", diag.Wrap(err, "finding the path of this program")
	}
	return profile(exe)
}

func profile(exe string) (string, error) {
	if !utf8.ValidString(exe) || strings.ContainsFunc(exe, func(r rune) bool { return r == '"' || !unicode.IsPrint(r) }) {
		return "", diag.New(diag.ExitFailed, "the path %q of this program cannot stand in a profile of AppArmor", exe).
			WithHelp("move the program to a directory with a plain name")
	}
	// What apparmor.d(5) would take for a pattern or a variable.
	path := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`, `^`, `\^`, `@`, `\@`).Replace(exe)
	return `# Lets cargo-hermetic make user namespaces where AppArmor restricts them.
# Install it as root:
#   cargo hermetic doctor --print-apparmor > /etc/apparmor.d/cargo-hermetic
#   apparmor_parser -r /etc/apparmor.d/cargo-hermetic
# Without a profile, for every program on this host:
#   sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
abi <abi/4.0>,
include <tunables/global>

profile cargo-hermetic "` + path + `" flags=(unconfined) {
  userns,

  include if exists <local/cargo-hermetic>
}
`, nil
}
