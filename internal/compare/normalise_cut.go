package compare

import (
	"cmp"
	"debug/elf"
	"io"
	"slices"
	"strings"
)

// rest is what cuts leave of an artifact.
func rest(a Artifact, cuts []cut) []cut {
	slices.SortFunc(cuts, func(x, y cut) int { return cmp.Compare(x.start, y.start) })
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
		if format, err := sniff(a); err != nil || format != formatAr {
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
	case formatAr:
		members, err := readAr(a)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if format, err := sniff(m.data); err != nil || format != formatELF {
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
	case formatELF:
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
	if err != nil || format != formatGzip || a.Size < gzipHeader {
		return nil, err
	}
	return []cut{{4, 4}}, nil
}

// cutWasm leaves out whole sections of a name.
func cutWasm(name string) func(a Artifact) ([]cut, error) {
	return func(a Artifact) ([]cut, error) {
		if format, err := sniff(a); err != nil || format != formatWasm {
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
