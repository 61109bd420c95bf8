package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// rustc links programs for a host with a C library by starting a C compiler,
// which knows where that library and its start files are and starts the linker.
// Where the policy says `linker = "rust-lld"`, this tool stands in for that
// compiler: it turns its options into those of a linker, adds the start files
// that a C compiler would add, and becomes the toolchain's own rust-lld. It
// compiles nothing.

// IsLinker reports whether this process was started as the linker of a world.
func IsLinker(args []string) bool {
	return len(args) > 0 && filepath.IsAbs(args[0]) && strings.HasSuffix(args[0], world.Linker)
}

// Linker becomes rust-lld. It returns only if it could not.
func Linker(args []string) error {
	// rustc puts the directories of its own programs in front of PATH.
	lld, err := exec.LookPath("rust-lld")
	if err != nil {
		return fmt.Errorf("this toolchain has no linker of its own, and hermetic.toml says `linker = \"rust-lld\"`: %w", err)
	}
	options, err := linkerOptions(args[1:], os.DirFS("/"), runtime.GOARCH)
	if err != nil {
		return err
	}
	return become(lld, append([]string{lld, "-flavor", "gnu"}, options...), os.Environ())
}
