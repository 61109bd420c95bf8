package compare

import (
	"errors"
	"fmt"
	"slices"
)

// Normalisation leaves something named out of both sides.
type Normalisation struct {
	Name, Reason string
	cut          func(a Artifact) ([]cut, error)
}

// cut is a run of bytes that a normalisation leaves out.
type cut struct{ start, size int64 }

// Normalisations are all there are, in the order in which they are tried.
var Normalisations = []Normalisation{
	{"ar header times", "a time of the build in each member's header, which no linker reads", cutAr(16, 12)},
	{"ar header owners", "who built, in each member's header, which no linker reads", cutAr(28, 12)},
	{"ar header modes", "the umask of the build in each member's header, which no linker reads", cutAr(40, 8)},
	{"build-id note", "a digest that the linker makes of the rest of the file", cutBuildID},
	{"gzip header time", "a time of the build in the header, which no reader needs", cutGzipTime},
	{"wasm producers", "the names and versions of tools, which no engine reads", cutWasm("custom `producers`")},
	{"wasm names", "names for debuggers, which no engine needs", cutWasm("custom `name`")},
	{"wasm build-id", "a digest that the linker makes of the rest of the file", cutWasm("custom `build_id`")},
}

// Grade is what a comparison ends with.
type Grade string

// Grades.
const (
	BitEqual   Grade = "bit-equal"
	Normalised Grade = "equal after normalisation"
	Different  Grade = "different"
)

// Verdict is a grade with the normalisations that it needed, by name. There are
// none unless the grade is Normalised.
type Verdict struct {
	Grade   Grade    `json:"grade"`
	Applied []string `json:"applied,omitempty"`
}

// Normalise compares two artifacts, and if they are not bit-equal compares them
// again without what the named normalisations leave out. Only those that take
// away a difference are in the verdict. A name that is not among Normalisations
// is an error.
//
// What is left out is looked for in the artifact itself and in the members of an
// ar archive; compressed content is not opened.
func Normalise(a, b Artifact, names []string) (Verdict, error) {
	at, err := firstDifference(a, b, 0, 0)
	if err != nil {
		return Verdict{}, fmt.Errorf("comparing: %w", err)
	}
	if at < 0 {
		return Verdict{Grade: BitEqual}, nil
	}
	var cutsA, cutsB []cut
	var applied []string
	for _, name := range names {
		n := slices.IndexFunc(Normalisations, func(n Normalisation) bool { return n.Name == name })
		if n < 0 {
			return Verdict{}, fmt.Errorf("there is no normalisation `%s`", name)
		}
		left, right, err := bothCuts(Normalisations[n], a, b)
		if err != nil {
			return Verdict{}, fmt.Errorf("normalising %s: %w", name, err)
		}
		at, err := firstDifference(pieces(a, left), pieces(b, right), 0, 0)
		if err != nil {
			return Verdict{}, fmt.Errorf("normalising %s: %w", name, err)
		}
		if at >= 0 {
			cutsA, cutsB, applied = append(cutsA, left...), append(cutsB, right...), append(applied, name)
		}
	}
	at, err = firstDifference(pieces(a, rest(a, cutsA)), pieces(b, rest(b, cutsB)), 0, 0)
	if err != nil {
		return Verdict{}, fmt.Errorf("comparing: %w", err)
	}
	if at >= 0 || len(applied) == 0 {
		return Verdict{Grade: Different}, nil
	}
	return Verdict{Normalised, applied}, nil
}

// bothCuts finds what a normalisation leaves out on both sides. A damaged
// artifact has nothing that could be left out.
func bothCuts(n Normalisation, a, b Artifact) (left, right []cut, err error) {
	left, errA := n.cut(a)
	right, errB := n.cut(b)
	err = errors.Join(errA, errB)
	var bad *malformed
	if errors.As(err, &bad) {
		return nil, nil, nil
	}
	return left, right, err
}
