package system

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// takenOver returns the packages that have files which p brought. A package that
// replaces another (Debian policy 7.6.1) may overwrite its files, and dpkg then
// takes them off the other's list: by its list alone p would be in the layer
// without them, although it works with what is there now. What p brought is in
// its sums of files, which dpkg leaves as they came.
//
// Of two packages that list one file without that, the layer has the one file
// that there is.
func (db *dpkg) takenOver(p *installed) ([]*Package, error) {
	candidates := slices.DeleteFunc(slices.Clone(db.replacers[p.Name]), func(q *installed) bool { return q == p })
	if len(candidates) == 0 {
		return nil, nil
	}
	brought, err := db.brought(p)
	if err != nil || len(brought) == 0 {
		return nil, err
	}
	own, err := db.names(p)
	if err != nil {
		return nil, err
	}
	lost := map[string]bool{}
	for _, name := range brought {
		if !own[name] {
			lost[name] = true
		}
	}
	var takers []*Package
	for _, q := range candidates {
		if len(lost) == 0 {
			break
		}
		theirs, err := db.names(q)
		if err != nil {
			return nil, err
		}
		before := len(lost)
		for name := range theirs {
			delete(lost, name)
		}
		if len(lost) < before {
			takers = append(takers, &q.Package)
		}
	}
	return takers, nil
}

// names are what a package lists, as it names them.
func (db *dpkg) names(p *installed) (map[string]bool, error) {
	text, file, err := readList(db.tree, p)
	if err != nil {
		return nil, err
	}
	entries, err := parseList(file, text)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.name] = true
	}
	return names, nil
}

// brought reads what files p came with, without its configuration files. Packages
// need not have such a list (Debian's all have); what has none has lost nothing
// that could be known.
func (db *dpkg) brought(p *installed) ([]string, error) {
	for _, base := range []string{p.Name + ":" + p.Architecture, p.Name} {
		name := dpkgDir + "info/" + base + ".md5sums"
		data, err := db.tree.readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, diag.Wrap(err, "reading the sums of package `%s`", p.Name)
		}
		return parseSums(db.tree.host(name), string(data))
	}
	return nil, nil
}

// parseSums reads lines of a digest of 32 digits, two spaces, and a name below
// the root.
func parseSums(file, text string) ([]string, error) {
	var names []string
	number := 0
	for line := range strings.Lines(text) {
		number++
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		name = strings.TrimPrefix(name, "./")
		if !ok || len(sum) != 32 || strings.Trim(sum, "0123456789abcdef") != "" || !validPath("/"+name) {
			return nil, damaged(file, number, "the line is not a digest and a name")
		}
		names = append(names, name)
	}
	return names, nil
}
