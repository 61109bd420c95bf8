//go:build linux

package hermetic_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// This file, with zoo_enter_test.go, is all that the zoo knows of perturbing a
// host. `dimensions` is what can differ between two builds of one exhibit, one
// key each; what builds and compares is in zoo_build_test.go and does not know
// them.

// circumstances are what surrounds one build and is no input of it.
type circumstances struct {
	Root       string // directory of the workspace
	Env        map[string]string
	Jobs       string
	Times      time.Time // of every source
	Hold       bool      // determinism, where Exposed is by --deterministic=no
	Neighbours int       // processes that do nothing but compute
	Changed    bool      // a file of the checkout that no package has

	Enter enter // what the process that builds does to itself first
	UID   int   // how the user is called in a user namespace; 0 is the caller
}

// scene is where the builds of one exhibit take place.
type zooScene struct {
	t   *testing.T
	top string
}

// in makes a directory of the scene.
func (s *zooScene) in(name string) string {
	dir := filepath.Join(s.top, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// put makes a file of the scene.
func (s *zooScene) put(name, text string, mode os.FileMode) string {
	file := filepath.Join(s.in(filepath.Dir(name)), filepath.Base(name))
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// quiet are the circumstances that others differ from.
func (s *zooScene) quiet() circumstances {
	return circumstances{
		Root: filepath.Join(s.top, "root"), Jobs: "2", Times: time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC),
		Env: map[string]string{
			"HOME": s.in("home"), "CARGO_HOME": s.in("cargo"), "TMPDIR": s.in("tmp"), "LANG": "C", "TZ": "UTC",
			"USER": "first", "PATH": filepath.Join(theHost.toolchain, "bin") + ":" + theHost.path,
		},
		Enter: enter{Umask: 0o022, Processors: processors()},
	}
}

// dimension is one thing that can differ.
type dimension struct {
	needs string // a key of zooNeeds, or nothing
	vary  func(s *zooScene, c *circumstances)
}

// zooDimensions are all of them. Those that vary nothing differ by themselves
// from one build to the next.
var zooDimensions = map[string]dimension{
	"root path": {"", func(s *zooScene, c *circumstances) { c.Root = filepath.Join(s.in("another/place"), "for it") }},
	"user": {"user namespace", func(s *zooScene, c *circumstances) {
		c.UID, c.Env["USER"], c.Env["LOGNAME"] = otherUser, "second", "second"
	}},
	"home":      {"", func(s *zooScene, c *circumstances) { c.Env["HOME"] = s.in("another/home") }},
	"host name": {"user namespace", func(s *zooScene, c *circumstances) { c.Enter.HostName = "elsewhere" }},
	"kernel":    {"kernel", func(s *zooScene, c *circumstances) { c.Enter.Kernel26 = true }},
	"clock":     {"", nothing},
	"time zone": {"", func(s *zooScene, c *circumstances) { c.Env["TZ"] = "JST-9" }},
	"locale": {"locale", func(s *zooScene, c *circumstances) {
		c.Env["LOCPATH"], c.Env["LC_ALL"] = filepath.Dir(madeLocale().name), filepath.Base(madeLocale().name)
	}},
	"umask":          {"", func(s *zooScene, c *circumstances) { c.Enter.Umask = 0o077 }},
	"cpus":           {"two processors", func(s *zooScene, c *circumstances) { c.Enter.Processors = c.Enter.Processors[1:2] }},
	"cpuid":          {"cpuid faulting", func(s *zooScene, c *circumstances) { c.Hold = true }}, // the processor of the policy
	"order of files": {"directory order", func(s *zooScene, c *circumstances) { c.Root = s.inOtherOrder() }},
	"addresses":      {"", nothing},
	"randomness":     {"", nothing},
	"environment": {"", func(s *zooScene, c *circumstances) {
		other := s.put("another/bin/rustc", "#!/bin/sh\necho 'host: elsewhere'\n", 0o755)
		c.Env["RELEASE_TAG"], c.Env["PATH"] = "v2", filepath.Dir(other)+":"+c.Env["PATH"]
		c.Env["NOISE"] = strings.Repeat("noise ", 500)
	}},
	"jobs": {"", func(s *zooScene, c *circumstances) { c.Jobs = "3" }},
	"pid":  {"", func(s *zooScene, c *circumstances) { c.Jobs = "1" }},
	"tmp contents": {"", func(s *zooScene, c *circumstances) {
		c.Env["TMPDIR"] = filepath.Dir(s.put("another/tmp/gen-cache", "made earlier", 0o644))
	}},
	"mtimes":   {"", func(s *zooScene, c *circumstances) { c.Times = c.Times.AddDate(9, 5, 0) }},
	"load":     {"", func(s *zooScene, c *circumstances) { c.Neighbours = 3 }},
	"checkout": {"git", func(s *zooScene, c *circumstances) { c.Changed = true }},
}

func nothing(*zooScene, *circumstances) {}

// apart are circumstances that differ from the quiet ones in one dimension.
func (s *zooScene) apart(cause string) circumstances {
	c := s.quiet()
	zooDimensions[cause].vary(s, &c)
	return c
}

// everyOther are circumstances that differ from the quiet ones in every dimension
// that this host can vary. That of the file system decides where the root is.
func (s *zooScene) everyOther() circumstances {
	c := s.quiet()
	for name, d := range zooDimensions {
		if name != "order of files" && lackingHere(d.needs) == "" {
			d.vary(s, &c)
		}
	}
	if d := zooDimensions["order of files"]; lackingHere(d.needs) == "" {
		d.vary(s, &c)
	}
	return c
}

// inOtherOrder is a root whose directories are listed in another order than those
// of the quiet one.
func (s *zooScene) inOtherOrder() string {
	dir, err := os.MkdirTemp(otherOrder(), "hermetic-zoo-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { removeAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	return filepath.Join(dir, "root")
}

// zooNeeds are what a host may lack, each with how to find out: empty, or what is
// lacking.
var zooNeeds = map[string]func() string{
	"x86-64":          func() string { return unless(runtime.GOARCH == "amd64", "this is not x86-64") },
	"two processors":  func() string { return unless(len(processors()) > 1, "there is one processor") },
	"cpuid faulting":  func() string { return unless(faultsOnCPUID(), "this processor cannot hide itself from CPUID") },
	"user namespace":  func() string { return unless(userNamespaces(), "there are no user namespaces here") },
	"kernel":          func() string { return unless(otherKernel(), "the kernel cannot call itself 2.6 here") },
	"locale":          func() string { return madeLocale().lacking },
	"directory order": func() string { return unless(otherOrder() != "", "every file system here lists in one order") },
	"git":             func() string { return unless(installed("git"), "git is not installed") },
}

func unless(there bool, lacking string) string {
	if there {
		return ""
	}
	return lacking
}

// lackingHere is what this host lacks of these needs; "" needs nothing.
func lackingHere(needs ...string) string {
	for _, need := range needs {
		if need == "" {
			continue
		}
		if lacking := zooNeeds[need](); lacking != "" {
			return lacking
		}
	}
	return ""
}
