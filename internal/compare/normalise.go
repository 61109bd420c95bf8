package compare

import (
	"errors"
	"fmt"
)

// normalisation leaves something named out of both sides.
type normalisation struct {
	name, reason string
	cut          func(a Artifact) ([]cut, error)
}

// cut is a run of bytes that a normalisation leaves out.
type cut struct{ start, size int64 }

// normalisations are all there are, in the order in which they are tried.
var normalisations = []normalisation{
	{"ar header times", "a time of the build in each member's header, which no linker reads", cutAr(16, 12)},
	{"ar header owners", "who built, in each member's header, which no linker reads", cutAr(28, 12)},
	{"ar header modes", "the umask of the build in each member's header, which no linker reads", cutAr(40, 8)},
	{"build-id note", "a digest that the linker makes of the rest of the file", cutBuildID},
	{"gzip header time", "a time of the build in the header, which no reader needs", cutGzipTime},
	{"wasm producers", "the names and versions of tools, which no engine reads", cutWasm("custom `producers`")},
	{"wasm names", "names for debuggers, which no engine needs", cutWasm("custom `name`")},
	{"wasm build-id", "a digest that the linker makes of the rest of the file", cutWasm("custom `build_id`")},
}

// Reason says why what a normalisation leaves out does not matter, empty for a name
// that is none.
func Reason(name string) string {
	for _, n := range normalisations {
		if n.name == name {
			return n.reason
		}
	}
	return ""
}

// EqualWithout compares two artifacts that differ once more, without what the
// normalisations leave out, and names those that take away a difference. There are
// none if the two are not equal without it, or are equal with it.
//
// What is left out is looked for in the artifact itself and in the members of an
// ar archive; compressed content is not opened.
func EqualWithout(a, b Artifact) (names []string, err error) {
	var cutsA, cutsB []cut
	for _, n := range normalisations {
		left, right, err := bothCuts(n, a, b)
		if err != nil {
			return nil, fmt.Errorf("normalising %s: %w", n.name, err)
		}
		at, err := firstDifference(pieces(a, left), pieces(b, right), 0, 0)
		if err != nil {
			return nil, fmt.Errorf("normalising %s: %w", n.name, err)
		}
		if at >= 0 {
			cutsA, cutsB, names = append(cutsA, left...), append(cutsB, right...), append(names, n.name)
		}
	}
	at, err := firstDifference(pieces(a, rest(a, cutsA)), pieces(b, rest(b, cutsB)), 0, 0)
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	if at >= 0 {
		return nil, nil
	}
	return names, nil
}

// bothCuts finds what a normalisation leaves out on both sides. A damaged
// artifact has nothing that could be left out.
func bothCuts(n normalisation, a, b Artifact) (left, right []cut, err error) {
	left, errA := n.cut(a)
	right, errB := n.cut(b)
	err = errors.Join(errA, errB)
	var bad *malformed
	if errors.As(err, &bad) {
		return nil, nil, nil
	}
	return left, right, err
}
