package system

import (
	"fmt"
	"strings"
)

// Manager says how the users of one family of distributions name things: what
// a C compiler is called, and which commands put a host right. It is data
// only, so that every message can be read beside the others.
type Manager struct {
	Name string   // the program that keeps the database: dpkg, rpm, apk or pacman
	Base []string // a C compiler driver, and the C library's headers and start files

	// Rust are the packages with rustc and with cargo.
	Rust []string

	// compilers are the packages, and what packages provide, that are a compiler
	// for C or for a language whose compiler brings one.
	compilers []string
	libc      []string // Base without the compiler
	linker    string   // the package behind the rust-lld of Rust's packages; empty where they bring it
	// targets are the packages with the standard library of Rust for another target.
	targets map[string]string

	distributions []string // values of ID and ID_LIKE in os-release that mean it
	// shell are the packages that configure scripts and make take for granted.
	// dpkg marks them itself (Essential), the others have no mark.
	shell []string

	install   string // format of the command that installs packages
	exactly   string // format of the command that installs packages in their versions, be they older than those that are there
	exact     string // one package of it: N its name, V its version, A the architecture if it is not the host's own
	foreign   string // format of A
	reinstall string // format of the command that restores the files of one
	repair    string // command that finds what is missing
	audit     string // command that checks the database
	verify    string // command that compares installed files with the packages
	library   string // format of the command that finds who has a shared library
	base      string // the package that has the os-release file
	busy      string // the programs whose end is to be waited for

	names map[string]string // packages with another name than Debian's
}

// Install is the command that installs the named packages.
func (m *Manager) Install(names ...string) string {
	return fmt.Sprintf(m.install, strings.Join(names, " "))
}

// InstallExactly is the command that installs packages in their versions. Those of
// the host's own architecture may leave it out.
func (m *Manager) InstallExactly(packages []Package) string {
	words := make([]string, len(packages))
	for i, p := range packages {
		foreign := ""
		if p.Architecture != "" && p.Architecture != allArchitectures {
			foreign = fmt.Sprintf(m.foreign, p.Architecture)
		}
		words[i] = strings.NewReplacer("N", p.Name, "V", p.Version, "A", foreign).Replace(m.exact)
	}
	return fmt.Sprintf(m.exactly, strings.Join(words, " "))
}

// Reinstall is the command that restores the files of a package.
func (m *Manager) Reinstall(name string) string { return fmt.Sprintf(m.reinstall, name) }

// Verify is the command that names files which are not as their package has them.
func (m *Manager) Verify() string { return m.verify }

// Named returns what this distribution calls a package of Debian's. Names that
// are not known to differ are taken to be the same.
func (m *Manager) Named(debian string) string {
	if name, ok := m.names[debian]; ok {
		return name
	}
	return debian
}

// search is the command that finds the packages with shared libraries. Only
// Debian's takes a pattern for several; elsewhere the first of them is shown.
func (m *Manager) search(sonames []string) string {
	what := sonames[0]
	if m == dpkgManager {
		what = strings.NewReplacer(".", `\.`, "+", `\+`).Replace(strings.Join(sonames, "|"))
	}
	return fmt.Sprintf(m.library, what)
}

// managers are the families that are served, in the order in which a host
// without a known distribution is searched for their databases.
var managers = []*Manager{dpkgManager, fedoraManager, suseManager, apkManager, pacmanManager}

var dpkgManager = &Manager{
	Name: "dpkg", Base: []string{"gcc", "libc6-dev"},
	libc: []string{"libc6-dev"}, compilers: []string{"gcc", "c-compiler", "c++-compiler", "cpp"},
	Rust: []string{"rustc", "cargo"}, linker: "lld",
	targets: map[string]string{
		"wasm32-unknown-unknown": "libstd-rust-dev-wasm32", "wasm32-wasi": "libstd-rust-dev-wasm32", "wasm32-wasip1": "libstd-rust-dev-wasm32",
		"x86_64-pc-windows-gnu": "libstd-rust-dev-windows", "i686-pc-windows-gnu": "libstd-rust-dev-windows",
	},
	distributions: []string{"debian", "ubuntu"},
	install:       "apt install %s", reinstall: "apt install --reinstall %s",
	exactly: "apt install %s", exact: "NA=V", foreign: ":%s",
	repair: "apt --fix-broken install", audit: "dpkg --audit", verify: "dpkg --verify",
	library: "apt-file search --regexp '/(%s)$'", base: "base-files", busy: "apt",
}

var fedoraManager = &Manager{
	Name: "rpm", Base: []string{"gcc", "glibc-devel"},
	libc: []string{"glibc-devel"}, compilers: []string{"gcc", "gcc-c++", "cpp", "clang", "tcc"},
	Rust: []string{"rust", "cargo"},
	targets: map[string]string{
		"wasm32-unknown-unknown": "rust-std-static-wasm32-unknown-unknown", "wasm32-wasip1": "rust-std-static-wasm32-wasip1",
	},
	distributions: []string{"fedora", "rhel", "centos"},
	shell:         gnuShell,
	install:       "dnf install %s", reinstall: "dnf reinstall %s",
	exactly: "dnf install %s", exact: "N-VA", foreign: ".%s",
	repair: "dnf check", audit: "rpm --verifydb", verify: "rpm --verify --all",
	library: "dnf provides '*/%s'", base: "fedora-release-common", busy: "dnf",
	names: map[string]string{"libssl-dev": "openssl-devel", "pkg-config": "pkgconf-pkg-config"},
}

var suseManager = &Manager{
	Name: "rpm", Base: []string{"gcc", "glibc-devel"},
	libc: []string{"glibc-devel"}, compilers: []string{"gcc", "gcc-c++", "cpp", "clang", "tcc"},
	Rust:          []string{"rust", "cargo"},
	distributions: []string{"suse", "opensuse"},
	shell:         gnuShell,
	install:       "zypper install %s", reinstall: "zypper install --force %s",
	exactly: "zypper install --oldpackage %s", exact: "NA=V", foreign: ".%s",
	repair: "zypper verify", audit: "rpm --verifydb", verify: "rpm --verify --all",
	library: "zypper search --provides --file-list '*/%s'", base: "openSUSE-release", busy: "zypper",
	names: map[string]string{"libssl-dev": "libopenssl-devel", "protobuf-compiler": "protobuf-devel"},
}

var apkManager = &Manager{
	Name: "apk", Base: []string{"gcc", "musl-dev"},
	libc: []string{"musl-dev"}, compilers: []string{"gcc", "g++", "clang", "tcc"},
	Rust:          []string{"rust", "cargo"},
	targets:       map[string]string{"wasm32-unknown-unknown": "rust-wasm"},
	distributions: []string{"alpine"},
	shell:         []string{"busybox", "busybox-binsh"},
	install:       "apk add %s", reinstall: "apk fix --reinstall %s",
	exactly: "apk add %s", exact: "N=V",
	repair: "apk fix", audit: "apk fix", verify: "apk audit --system",
	library: "apk search --exact 'so:%s'", base: "alpine-release", busy: "apk",
	names: map[string]string{"libssl-dev": "openssl-dev", "pkg-config": "pkgconf", "protobuf-compiler": "protoc"},
}

var pacmanManager = &Manager{
	Name: "pacman", Base: []string{"gcc", "glibc"},
	libc: []string{"glibc"}, compilers: []string{"gcc", "clang", "tcc"},
	Rust:          []string{"rust"},
	targets:       map[string]string{"wasm32-unknown-unknown": "rust-wasm"},
	distributions: []string{"arch", "archlinux"},
	shell:         gnuShell,
	install:       "pacman -S %s", reinstall: "pacman -S %s",
	// pacman has no older versions but those that it downloaded before.
	exactly: "pacman -U %s", exact: "/var/cache/pacman/pkg/N-V-*.pkg.tar.zst",
	repair: "pacman -Dk", audit: "pacman -Dk", verify: "pacman -Qkk",
	library: "pacman -F '%s'", base: "filesystem", busy: "pacman",
	names: map[string]string{"libssl-dev": "openssl", "pkg-config": "pkgconf", "protobuf-compiler": "protobuf"},
}

// gnuShell is what Debian marks as essential, by the names of the distributions
// that ship each GNU program alone. Those that a host has not are not asked for.
var gnuShell = []string{"bash", "coreutils", "diffutils", "findutils", "gawk", "grep", "gzip", "sed", "tar"}
