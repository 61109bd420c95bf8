package explain

import (
	"path"
	"strings"
)

// benign are files that programs look for without needing them, and which are
// passed over: each with the reason. A pattern that ends in `/` is a directory
// with all that is in it; others are of path.Match.
var benign = []struct{ pattern, reason string }{
	{"/etc/ld.so.*", "the dynamic loader asks in every program, and has defaults"},
	{"/*/glibc-hwcaps/", "the dynamic loader's variants for newer processors"},
	{"/usr/lib/*/glibc-hwcaps/", "the dynamic loader's variants for newer processors"},
	{"/etc/suid-debug", "glibc's malloc asks in programs with more rights"},
	{"/etc/nsswitch.conf", "glibc has defaults"},
	{"/etc/host.conf", "of use only with a network"},
	{"/etc/gai.conf", "of use only with a network"},
	{"/etc/resolv.conf", "whom to ask for addresses: who opens it gets a note about the network"},
	{"/etc/hosts", "of use only with a network"},
	{"/etc/services", "of use only with a network"},
	{"/etc/protocols", "of use only with a network"},
	{"/etc/ssl/", "certificates and defaults, of use only with a network"},
	{"/usr/lib/ssl/", "certificates and defaults, of use only with a network"},
	{"/usr/share/ca-certificates/", "certificates, of use only with a network"},
	{"/var/run/nscd/", "a cache of user names that few hosts have"},
	{"/run/nscd/", "a cache of user names that few hosts have"},
	{"/etc/localtime", "the time zone, which every world holds constant"},
	{"/etc/timezone", "the time zone, which every world holds constant"},
	{"/usr/share/zoneinfo/", "the time zone, which every world holds constant"},
	{"/usr/lib/locale/", "the language, which every world holds constant"},
	{"/usr/share/locale/", "translations of messages"},
	{"/usr/share/locale-langpack/", "translations of messages"},
	{"/usr/lib/*/gconv/", "character sets beside UTF-8"},
	{"/usr/share/i18n/", "character sets beside UTF-8"},
	{"/etc/terminfo/", "the terminal's abilities: programs write plain text without"},
	{"/lib/terminfo/", "the terminal's abilities: programs write plain text without"},
	{"/usr/lib/terminfo/", "the terminal's abilities: programs write plain text without"},
	{"/usr/share/terminfo/", "the terminal's abilities: programs write plain text without"},
	{"/etc/gitconfig", "git's settings for a machine, which it asks for at every start"},
	{"/etc/gitattributes", "git's settings for a machine, which it asks for at every start"},
	{"/etc/inputrc", "settings of a line editor"},
	{"/etc/machine-id", "who the host is, which no build may depend on"},
	{"/var/lib/dbus/", "who the host is, which no build may depend on"},
	{"/etc/os-release", "what the host is, which no build may depend on"},
	{"/usr/lib/os-release", "what the host is, which no build may depend on"},
	{"/etc/lsb-release", "what the host is, which no build may depend on"},
	{"/etc/debian_version", "what the host is, which no build may depend on"},
	{"/etc/profile", "settings of a login"},
	{"/etc/bash.bashrc", "settings of a login"},
	{"/etc/python3*/", "settings of python for a machine"},
	{"/usr/lib/python3*/__pycache__/", "compiled forms that python makes for itself"},
	{"/hermetic/home/.gitconfig", "git's settings of a user, which it asks for at every start"},
	{"/hermetic/home/.config/git/", "git's settings of a user, which it asks for at every start"},
	{"/hermetic/home/.curlrc", "curl's settings of a user, which it asks for at every start"},
	{"/hermetic/home/.config/curlrc", "curl's settings of a user, which it asks for at every start"},
	{"/hermetic/home/.wgetrc", "wget's settings of a user, which it asks for at every start"},
	{"/hermetic/home/.cmake/", "cmake's list of what a user has built, which it asks for at every start"},
	{"/hermetic/home/.local/lib/python3*/", "python modules of a user, which it asks for at every start"},
	{"/hermetic/home/.terminfo/", "the terminal's abilities: programs write plain text without"},
	{"/hermetic/home/.profile", "settings of a login"},
	{"/hermetic/home/.bashrc", "settings of a login"},
	{"/hermetic/home/.rustup/", "the toolchain is pinned"},
	{"/hermetic/home/.cargo/", "what cargo needs of it every world has elsewhere"},
}

// benignPrograms are looked for by the C compiler's linker driver, collect2, before
// their usual names, in every link.
var benignPrograms = map[string]bool{"gstrip": true, "gnm": true, "gld": true, "gldd": true, "collect-ld": true, "real-ld": true}

// isBenign reports whether a path of the world is passed over.
func isBenign(p string) bool {
	for _, b := range benign {
		pattern, dir := strings.CutSuffix(b.pattern, "/")
		for at := p; at != "/" && at != "."; at = path.Dir(at) {
			// The patterns are constants and well-formed: a test tries them.
			if match, err := path.Match(pattern, at); err == nil && match {
				return true
			}
			if !dir {
				break
			}
		}
	}
	return false
}

// benignWrites are directories that are tried for writing by programs which go
// on without.
func isBenignWrite(p string) bool {
	base := path.Base(p)
	return base == "__pycache__" || strings.Contains(p, "/__pycache__/") || // python's compiled forms
		base == "index.lock" // git refreshes its index when asked for a state
}
