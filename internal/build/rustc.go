package build

import (
	"os"
	"os/exec"
	"path/filepath"
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
	data, err := os.ReadFile(strings.TrimSuffix(args[0], world.Rustc) + world.PlacesFile)
	if err != nil {
		return err
	}
	argv := args[1:]
	for line := range strings.Lines(string(data)) {
		place, dir, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		argv = append(argv, "--remap-path-prefix="+dir+"=/"+filepath.ToSlash(place))
	}
	program := argv[0]
	if !filepath.IsAbs(program) {
		if program, err = exec.LookPath(program); err != nil {
			return err
		}
	}
	return become(program, argv, os.Environ())
}
