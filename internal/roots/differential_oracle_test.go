//go:build !windows

package roots_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// oracle runs the programs whose searches package roots models.
type oracle struct {
	cargo     string // of the toolchain, not rustup's proxy
	rustup    string
	git       string // empty if there is none
	toolchain string // directory
	rustups   string // RUSTUP_HOME, with the toolchains linked
	starts    atomic.Int64
}

// toolchains are the names under which rustup knows the one toolchain. The
// first is the default.
var toolchains = []string{"one", "two", "three"}

// discovered are the names that upward searches look for. One of them above the
// temporary directory would be found by the oracle.
var discovered = []string{"Cargo.toml", ".cargo", "rust-toolchain", "rust-toolchain.toml", ".git"}

func newOracle(t testing.TB) *oracle {
	t.Helper()
	o := &oracle{}
	var err error
	if o.rustup, err = exec.LookPath("rustup"); err != nil {
		t.Skipf("no oracle: %v", err)
	}
	cargo, err := exec.Command(o.rustup, "which", "cargo").Output()
	if err != nil {
		t.Skipf("no oracle: rustup which cargo: %v", err)
	}
	o.cargo = strings.TrimSpace(string(cargo))
	o.toolchain = filepath.Dir(filepath.Dir(o.cargo))
	if o.git, err = exec.LookPath("git"); err != nil {
		t.Logf("version control is not compared: %v", err)
	}
	o.rustups = t.TempDir()
	for dir := filepath.Dir(o.rustups); ; dir = filepath.Dir(dir) {
		for _, name := range discovered {
			if _, err := os.Lstat(filepath.Join(dir, name)); !os.IsNotExist(err) {
				t.Skipf("the oracle would find what is above the temporary directory: %s (%v)", filepath.Join(dir, name), err)
			}
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for _, name := range toolchains {
		o.must(t, o.rustup, "toolchain", "link", name, o.toolchain)
	}
	o.must(t, o.rustup, "default", toolchains[0])
	return o
}

func (o *oracle) must(t testing.TB, program string, args ...string) {
	t.Helper()
	command := exec.Command(program, args...)
	command.Dir, command.Env = o.rustups, o.environment(o.rustups)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// environment is all that a program sees.
func (o *oracle) environment(home string) []string {
	return []string{
		"CARGO_HOME=" + home, "HOME=" + filepath.Join(o.rustups, "nobody"), "RUSTUP_HOME=" + o.rustups,
		"PATH=" + filepath.Join(o.toolchain, "bin") + string(filepath.ListSeparator) + "/usr/bin" + string(filepath.ListSeparator) + "/bin",
	}
}

// answer is what a program said.
type answer struct {
	ok          bool
	out, errors string
}

// startTime bounds one start, for cargo that waits for something.
const startTime = time.Minute

// overflow stands for the end of a program whose stack is full.
const overflow = "the stack overflows"

// ask runs a program. An error means that there is no answer.
func (o *oracle) ask(dir, home string, extra []string, program string, args ...string) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	o.starts.Add(1)
	command := exec.CommandContext(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	command.Dir, command.Stdout, command.Stderr = dir, &stdout, &stderr
	command.Env = append(o.environment(home), extra...)
	err := command.Run()
	if i := strings.Index(stderr.String(), "error: "); i > 0 {
		stderr.Next(i) // warnings
	}
	exit, exited := errors.AsType[*exec.ExitError](err)
	if exited && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGABRT {
		stderr.WriteString(overflow) // it says so itself, but in words of its runtime
	} else if err != nil && (!exited || !exit.Exited()) {
		return answer{}, err
	}
	return answer{err == nil, stdout.String(), stderr.String()}, nil
}

// locate asks for the first manifest: its path, or empty if there is none.
func (o *oracle) locate(dir, home string) (string, answer, error) {
	a, err := o.ask(dir, home, nil, o.cargo, "locate-project", "--message-format", "plain")
	return strings.TrimSpace(a.out), a, err
}

// metadata is what `cargo metadata` says of a workspace.
type metadata struct {
	WorkspaceRoot    string   `json:"workspace_root"`
	WorkspaceMembers []string `json:"workspace_members"`
	Packages         []struct {
		ID           string `json:"id"`
		ManifestPath string `json:"manifest_path"`
	} `json:"packages"`
}

// workspace asks for the workspace; with all for what dependencies are, too.
func (o *oracle) workspace(dir, home, manifest string, all bool) (metadata, answer, error) {
	args := []string{"metadata", "--format-version", "1", "--offline"}
	if !all {
		args = append(args, "--no-deps")
	}
	if manifest != "" {
		args = append(args, "--manifest-path", manifest)
	}
	var m metadata
	a, err := o.ask(dir, home, nil, o.cargo, args...)
	if err == nil && a.ok {
		err = json.Unmarshal([]byte(a.out), &m)
	}
	return m, a, err
}

// unstable lets the stable cargo have `cargo config`.
var unstable = []string{"RUSTC_BOOTSTRAP=1"}

// configuration asks for the merged configuration.
func (o *oracle) configuration(dir, home string) (map[string]any, answer, error) {
	a, err := o.ask(dir, home, unstable, o.cargo, "-Zunstable-options", "config", "get", "--format", "json")
	if err != nil || !a.ok {
		return nil, a, err
	}
	var merged map[string]any
	decoder := json.NewDecoder(strings.NewReader(a.out))
	decoder.UseNumber()
	err = decoder.Decode(&merged)
	return merged, a, err
}

// origins asks where each value of the configuration comes from.
func (o *oracle) origins(dir, home string) (answer, error) {
	return o.ask(dir, home, unstable, o.cargo, "-Zunstable-options", "config", "get", "--format", "toml", "--show-origin")
}

// pin asks for the toolchain file: its path, or empty if none counts.
func (o *oracle) pin(dir, home string) (string, answer, error) {
	a, err := o.ask(dir, home, nil, o.rustup, "show", "active-toolchain")
	_, after, overridden := strings.Cut(a.out, "(overridden by '")
	if !overridden {
		return "", a, err
	}
	path, _, _ := strings.Cut(after, "'")
	return path, a, err
}

// checkout asks for the top of the version-control checkout, or empty.
func (o *oracle) checkout(dir, home string) (string, answer, error) {
	a, err := o.ask(dir, home, []string{"GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"}, o.git, "rev-parse", "--show-toplevel")
	return strings.TrimSpace(a.out), a, err
}
