package system

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// overrides are the modes that the administrator gave to files of packages
// (dpkg-statoverride(1)), by name below the root.
type overrides map[string]uint64

// closes reports whether the override takes a file from users other than its
// owner and group. What runs with its owner's rights is not meant: in a world it
// has none, and stays out like every closed file.
func (o overrides) closes(name string) bool {
	const setID, readableByOthers = 0o6000, 0o004
	mode, there := o[name]
	return there && mode&readableByOthers == 0 && mode&setID == 0
}

// readOverrides reads var/lib/dpkg/statoverride. A host without it has none.
func readOverrides(t *tree) (overrides, error) {
	const name = dpkgDir + "statoverride"
	data, err := t.readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diag.Wrap(err, "reading the modes that the administrator set")
	}
	return parseOverrides(t.host(name), string(data))
}

// parseOverrides reads lines of user, group, mode in octal, and path.
func parseOverrides(file, text string) (overrides, error) {
	o := overrides{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		words := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if !strings.HasSuffix(line, "\n") || len(words) != 4 || !validPath(words[3]) {
			return nil, damaged(file, number, "the line is not a user, a group, a mode and a path")
		}
		mode, err := strconv.ParseUint(words[2], 8, 12)
		if err != nil {
			return nil, damaged(file, number, "`%.20s` is not a mode", words[2])
		}
		if _, twice := o[words[3][1:]]; twice {
			return nil, damaged(file, number, "the mode of `%s` is set twice", words[3])
		}
		o[words[3][1:]] = mode
	}
	return o, nil
}
