package policy

import (
	"slices"
	"strconv"
	"strings"
)

// version is major, minor and patch.
type version [3]uint64

func (v version) less(w version) bool { return slices.Compare(v[:], w[:]) < 0 }

// parseVersion reads "0.1", "0.1.2" and what Go and cargo make of versions:
// a leading "v", and "-dev" or "+build" at the end, both of which are left out
// of the comparison: a development build of 0.2.0 has what 0.2.0 will have.
func parseVersion(s string) (version, bool) {
	s = strings.TrimPrefix(s, "v")
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		s = s[:i]
	}
	parts := strings.Split(s, ".")
	var v version
	if len(parts) > len(v) {
		return version{}, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || strconv.FormatUint(n, 10) != part {
			return version{}, false
		}
		v[i] = n
	}
	return v, true
}
