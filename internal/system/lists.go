package system

import (
	"errors"
	"io/fs"
	"path"
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

// listed is one line of a list.
type listed struct {
	name   string // the place on the host, below the root, diversions applied
	holder bool   // other lines are below it, so the package has it as a directory
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

// filesOf returns what package p has, at the places where the host has it.
func filesOf(t *tree, p *installed, d diversions) ([]listed, error) {
	text, file, err := readList(t, p)
	if err != nil {
		return nil, err
	}
	entries, err := parseList(file, text)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		entries[i].name = d.place(entries[i].name, p.Name)
	}
	return entries, nil
}
