package system

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// readList returns the text of the list of files that dpkg holds for a
// package, and its path for messages. Packages that may be installed for
// several architectures at once have the architecture in the name of the list
// (info/NAME:ARCH.list); databases from before Multi-Arch do not.
func readList(t *tree, p *installed) (text, file string, err error) {
	names := []string{p.Name, p.Name + ":" + p.Architecture}
	if p.multiArch == "same" {
		names[0], names[1] = names[1], names[0]
	}
	for _, name := range names {
		name = dpkgDir + "info/" + name + ".list"
		data, err := t.readFile(name)
		if err == nil {
			return string(data), t.host(name), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", diag.Wrap(err, "reading the list of files of package `%s`", p.Name)
		}
	}
	return "", "", damaged(t.host(dpkgDir+"info/"+names[0]+".list"), 0,
		"the list of files of the installed package `%s` is missing", p.Name).
		WithHelp("apt install --reinstall %s", p.Name)
}

// parseList reads a list: one absolute path a line, directories included. The
// names are still those of the package; the caller applies diversions.
func parseList(file, text string) ([]listed, error) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		return nil, damaged(file, strings.Count(text, "\n")+1, "the file ends in the middle of a line")
	}
	entries := make([]listed, 0, strings.Count(text, "\n"))
	holders := map[string]bool{}
	for number := 1; text != ""; number++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line == "/." {
			continue // the root itself
		}
		if !validPath(line) {
			return nil, damaged(file, number, "`%.200s` is not an absolute and clean path", line)
		}
		holders[parent(line[1:])] = true
		entries = append(entries, listed{name: line[1:]})
	}
	for i := range entries {
		entries[i].holder = holders[entries[i].name]
	}
	return entries, nil
}

// validPath holds for absolute paths without empty, `.` and `..` components,
// other than the root.
func validPath(name string) bool {
	return len(name) > 1 && name[0] == '/' && path.Clean(name) == name && strings.IndexByte(name, 0) < 0
}

// files reads p's list and applies the diversions and what the status file says
// of configuration files.
func (db *dpkg) files(p *Package) ([]listed, error) {
	record := db.records[p]
	text, file, err := readList(db.tree, record)
	if err != nil {
		return nil, err
	}
	return db.placed(record, file, text)
}

// filesNamed reads a list only where it can hold the name: parsing all lists of
// a host would take most of the time of Resolve.
func (db *dpkg) filesNamed(p *Package, base string) ([]listed, error) {
	wanted := []string{"/" + base + "\n"}
	for from, v := range db.diversions {
		if path.Base(v.to) == base {
			wanted = append(wanted, "/"+path.Base(from)+"\n")
		}
	}
	record := db.records[p]
	text, file, err := readList(db.tree, record)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(wanted, func(w string) bool { return strings.Contains(text, w) }) {
		return nil, nil
	}
	return db.placed(record, file, text)
}

// placed parses a list. Obsolete configuration files are not taken: an earlier
// version of the package left them, so a new installation of the same packages
// is without them.
func (db *dpkg) placed(p *installed, file, text string) ([]listed, error) {
	entries, err := parseList(file, text)
	if err != nil {
		return nil, err
	}
	kept := entries[:0]
	for _, e := range entries {
		conffile := p.conffiles[e.name]
		if conffile == conffileObsolete {
			continue
		}
		e.optional = conffile == conffileCurrent
		e.name = db.diversions.place(e.name, p.Name)
		e.closed = db.overrides.closes(e.name)
		kept = append(kept, e)
	}
	return kept, nil
}
