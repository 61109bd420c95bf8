package system

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// diversion says that the path of all packages but one is at another place on
// this host (dpkg-divert(1)).
type diversion struct {
	to string
	by string // the package that keeps the path; empty: the administrator diverted it from all
}

// diversions are the records of a host by the diverted name. Names are
// relative to the root.
type diversions map[string]diversion

// place returns where the host has the file that pkg ships as name.
func (d diversions) place(name, pkg string) string {
	if v, ok := d[name]; ok && v.by != pkg {
		return v.to
	}
	return name
}

// readDiversions reads var/lib/dpkg/diversions. A host without the file has
// none.
func readDiversions(t *tree) (diversions, error) {
	const name = dpkgDir + "diversions"
	data, err := t.readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diag.Wrap(err, "reading the diversions of the host")
	}
	return parseDiversions(t.host(name), string(data))
}

// parseDiversions reads three lines a record: the path, where it is now, and
// the package that diverts, or `:` for a diversion of the administrator.
func parseDiversions(file, text string) (diversions, error) {
	if text == "" {
		return nil, nil
	}
	if !strings.HasSuffix(text, "\n") {
		return nil, damaged(file, strings.Count(text, "\n")+1, "the file ends in the middle of a line")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	d := diversions{}
	for i := 0; i < len(lines); i += 3 {
		if i+3 > len(lines) {
			return nil, damaged(file, len(lines), "the last diversion has not three lines")
		}
		for k, name := range lines[i : i+2] {
			if !validPath(name) {
				return nil, damaged(file, i+k+1, "`%.200s` is not an absolute and clean path", name)
			}
		}
		by := lines[i+2]
		switch {
		case by == ":":
			by = ""
		case !validName(by):
			return nil, damaged(file, i+3, "`%.200s` is not the name of a package", by)
		}
		from := lines[i][1:]
		if _, twice := d[from]; twice {
			return nil, damaged(file, i+1, "`%s` is diverted twice", from)
		}
		d[from] = diversion{lines[i+1][1:], by}
	}
	return d, nil
}
