package system

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// osRelease is what os-release(5) says about a host.
type osRelease struct {
	file   string   // where it stands, for messages
	id     string   // ID
	like   []string // ID_LIKE, closest relative first
	source string   // distribution and release, as in `debian 12`
}

// readRelease reads etc/os-release, or usr/lib/os-release where the former is
// missing.
func readRelease(t *tree) (osRelease, error) {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		data, err := t.readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return osRelease{}, diag.Wrap(err, "reading the name of the distribution")
		}
		release, err := parseRelease(t.host(name), string(data))
		if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
			return osRelease{}, d.WithHelp("%s", restoreRelease(t))
		}
		return release, err
	}
	return osRelease{}, diag.New(diag.ExitFailed, "this host has no `os-release` file").
		In(t.host("etc/os-release"), 0, 0).
		Note("it names the distribution that the system layer comes from").
		WithHelp("%s", restoreRelease(t))
}

// restoreRelease is the command that brings os-release back, by the manager
// whose database is there: the file that would name it is not. A place that
// cannot be looked at counts as empty, for an error is being reported already.
func restoreRelease(t *tree) string {
	for _, m := range managers {
		if there, err := hasDatabase(t, m); err == nil && there {
			return strings.ReplaceAll(m.reinstall, "%s", m.base)
		}
	}
	return "reinstall the package of the distribution that has `os-release`"
}

// parseRelease reads ID, ID_LIKE and VERSION_ID. Releases in preparation
// (Debian sid and testing) have no VERSION_ID: there VERSION_CODENAME stands
// in, and ID alone where there is neither, as on distributions without releases.
func parseRelease(file, text string) (osRelease, error) {
	var id, like, version, codename string
	number := 0
	odd := func(line int, format string, args ...any) (osRelease, error) {
		return osRelease{}, diag.New(diag.ExitFailed, format, args...).In(file, line, 0).
			WithHelp("reinstall the package of the distribution that has `os-release`")
	}
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return odd(number, "a line of `os-release` is not an assignment")
		}
		var field *string
		switch name {
		case "ID":
			field = &id
		case "ID_LIKE":
			field = &like
		case "VERSION_ID":
			field = &version
		case "VERSION_CODENAME":
			field = &codename
		default:
			continue
		}
		// The values are limited to these characters by os-release(5), with
		// spaces in ID_LIKE, so quotes around them are the only shell syntax
		// that can occur.
		value = unquote(value)
		allowed := "abcdefghijklmnopqrstuvwxyz0123456789._-"
		if field == &like {
			allowed += " "
		}
		if strings.Trim(value, allowed) != "" {
			return odd(number, "`%s` holds characters that os-release(5) does not allow", name)
		}
		*field = value
	}
	r := osRelease{file: file, id: id, like: strings.Fields(like), source: id}
	switch {
	case id == "":
		return odd(0, "`os-release` has no `ID`")
	case version != "":
		r.source = id + " " + version
	case codename != "":
		r.source = id + " " + codename
	}
	return r, nil
}

// unquote takes one pair of equal quotes off a value.
func unquote(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}
