package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Where places of the world are other directories, their paths would get into
// debug information and panic messages. So cargo starts rustc through this tool
// there (RUSTC_WRAPPER), which adds an option for each place. An option in the
// configuration or in RUSTFLAGS would take the place of the project's own.

// IsRustc reports whether this process was started in the place of rustc.
func IsRustc(args []string) bool {
	return len(args) > 1 && filepath.IsAbs(args[0]) && strings.HasSuffix(args[0], world.Rustc)
}

// Rustc becomes the rustc that cargo asked for, with paths of the host replaced
// in all that it writes. It returns only if it could not.
func Rustc(args []string) error {
	places, err := readPlaces(args[0], world.Rustc)
	if err != nil {
		return err
	}
	argv := args[1:]
	for _, p := range places {
		argv = append(argv, "--remap-path-prefix="+p.dir+"="+p.place)
	}
	return Become(argv)
}

// Become replaces this process by a program, which is looked for as a shell does. It
// returns only if it could not.
func Become(argv []string) error {
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return become(program, argv, os.Environ())
}

// moved are the places of a world that are other directories, the inner ones
// last. Nil where every place is what it is called.
type moved []struct{ place, dir string }

// readPlaces reads them for a program of ours that was started at a place.
func readPlaces(program, place string) (moved, error) {
	at := strings.TrimSuffix(program, place)
	if at == "" {
		return nil, nil
	}
	data, err := os.ReadFile(at + world.PlacesFile)
	if err != nil {
		return nil, err
	}
	var m moved
	for line := range strings.Lines(string(data)) {
		place, dir, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		m = append(m, struct{ place, dir string }{"/" + place, dir})
	}
	return m, nil
}

// path returns what a path is called in the world.
func (m moved) path(p string) string {
	for _, move := range slices.Backward(m) {
		if within(move.dir, p) {
			return move.place + p[len(move.dir):]
		}
	}
	return p
}

// list is path for a list of directories, or for a single path.
func (m moved) list(value string) string {
	parts := filepath.SplitList(value)
	if len(m) == 0 || len(parts) == 0 {
		return value
	}
	for i := range parts {
		parts[i] = m.path(parts[i])
	}
	return strings.Join(parts, string(filepath.ListSeparator))
}

// within reports whether path is dir or lies below it. Both are clean.
func within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}
