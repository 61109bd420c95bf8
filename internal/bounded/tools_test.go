package bounded

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// directCargo is the cargo of a toolchain, not rustup's proxy.
func directCargo(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("rustup", "which", "cargo").Output()
	if err != nil {
		t.Skipf("no cargo through rustup: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// proxyCargo is rustup's proxy.
func proxyCargo(t *testing.T) string {
	t.Helper()
	proxy, err := exec.LookPath("cargo")
	if err != nil {
		t.Skipf("no cargo on the PATH: %v", err)
	}
	target, err := filepath.EvalSymlinks(proxy)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(filepath.Base(target), "rustup") {
		t.Skipf("the cargo on the PATH is no link to rustup: %s", target)
	}
	return proxy
}

// hostEnv is the environment of the test without what would answer in place of
// the test's files, and with a cargo home of its own.
func hostEnv(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, pair := range probeEnv(os.Environ()) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	env["CARGO_HOME"] = t.TempDir()
	return env
}

// write makes files below dir, by slash-separated name.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tempDir is a temporary directory by its physical name.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// script makes a program of the shell's in a directory of its own.
func script(t *testing.T, name, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// start runs a command and returns its streams and whether it succeeded.
func start(t *testing.T, c *Command) (stdout, stderr string, ok bool) {
	t.Helper()
	command := exec.Command(c.Path, c.Args...)
	command.Dir, command.Env = c.Dir, c.Env
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	return out.String(), errs.String(), err == nil
}
