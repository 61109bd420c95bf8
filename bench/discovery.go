package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
)

const (
	// discoveryPackages are how many packages the searched workspace has.
	discoveryPackages = 500
	// discoveryGoal is for the median of our own time.
	discoveryGoal = 10 * time.Millisecond
)

// measureDiscovery compares the five searches with the manifests of the whole
// workspace, and then all that happens before a build (the same, and the look
// for what leaves the root), with cargo listing that workspace. The files are in
// memory after the first round.
func measureDiscovery(ctx context.Context, r *report, n int) (err error) {
	dir, err := os.MkdirTemp("", "cargo-hermetic-bench-")
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, fsx.RemoveTree(dir)) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	if err := bigWorkspace(dir, discoveryPackages); err != nil {
		return err
	}
	start := filepath.Join(dir, "crates", "member-007", "src")
	home := filepath.Join(dir, "home")
	host := &build.Host{Cwd: start, Env: map[string]string{}, Cargo: home}
	within := func(f func() (members int, err error)) func() (sample, error) {
		return func() (s sample, err error) {
			before := ownCPU()
			began := time.Now()
			members, err := f()
			s.Wall, s.CPU = time.Since(began), ownCPU()-before
			if err == nil && members != discoveryPackages {
				err = fmt.Errorf("found %d members of %d", members, discoveryPackages)
			}
			return s, err
		}
	}
	runners := []runner{
		{"discovery", within(func() (int, error) { return discover(start, home) })},
		{"discovery and refusals", within(func() (int, error) {
			p, err := build.Locate(host, &build.Options{})
			if err != nil {
				return 0, err
			}
			return len(p.Contents.Packages.Members), nil
		})},
	}
	cargo, err := output(exec.CommandContext(ctx, "rustup", "which", "cargo"))
	if err != nil {
		return err
	}
	runners = append(runners, runner{"cargo metadata --no-deps", func() (sample, error) {
		list := exec.CommandContext(ctx, cargo, "metadata", "--no-deps", "--offline", "--format-version", "1")
		list.Dir = start
		list.Env = []string{"CARGO_HOME=" + home, "HOME=" + home, "PATH=" + filepath.Dir(cargo)}
		s, _, err := timed(list)
		return s, err
	}})
	series, err := alternate(n, runners)
	if err != nil {
		return err
	}
	for i, goal := range []time.Duration{discoveryGoal, 0} {
		c := comparison{What: discovery, Tree: fmt.Sprintf("%d packages", discoveryPackages), Ours: runners[i].name, Theirs: runners[2].name, GoalWall: goal.Seconds()}
		r.add(c, series[i], series[2])
	}
	return nil
}

// discover runs the searches of a build and counts the workspace's members.
func discover(start, home string) (members int, err error) {
	found, err := roots.Find(build.Files(), roots.Request{Cwd: start, Cargo: home})
	if err != nil {
		return 0, err
	}
	if _, err := roots.Configure(build.Files(), found.Config, "", nil); err != nil {
		return 0, err
	}
	roots.ToolchainFile(build.Files(), found.Config) // there is none
	packages, err := roots.ReadPackages(build.Files(), found, home)
	if err != nil {
		return 0, err
	}
	return len(packages.Members), nil
}

// bigWorkspace writes a checkout with a workspace of n packages, each with
// inherited fields, a few dependencies and sources, as workspaces have them.
func bigWorkspace(dir string, n int) error {
	files := map[string]string{
		".git/HEAD": "ref: refs/heads/main\n",
		"Cargo.toml": "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n\n[workspace.package]\nversion = \"0.1.0\"\nedition = \"2021\"\n\n" +
			"[workspace.dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n",
		".cargo/config.toml": "[build]\nrustflags = [\"-g\"]\n\n[alias]\nxtask = \"run --package xtask --\"\n",
		"home/nothing":       "",
	}
	for i := range n {
		var m strings.Builder
		fmt.Fprintf(&m, "[package]\nname = \"member-%03d\"\nversion.workspace = true\nedition.workspace = true\ndescription = \"One of many\"\nlicense = \"MIT\"\n\n", i)
		m.WriteString("[features]\ndefault = [\"std\"]\nstd = []\n\n[dependencies]\nserde = { workspace = true, optional = true }\n")
		for _, below := range []int{i / 2, i / 3, i / 5} {
			if below < i {
				fmt.Fprintf(&m, "member-%03d = { path = \"../member-%03d\" }\n", below, below)
			}
		}
		m.WriteString("\n[dev-dependencies]\nserde = { workspace = true }\n\n[lints.rust]\nunsafe_code = \"forbid\"\n")
		place := fmt.Sprintf("crates/member-%03d/", i)
		files[place+"Cargo.toml"] = dedupe(m.String())
		files[place+"src/lib.rs"] = "pub fn nothing() {}\n"
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// dedupe drops lines that name a dependency twice.
func dedupe(manifest string) string {
	seen := map[string]bool{}
	var kept []string
	for line := range strings.Lines(manifest) {
		if strings.HasPrefix(line, "member-") {
			if seen[line] {
				continue
			}
			seen[line] = true
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "")
}
