// Command cargo-hermetic makes a cargo build a function of one directory. It
// is called by cargo as `cargo hermetic VERB`, and directly.
package main

import (
	"fmt"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/cli"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/perturb"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/verify"
)

func main() {
	switch {
	case sandbox.IsChild(os.Args):
		sandbox.ChildMain() // pid 1 of a world
	case build.IsRunner(os.Args):
		if err := build.Runner(os.Args, os.Environ(), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(diag.ExitFailed)
		}
	case build.IsRustc(os.Args):
		fmt.Fprintln(os.Stderr, "error:", build.Rustc(os.Args)) // returns only if it could not
		os.Exit(diag.ExitFailed)
	case build.IsLinker(os.Args):
		fmt.Fprintln(os.Stderr, "error:", build.Linker(os.Args)) // returns only if it could not
		os.Exit(diag.ExitFailed)
	case verify.IsStandIn(os.Args):
		fmt.Fprintln(os.Stderr, "error:", verify.StandIn(os.Args)) // returns only if it could not
		os.Exit(diag.ExitFailed)
	case perturb.IsStage(os.Args):
		if err := perturb.Stage(os.Args); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(diag.ExitFailed)
		}
	default:
		os.Exit(cli.Main(os.Args))
	}
}
