package system

import "strings"

// section is a field of pacman's text files: `%NAME%`, values each on a line of
// its own, and an empty line.
type section struct {
	name   string
	values []string
	line   int // of the name
}

// parseSections reads a file of sections. Unknown ones are kept: new versions
// of pacman add some.
func parseSections(file, text string) ([]section, error) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		return nil, pacmanManager.damaged(file, strings.Count(text, "\n")+1, "the file ends in the middle of a line")
	}
	var all []section
	open := false
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		switch {
		case open && line == "":
			open = false
		case open:
			last := &all[len(all)-1]
			last.values = append(last.values, line)
		case line == "":
		case len(line) > 2 && line[0] == '%' && line[len(line)-1] == '%' && onlyWith(line[1:len(line)-1], "_"):
			for _, s := range all {
				if s.name == line {
					return nil, pacmanManager.damaged(file, number, "the section `%s` occurs twice", line)
				}
			}
			all, open = append(all, section{name: line, line: number}), true
		default:
			return nil, pacmanManager.damaged(file, number, "the line is neither the name of a section nor in one")
		}
	}
	return all, nil
}

// parsePacman reads the file `desc` of a package.
func parsePacman(file, text string) (*record, error) {
	sections, err := parseSections(file, text)
	if err != nil {
		return nil, err
	}
	p := &record{}
	for _, s := range sections {
		one := ""
		if len(s.values) == 1 {
			one = s.values[0]
		}
		ok := true
		switch s.name {
		case "%NAME%":
			p.Name, ok = one, validPacmanName(one)
		case "%VERSION%":
			p.Version, ok = one, one != "" && onlyWith(one, "._+~:-")
		case "%ARCH%":
			p.Architecture, ok = one, validName(one)
			if one == "any" {
				p.Architecture = allArchitectures
			}
		case "%DEPENDS%":
			for _, v := range s.values {
				n, valid := pacmanName(v)
				p.requires, ok = append(p.requires, name(n)), ok && valid
			}
		case "%PROVIDES%":
			for _, v := range s.values {
				n, valid := pacmanName(v)
				p.provides, ok = append(p.provides, n), ok && valid
			}
		}
		if !ok {
			return nil, pacmanManager.damaged(file, s.line, "the section `%s` has the value `%.100s`", s.name, strings.Join(s.values, " "))
		}
	}
	if p.Name == "" || p.Version == "" || p.Architecture == "" {
		return nil, pacmanManager.damaged(file, 0, "a package has no name, no version or no architecture")
	}
	return p, nil
}

// pacmanName takes the version off `name>=1`, `name=1-1` or `name<2`.
func pacmanName(text string) (string, bool) {
	if i := strings.IndexAny(text, "<>="); i >= 0 {
		text = text[:i]
	}
	return text, text != "" && !strings.ContainsAny(text, " \t")
}

// parsePacmanFiles reads the file `files`: all paths, directories with a slash
// at the end, and the configuration files with the digest of what was shipped.
// A package without files has neither section.
func parsePacmanFiles(file, text string) ([]listed, error) {
	sections, err := parseSections(file, text)
	if err != nil {
		return nil, err
	}
	var all []listed
	backup := map[string]bool{}
	for _, s := range sections {
		for i, v := range s.values {
			ok := true
			switch s.name {
			case "%FILES%":
				path, holder := strings.CutSuffix(v, "/")
				ok = validPath("/" + path)
				all = append(all, listed{name: path, holder: holder})
			case "%BACKUP%":
				path, _, found := strings.Cut(v, "\t")
				ok = found && validPath("/"+path)
				backup[path] = true
			}
			if !ok {
				return nil, pacmanManager.damaged(file, s.line+1+i, "`%.200s` is not a clean path", v)
			}
		}
	}
	for i := range all {
		all[i].optional = backup[all[i].name]
	}
	return all, nil
}

// validPacmanName holds for names that makepkg lets pass; they may begin with
// an underscore, but go into commands, so not with a hyphen.
func validPacmanName(s string) bool {
	return s != "" && s[0] != '-' && s[0] != '.' && onlyWith(s, "-+._@")
}
