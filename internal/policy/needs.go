package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Need says that the build script of a crate runs a program of a Debian package.
type Need struct {
	Crate   string
	Package string
}

// known are crates whose build scripts are known to run host programs, as they
// say in their own documentation. It is only ever a proposal, written into a
// hermetic.toml that does not exist yet, for a person to read and to change.
var known = []Need{
	{"tikv-jemalloc-sys", "make"},
	{"jemalloc-sys", "make"},
	{"cmake", "cmake"},
	{"cmake", "make"},
	{"autotools", "autoconf"},
	{"autotools", "automake"},
	{"autotools", "libtool"},
	{"autotools", "make"},
	{"openssl-src", "perl"},
	{"openssl-src", "make"},
	{"openssl-sys", "libssl-dev"},
	{"openssl-sys", "pkg-config"},
	{"prost-build", "protobuf-compiler"},
}

// Needs returns what the named crates need, in a stable order.
func Needs(crates []string) []Need {
	var needs []Need
	for _, n := range known {
		// A vendored OpenSSL is built, not found.
		if n.Crate == "openssl-sys" && slices.Contains(crates, "openssl-src") {
			continue
		}
		if slices.Contains(crates, n.Crate) {
			needs = append(needs, n)
		}
	}
	return needs
}

// Encode returns the text of a hermetic.toml that asks for what is needed.
func Encode(needs []Need) []byte {
	crates := map[string][]string{}
	for _, n := range needs {
		crates[n.Package] = append(crates[n.Package], n.Crate)
	}
	var b strings.Builder
	b.WriteString("# What the build may see beyond the root. After a change: cargo hermetic lock --update\n\n[system]\npackages = [\n")
	for _, n := range needs {
		if by := crates[n.Package]; by != nil {
			fmt.Fprintf(&b, "    %q, # for %s\n", n.Package, strings.Join(by, ", "))
			delete(crates, n.Package)
		}
	}
	b.WriteString("]\n")
	return []byte(b.String())
}
