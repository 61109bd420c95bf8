// Package ordinary runs a command as its caller would run it, with nothing
// hidden or held, and watches it: package monitor records what it looks for.
//
// What differs from an unwatched run: programs with the set-user-id bit get no
// rights by it, because the kernel lets only such processes be watched without
// privileges; what the command leaves behind is killed when it ends; descriptors of
// the caller beyond the first three are closed; there is no debugger, no clone3(2)
// and no child of somebody else (CLONE_PARENT), and 32-bit programs do not run.
package ordinary

import (
	"io"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// Command is what to run.
type Command struct {
	Argv, Env []string
	Dir       string

	Stdin, Stdout, Stderr *os.File
	Signals               <-chan os.Signal // passed on to its process group; may be nil
	Record                io.Writer        // gets an observation.Record
}

var stage2Name = stage.Name("watched")

// IsStage2 reports whether the argument list is that of a second stage.
func IsStage2(args []string) bool { return len(args) == 1 && args[0] == stage2Name }
