//go:build linux

package hermetic_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// toolchainConditions are what scripts about toolchains need of the host.
var toolchainConditions = map[string]func() bool{
	"dated":        datedNightly,
	"otherTarget":  otherTarget,
	"packagedRust": func() bool { return packagedRust("rustc") == nil },
	"packagedWeb":  func() bool { return packagedRust("rustc-web") == nil },
}

// install lets rustup install a toolchain into the RUSTUP_HOME of this name
// beside that of all scripts, and says whether it could.
func install(name string, args ...string) bool {
	if theHost.rustup == "" {
		return false
	}
	cmd := exec.Command(theHost.rustup, args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "RUSTUP_HOME="+filepath.Join(theHost.dir, name), "CARGO_HOME="+filepath.Join(theHost.dir, name, "cargo"), "RUSTUP_TOOLCHAIN=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "scripts: rustup %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return err == nil
}

// datedNightly installs the nightly of one day, in $RUSTUP_HOME/../dated.
var datedNightly = sync.OnceValue(func() bool {
	return install("dated", "toolchain", "install", "nightly-2026-01-01", "--profile", "minimal", "--no-self-update")
})

// otherTarget installs the scripts' release with the library of another target,
// in $RUSTUP_HOME/../targets.
var otherTarget = sync.OnceValue(func() bool {
	return install("targets", "toolchain", "install", theHost.release, "--profile", "minimal", "--no-self-update", "--target", "wasm32-unknown-unknown")
})

// packagedRust makes the system of a Debian with packages of Rust, in
// $RUSTUP_HOME/../RUSTC: `usr`, `etc` and the package database. It is one of this
// host's release, so that it can be mounted over this host's own.
func packagedRust(rustc string) error { return packagedSystems[rustc]() }

var packagedSystems = map[string]func() error{
	"rustc": sync.OnceValue(func() error {
		return makeSystem("rustc", "rustc,cargo,lld,libstd-rust-dev-wasm32")
	}),
	"rustc-web": sync.OnceValue(func() error { return makeSystem("rustc-web", "rustc-web,cargo-web") }),
}

// makeSystem lets mmdebstrap make it and unpacks on the way what a system layer is
// made of.
func makeSystem(name, packages string) error {
	dir := filepath.Join(theHost.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	bootstrap, err := mmdebstrap("--include=gcc,libc6-dev,zlib1g,"+packages, "-")
	if err != nil {
		return err
	}
	unpack := exec.Command("tar", "-x", "-C", dir, "--no-same-owner", "--wildcards",
		"--exclude=./usr/share/doc/*", "--exclude=./usr/share/locale/*", "--exclude=./usr/share/man/*",
		"./usr/*", "./var/lib/dpkg/*", "./etc/alternatives/*")
	var said, saidUnpacking bytes.Buffer
	bootstrap.Stderr, unpack.Stderr = &said, &saidUnpacking
	if unpack.Stdin, err = bootstrap.StdoutPipe(); err != nil {
		return err
	}
	if err := unpack.Start(); err != nil {
		return err
	}
	made := bootstrap.Start()
	unpacked := unpack.Wait()
	if made == nil {
		made = bootstrap.Wait()
	}
	if err := errors.Join(made, unpacked); err != nil {
		fmt.Fprintf(os.Stderr, "scripts: a Debian with %s: %v\n%s%s", packages, err, said.Bytes(), saidUnpacking.Bytes())
		return err
	}
	return nil
}
