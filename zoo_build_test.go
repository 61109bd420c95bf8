//go:build linux

package hermetic_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// builder of one kind.
type zooBuilder struct {
	name    string
	profile string   // where it leaves what it makes
	argv    []string // without --jobs
}

// zooRemap runs rustc with the place of the root taken out of what rustc itself
// writes, as careful projects have it, so that with plain cargo no crate differs
// but by what it does. Places in the target directory stay.
const zooRemap = `#!/bin/sh
exec "$@" --remap-path-prefix "$ZOO_ROOT=/root" --remap-path-prefix "$ZOO_ROOT/target=$ZOO_ROOT/target"
`

// plainCargo is the toolchain's own.
func plainCargo() zooBuilder {
	return zooBuilder{"plain cargo", "target/debug", []string{filepath.Join(theHost.toolchain, "bin", "cargo"), "build", "-q", "--offline"}}
}

// ours builds with the product; hold is the value of --deterministic.
func ours(hold bool) zooBuilder {
	argv := []string{filepath.Join(theHost.dir, "bin", "cargo-hermetic"), "build", "-q"}
	name := "ours"
	if !hold {
		name, argv = "ours, not deterministic", append(argv, "--deterministic=no")
	}
	return zooBuilder{name, "target/hermetic/debug", argv}
}

// made is what one build came to.
type made struct {
	code      int
	said      string
	artifacts map[string]artifact // nil if it failed
	graph     graph
}

// build lays an exhibit anew and builds it once.
func (s *zooScene) build(x *exhibit, b zooBuilder, c circumstances) made {
	s.t.Helper()
	s.layIn(x, c)
	argv := append([]string{}, b.argv...)
	c.Env["RUSTUP_HOME"], c.Env["RUSTUP_AUTO_INSTALL"], c.Env["XDG_CACHE_HOME"] = theHost.rustupHome, "0", theHost.cache
	// A rustc on PATH is for build scripts that look for one, not for cargo.
	c.Env["RUSTC"], c.Env["ZOO_ROOT"] = filepath.Join(theHost.toolchain, "bin", "rustc"), c.Root
	c.Env["RUSTC_WRAPPER"] = s.put("remapped", zooRemap, 0o755)
	for range c.Neighbours {
		defer s.neighbour()()
	}
	cmd := c.command(s.t, append(argv, "--jobs", c.Jobs)...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	m := made{code: statusOf(cmd.ProcessState), said: string(out)}
	if strings.Contains(m.said, "goroutine ") {
		s.t.Errorf("it crashed:\n%s", m.said)
	}
	if m.graph, err = readGraph(filepath.Join(c.Root, "Cargo.lock")); err != nil {
		s.t.Fatal(err)
	}
	if m.code != 0 {
		return m
	}
	if m.artifacts, err = artifactsOf(filepath.Join(c.Root, b.profile)); err != nil {
		s.t.Fatal(err)
	}
	for _, name := range []string{"app/app", "brisk/libbrisk.so", "calm/libcalm.rlib", "calm/out/words.txt", "calm/output"} {
		if _, ok := m.artifacts[name]; !ok {
			s.t.Fatalf("%s did not make `%s`: %v", b.name, name, m.artifacts)
		}
	}
	return m
}

// layIn removes what is at the root of c and lays the exhibit there.
func (s *zooScene) layIn(x *exhibit, c circumstances) {
	s.t.Helper()
	removeAll(c.Root)
	if err := x.lay(c.Root); err != nil {
		s.t.Fatal(err)
	}
	lock := exec.Command(filepath.Join(theHost.toolchain, "bin", "cargo"), "generate-lockfile", "-q", "--offline")
	lock.Dir, lock.Env = c.Root, []string{"CARGO_HOME=" + c.Env["CARGO_HOME"], "HOME=" + c.Env["HOME"], "PATH=" + c.Env["PATH"],
		"RUSTC=" + filepath.Join(theHost.toolchain, "bin", "rustc")}
	if out, err := lock.CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	s.commit(c)
	err := filepath.WalkDir(c.Root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			err = os.Chtimes(path, c.Times, c.Times)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// commit makes a checkout of the root, where there is git, always with the same
// commit; what may be changed in it belongs to no package.
func (s *zooScene) commit(c circumstances) {
	s.t.Helper()
	readme := filepath.Join(c.Root, "README")
	if err := os.WriteFile(readme, []byte("An exhibit.\n"), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if installed("git") {
		for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"commit", "-q", "-m", "all"}} {
			git := exec.Command("git", args...)
			git.Dir, git.Env = c.Root, []string{"PATH=" + systemPath, "HOME=" + c.Env["HOME"],
				"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL=c@d",
				"GIT_AUTHOR_DATE=2001-02-03T04:05:06Z", "GIT_COMMITTER_DATE=2001-02-03T04:05:06Z"}
			if out, err := git.CombinedOutput(); err != nil {
				s.t.Fatalf("git %s: %v\n%s", args, err, out)
			}
		}
	}
	if c.Changed {
		if err := os.WriteFile(readme, []byte("An exhibit, changed.\n"), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}

// nextSecond waits until no clock of whole seconds shows what it showed.
func nextSecond() {
	<-time.After(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
}

// newZooScene makes the place for an exhibit.
func newZooScene(t *testing.T, name string) *zooScene {
	t.Helper()
	top, err := os.MkdirTemp(theHost.work, "zoo-"+name+"-")
	if err == nil {
		err = os.Chmod(top, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !theHost.keep {
			removeAll(top)
		}
	})
	return &zooScene{t, top}
}
