//go:build linux

// Package hermetic_test runs the scripts of testdata/script: the program as it
// ships, real cargo, real crates, one behaviour a script.
//
// Every script has a directory, a home and an environment of its own, and takes
// nothing of the caller's but a Rust toolchain and what reaches the network. The
// store is shared by the scripts of one run, as it is by the projects of one
// user; a script that damages it, or must find it empty, sets XDG_CACHE_HOME.
//
// It does not look inside the program: what a package promises is tested beside
// the package.
package hermetic_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// atOnce is how many scripts run at the same time. Each runs cargo, which takes
// every processor by itself.
const atOnce = 2

func TestScripts(t *testing.T) {
	turns := make(chan struct{}, atOnce)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		WorkdirRoot:         theHost.work,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           theHost.condition,
		Cmds:                commands,
		Setup: func(env *testscript.Env) error {
			turns <- struct{}{}
			env.Defer(func() { <-turns })
			watch(env)
			return theHost.setup(env)
		},
	})
}

// passedOn are the caller's variables that decide how the network is reached.
var passedOn = []string{
	"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "CARGO_HTTP_PROXY",
}

// setup gives a script its environment:
//
//	HOME, XDG_CACHE_HOME, RUSTUP_HOME, PATH, TMPDIR   as above
//	RELEASE, TRIPLE, TOOLCHAIN   version, host and directory of the toolchain
//	NIGHTLY                      directory of another one, see [nightly]
//	STORE                        of the program, below XDG_CACHE_HOME
//	OTHER                        a directory that `asuser` can write to
//	EXAMPLES                     the directory of that name in the module
//	FETCHED                      a CARGO_HOME for plain cargo, shared by all scripts
func (h *host) setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	other, err := h.otherPlace(filepath.Base(env.WorkDir))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_CACHE_HOME": h.cache, "STORE": filepath.Join(h.cache, "cargo-hermetic"),
		"RUSTUP_HOME": h.rustupHome, "RUSTUP_AUTO_INSTALL": "0", "PATH": h.path, "LANG": "C.UTF-8",
		"RELEASE": h.release, "TRIPLE": h.triple, "TOOLCHAIN": h.toolchain, "NIGHTLY": h.nightly,
		"OTHER": other, "FETCHED": h.fetched, "EXAMPLES": h.examples,
	} {
		env.Setenv(name, value)
	}
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			env.Setenv(name, value)
		}
	}
	// What a script leaves can be hundreds of megabytes.
	env.Defer(func() {
		if !h.keep {
			removeAll(env.WorkDir)
			removeAll(other)
		}
	})
	return nil
}
