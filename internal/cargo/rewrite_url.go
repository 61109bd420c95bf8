package cargo

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// maxFragment bounds how many bytes of a package id are kept back, in bytes.
// Names of crates.io are at most 64.
const maxFragment = 256

// replaceURL replaces From in `file:///hermetic/root`, and in a package id
// (`path+file:///hermetic/root#name@version`) what follows the path: cargo leaves
// the name out where it is the last part of the path (Display of PackageIdSpec
// in cargo's package_id_spec.rs), so the form depends on the path.
func (r *rule) replaceURL(after []byte, end bool) matched {
	to := r.url
	if r.isRoot && bytes.HasPrefix(after, []byte("/")) {
		to = ""
	}
	plain := matched{yes, len(r.from), to}
	if !bytes.HasPrefix(after, []byte("#")) {
		return plain
	}
	n := 1
	for n < len(after) && n <= maxFragment && (after[n] == '@' || after[n] != '/' && isWord(rune(after[n]))) {
		n++
	}
	switch {
	case n > maxFragment:
		return plain
	case n == len(after) && !end:
		return matched{verdict: wait}
	}
	fragment := packageFragment(string(after[1:n]), path.Base(string(r.from)), path.Base(r.url))
	return matched{yes, len(r.from) + n, to + "#" + fragment}
}

// packageFragment writes `name@version` or `version` anew for a package whose
// directory is called to and was called from.
func packageFragment(fragment, from, to string) string {
	name, version, found := strings.Cut(fragment, "@")
	if !found {
		if fragment == "" || fragment[0] < '0' || fragment[0] > '9' {
			return fragment // a name without a version is not what cargo prints
		}
		name, version = from, fragment
	}
	if name == to {
		return version
	}
	return name + "@" + version
}

// urlEscape writes an absolute path as the path of a file URL as cargo's url
// crate does (SPECIAL_PATH_SEGMENT; checked against cargo 1.95 with every
// ASCII character).
func urlEscape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"#%<>?\\`{}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
