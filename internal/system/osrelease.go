package system

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// readSource names the distribution and its release from etc/os-release, or
// from usr/lib/os-release where the former is missing (os-release(5)).
func readSource(t *tree) (string, error) {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		data, err := t.readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", diag.Wrap(err, "reading the name of the distribution")
		}
		return parseSource(t.host(name), string(data))
	}
	return "", diag.New(diag.ExitFailed, "this host has no `os-release` file").
		In(t.host("etc/os-release"), 0, 0).
		Note("it names the distribution that the system layer comes from").
		WithHelp("apt install --reinstall base-files")
}

// parseSource reads ID with VERSION_ID. Releases in preparation (Debian sid and
// testing) have no VERSION_ID: there VERSION_CODENAME stands in, and ID alone
// where there is neither.
func parseSource(file, text string) (string, error) {
	var id, version, codename string
	number := 0
	odd := func(line int, format string, args ...any) error {
		return damaged(file, line, format, args...).WithHelp("apt install --reinstall base-files")
	}
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return "", odd(number, "a line of `os-release` is not an assignment")
		}
		var field *string
		switch name {
		case "ID":
			field = &id
		case "VERSION_ID":
			field = &version
		case "VERSION_CODENAME":
			field = &codename
		default:
			continue
		}
		// The three values are limited to these characters by os-release(5),
		// so quotes around them are the only shell syntax that can occur.
		value = unquote(value)
		if strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			return "", odd(number, "`%s` holds characters that os-release(5) does not allow", name)
		}
		*field = value
	}
	switch {
	case id == "":
		return "", odd(0, "`os-release` has no `ID`")
	case version != "":
		return id + " " + version, nil
	case codename != "":
		return id + " " + codename, nil
	}
	return id, nil
}

// unquote takes one pair of equal quotes off a value.
func unquote(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}
