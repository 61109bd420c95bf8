package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// surroundings is what this process was started with.
type surroundings struct {
	host  *build.Host
	shell *ui.Shell
}

// readSurroundings is the one place that reads the environment. The shell is
// there even when something else is wrong, so that it can be said.
func readSurroundings(inv *invocation) (surroundings, error) {
	env := map[string]string{}
	for _, kv := range os.Environ() {
		if name, value, ok := strings.Cut(kv, "="); ok && name != "" {
			env[name] = value
		}
	}
	flag, verbosity := "", ui.Normal
	if inv != nil {
		flag, verbosity = inv.cargo.color(), ui.Verbosity(min(inv.cargo.verbose(), int(ui.VeryVerbose)))
		if inv.cargo.quiet() {
			verbosity = ui.Quiet
		}
	}
	onTerminal, colorErr := ui.Color(flag, env, true)
	elsewhere, _ := ui.Color(flag, env, false) // the same error, if any
	color := onTerminal && term.IsTerminal(int(os.Stderr.Fd())) || elsewhere
	h := &build.Host{
		Env: env, System: "/", Version: version, Now: time.Now,
		Stdout: os.Stdout, Stderr: os.Stderr, Color: when(onTerminal, elsewhere),
		NoProgress: env["CI"] != "" || env["TERM"] == "dumb",
		Shell:      ui.NewShell(os.Stderr, verbosity, color),
	}
	s := surroundings{h, h.Shell}
	return s, errors.Join(colorErr, places(h, env, inv))
}

// when is the colour decision in cargo's words.
func when(onTerminal, elsewhere bool) string {
	switch {
	case elsewhere:
		return "always"
	case onTerminal:
		return "auto"
	}
	return "never"
}

// places fills in the directories.
func places(h *build.Host, env map[string]string, inv *invocation) error {
	if inv != nil && inv.chdir != "" {
		if err := os.Chdir(inv.chdir); err != nil {
			return usageError("cannot change to the directory of `-C`").Because(err).WithHelp("name a directory")
		}
	}
	// As the kernel says it, not as $PWD does: that is what cargo uses. And
	// without a look at the directories above.
	cwd, err := syscall.Getwd()
	if err == nil && !filepath.IsAbs(cwd) {
		err = errors.New("it lies outside the root directory of this process")
	}
	if err != nil {
		return diag.Wrap(err, "finding the current directory")
	}
	h.Cwd, h.Temp = cwd, os.TempDir()
	home := env["HOME"]
	if filepath.IsAbs(home) {
		h.Home = filepath.Clean(home)
	}
	if h.Store = env["XDG_CACHE_HOME"]; !filepath.IsAbs(h.Store) { // a relative one is to be ignored, says the XDG specification
		h.Store = filepath.Join(home, ".cache")
	}
	h.Store = filepath.Join(h.Store, "cargo-hermetic")
	if h.Rustup = env["RUSTUP_HOME"]; h.Rustup == "" {
		h.Rustup = filepath.Join(home, ".rustup")
	}
	if h.Cargo = env["CARGO_HOME"]; h.Cargo == "" {
		h.Cargo = filepath.Join(home, ".cargo")
	}
	h.Rustup, h.Cargo = h.Absolute(h.Rustup), h.Absolute(h.Cargo)
	if !filepath.IsAbs(home) && (!filepath.IsAbs(h.Store) || env["RUSTUP_HOME"] == "") {
		return diag.New(diag.ExitUsage, "HOME is not set, so there is no place for the store").
			WithHelp("set HOME, or XDG_CACHE_HOME and RUSTUP_HOME")
	}
	return nil
}
