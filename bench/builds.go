package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// builds is the place where builds are measured: a temporary directory with
// the product, a store of its own, and the trees.
type builds struct {
	dir     string
	product string            // the program under test, built from this module
	homes   map[string]string // CARGO_HOME and RUSTUP_HOME, and HOME for both
	bin     string            // of the toolchain that plain cargo is taken from
	release string            // what its rustc says
}

// newBuilds makes the directory and builds the product.
func newBuilds(ctx context.Context) (b *builds, err error) {
	dir, err := os.MkdirTemp("", "cargo-hermetic-bench-")
	if err != nil {
		return nil, err
	}
	b = &builds{dir: dir, product: filepath.Join(dir, "cargo-hermetic")}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.homes, err = homes(); err != nil {
		return nil, err
	}
	return b, goBuild(ctx, b.product, "cmd/cargo-hermetic")
}

// close removes everything.
func (b *builds) close() error { return fsx.RemoveTree(b.dir) }

// homes finds where cargo and rustup keep their things.
func homes() (map[string]string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	found := map[string]string{"HOME": home}
	for name, folder := range map[string]string{"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup"} {
		if found[name] = os.Getenv(name); found[name] == "" {
			found[name] = filepath.Join(home, folder)
		}
		if found[name], err = filepath.Abs(found[name]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// findToolchain learns which toolchain a tree pins. Rust is asked where it is,
// so that plain cargo can be called without rustup's proxy in front of it.
func (b *builds) findToolchain(ctx context.Context, tree string) error {
	which := exec.CommandContext(ctx, "rustup", "which", "cargo")
	which.Dir = tree
	path, err := output(which)
	if err != nil {
		return err
	}
	b.bin = filepath.Dir(path)
	b.release, err = output(exec.CommandContext(ctx, filepath.Join(b.bin, "rustc"), "--version"))
	return err
}

// hermetic is a command of the product, with the caller's environment (which
// serves a fetch) and a store of our own.
func (b *builds) hermetic(ctx context.Context, tree string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.product, args...)
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(b.dir, "cache"))
	return cmd
}

// plain is a command of a cargo in an environment that holds nothing to make
// it slower or faster. The settings in CARGO_HOME act all the same.
func (b *builds) plain(ctx context.Context, cargo, tree, target string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cargo, "build", "--locked", "--offline")
	cmd.Dir = tree
	cmd.Env = []string{
		// The toolchain first, so that cargo finds its rustc without the proxy.
		"PATH=" + filepath.Dir(cargo) + ":/usr/local/bin:/usr/bin:/bin",
		"LANG=C.UTF-8",
		"CARGO_INCREMENTAL=0", // the product has it so, for reproducible bytes
		"CARGO_TARGET_DIR=" + target,
	}
	for name, value := range b.homes {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// proxy is rustup's cargo, which most people call.
func (b *builds) proxy() string { return filepath.Join(b.homes["CARGO_HOME"], "bin", "cargo") }

// output runs a command and returns its standard output without the last line
// end. What it said on standard error is part of the error.
func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return "", diag.Wrap(err, "running `%s`", strings.Join(cmd.Args, " "))
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// timed runs a command and says what it cost and what it printed.
//
// The kernel adds the CPU time of a waited child, and of what that child
// waited for, to its parent. Inside the sandbox cargo waits for its compilers
// and pid 1 for cargo, and the kernel collects for pid 1 whatever is left when
// it ends; so nothing is missing. TestCPUTimeLeavesTheSandbox holds it to that.
func timed(cmd *exec.Cmd) (s sample, printed string, err error) {
	// A file, because a pipe would need a second thread of ours to empty it.
	log, err := os.CreateTemp("", "cargo-hermetic-bench-*.log")
	if err != nil {
		return s, "", err
	}
	defer func() { err = errors.Join(err, log.Close(), os.Remove(log.Name())) }()
	cmd.Stdout, cmd.Stderr = log, log
	start := time.Now()
	runErr := cmd.Run()
	s.Wall = time.Since(start)
	data, err := os.ReadFile(log.Name())
	if err != nil {
		return s, "", err
	}
	if runErr != nil {
		return s, "", diag.Wrap(fmt.Errorf("%w\n%s", runErr, data), "running `%s`", strings.Join(cmd.Args, " "))
	}
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return s, string(data), nil
}
