package compare

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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

// rest is what cuts leave of an artifact.
func rest(a Artifact, cuts []cut) []cut {
	slices.SortFunc(cuts, func(x, y cut) int { return int(min(max(x.start-y.start, -1), 1)) })
	var kept []cut
	at := int64(0)
	for _, c := range cuts {
		if c.start > at {
			kept = append(kept, cut{at, c.start - at})
		}
		at = max(at, c.start+c.size)
	}
	return append(kept, cut{at, max(a.Size-at, 0)})
}

// pieces are some runs of an artifact, one behind the other.
func pieces(a Artifact, runs []cut) Artifact {
	p := &pieceReader{a: a}
	for _, r := range runs {
		if r.size > 0 {
			p.starts, p.runs = append(p.starts, p.size), append(p.runs, r)
			p.size += r.size
		}
	}
	return Artifact{p, p.size}
}

type pieceReader struct {
	a      Artifact
	runs   []cut
	starts []int64 // of each run, among the pieces
	size   int64
}

// ReadAt implements io.ReaderAt.
func (p *pieceReader) ReadAt(data []byte, offset int64) (int, error) {
	done := 0
	for done < len(data) && offset < p.size {
		i, exact := slices.BinarySearch(p.starts, offset)
		if !exact {
			i--
		}
		within := offset - p.starts[i]
		n := min(int64(len(data)-done), p.runs[i].size-within)
		m, err := p.a.ReadAt(data[done:done+int(n)], p.runs[i].start+within)
		done, offset = done+m, offset+int64(m)
		if int64(m) < n {
			return done, err
		}
	}
	if done < len(data) {
		return done, io.EOF
	}
	return done, nil
}

// cutAr leaves a field out of every header of an archive.
func cutAr(offset, size int64) func(a Artifact) ([]cut, error) {
	return func(a Artifact) ([]cut, error) {
		if format, err := sniff(a); err != nil || format != FormatAr {
			return nil, err
		}
		members, err := readAr(a)
		var cuts []cut
		for _, m := range members {
			cuts = append(cuts, cut{m.header + offset, size})
		}
		return cuts, err
	}
}

// cutBuildID leaves the content of the linker's note out, also in members of an
// archive.
func cutBuildID(a Artifact) ([]cut, error) {
	format, err := sniff(a)
	if err != nil {
		return nil, err
	}
	var cuts []cut
	switch format {
	case FormatAr:
		members, err := readAr(a)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if format, err := sniff(m.data); err != nil || format != FormatELF {
				if err != nil {
					return nil, err
				}
				continue
			}
			inner, err := cutBuildID(m.data)
			if err != nil {
				return nil, err
			}
			for _, c := range inner {
				cuts = append(cuts, cut{m.start + c.start, c.size})
			}
		}
	case FormatELF:
		f, err := readELF(a)
		if err != nil {
			return nil, err
		}
		for _, s := range f.sections {
			if s.kind != elf.SHT_NOTE {
				continue
			}
			list, err := readNotes(f.order, s.data)
			if err != nil {
				return nil, err
			}
			for _, n := range list {
				if n.isBuildID() {
					cuts = append(cuts, cut{int64(s.offset) + n.at, n.size})
				}
			}
		}
	}
	return cuts, nil
}

func cutGzipTime(a Artifact) ([]cut, error) {
	format, err := sniff(a)
	if err != nil || format != FormatGzip || a.Size < gzipHeader {
		return nil, err
	}
	return []cut{{4, 4}}, nil
}

// cutWasm leaves out whole sections of a name.
func cutWasm(name string) func(a Artifact) ([]cut, error) {
	return func(a Artifact) ([]cut, error) {
		if format, err := sniff(a); err != nil || format != FormatWasm {
			return nil, err
		}
		sections, err := readWasm(a)
		var cuts []cut
		for _, s := range sections {
			if strings.HasPrefix(s.name, name) {
				cuts = append(cuts, cut{s.start, s.size})
			}
		}
		return cuts, err
	}
}
