package system

import "strings"

// apkPackage is a stanza of apk's database.
type apkPackage struct {
	record
	files []listed
}

// parseApk reads the file `installed` (apk-package(5) and apk's
// src/database.c): stanzas with an empty line after each, of lines `L:value`
// with a letter for the field. The files come last: F names a directory, R a
// file in it, and a, M and Z say more about the one before.
func parseApk(file, text string) ([]*apkPackage, error) {
	fail := func(line int, format string, args ...any) ([]*apkPackage, error) {
		return nil, apkManager.damaged(file, line, format, args...)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		return fail(strings.Count(text, "\n")+1, "the file ends in the middle of a line")
	}
	var packages []*apkPackage
	p, started, directory := &apkPackage{}, 0, "-"
	number := 0
	for line := range strings.Lines(text + "\n") {
		number++
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if started == 0 {
				continue
			}
			if p.Name == "" || p.Version == "" || p.Architecture == "" {
				return fail(started, "a package has no name, no version or no architecture")
			}
			packages = append(packages, p)
			p, started, directory = &apkPackage{}, 0, "-"
			continue
		}
		if started == 0 {
			started = number
		}
		if len(line) < 2 || line[1] != ':' || !isAlphanumeric(line[0]) {
			return fail(number, "the line is not a field")
		}
		value := line[2:]
		ok := true
		switch line[0] {
		case 'P':
			ok = p.Name == "" && validApkName(value)
			p.Name = value
		case 'V':
			ok = p.Version == "" && validApkVersion(value)
			p.Version = value
		case 'A':
			ok = p.Architecture == "" && validName(value)
			if p.Architecture = value; value == "noarch" {
				p.Architecture = allArchitectures
			}
		case 'D':
			p.requires, ok = parseApkNames(value)
		case 'p':
			var provided []requirement
			provided, ok = parseApkNames(value)
			for _, n := range provided {
				p.provides = append(p.provides, n.String())
			}
		case 'f':
			// f and x: files or their attributes are not all written. The
			// others are about scripts and the installation's wishes.
			if strings.ContainsAny(value, "fx") {
				p.broken = "its files are not all there"
			}
		case 'F':
			directory = value
			ok = value == "" || validPath("/"+value)
		case 'R':
			name := strings.TrimPrefix(directory+"/"+value, "/")
			ok = directory != "-" && value != "" && !strings.Contains(value, "/") && validPath("/"+name)
			p.files = append(p.files, listed{name: name})
		}
		if !ok {
			return fail(number, "the field `%c` has the value `%.100s`", line[0], value)
		}
	}
	return packages, nil
}

// parseApkNames reads the names of D and p: words with a version behind them,
// and in D also packages that must not be there, with a `!` in front.
func parseApkNames(value string) ([]requirement, bool) {
	var all []requirement
	for word := range strings.FieldsSeq(value) {
		if word[0] == '!' {
			continue
		}
		if i := strings.IndexAny(word, "<>=~"); i >= 0 {
			word = word[:i]
		}
		if word == "" {
			return nil, false
		}
		all = append(all, name(word))
	}
	return all, true
}

// validApkName holds for names of packages. Those that begin with a full stop
// are groups that a user made with `apk add --virtual`.
func validApkName(s string) bool {
	return validName(strings.TrimPrefix(s, ".")) && !strings.Contains(s, ":")
}

// validApkVersion holds for the alphabet of apk-package(5), "Package version".
func validApkVersion(s string) bool { return s != "" && onlyWith(s, "._-~+") }
