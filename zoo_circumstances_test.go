//go:build linux

package hermetic_test

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	Hold       bool      // ours holds the processor still, although the other build does not
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
	from  func(c *circumstances) // what the other build needs so that it surely differs; may be nil
}

// zooDimensions are all of them, by the names that `verify --vary` has for those
// that it varies. What varies nothing differs by itself from one build to the next.
var zooDimensions = map[string]dimension{
	"root-path": {"", func(s *zooScene, c *circumstances) { c.Root = filepath.Join(s.in("another/place"), "for it") }, nil},
	"user": {"user namespace", func(s *zooScene, c *circumstances) {
		c.UID, c.Env["USER"], c.Env["LOGNAME"] = otherUser, "second", "second"
	}, nil},
	"home":      {"", func(s *zooScene, c *circumstances) { c.Env["HOME"] = s.in("another/home") }, nil},
	"host-name": {"user namespace", func(s *zooScene, c *circumstances) { c.Enter.HostName = "elsewhere" }, nil},
	"kernel":    {"kernel", func(s *zooScene, c *circumstances) { c.Enter.Kernel26 = true }, nil},
	"clock":     {"", nothing, nil},
	"time-zone": {"", func(s *zooScene, c *circumstances) { c.Env["TZ"] = "JST-9" }, nil},
	"locale": {"locale", func(s *zooScene, c *circumstances) {
		c.Env["LOCPATH"], c.Env["LC_ALL"] = filepath.Dir(madeLocale().name), filepath.Base(madeLocale().name)
	}, nil},
	"umask": {"", func(s *zooScene, c *circumstances) { c.Enter.Umask = 0o077 }, nil},
	"cpus":  {"two processors", func(s *zooScene, c *circumstances) { c.Enter.Processors = processors()[1:2] }, nil},
	"core": {"two processors", func(s *zooScene, c *circumstances) { c.Enter.Processors = processors()[1:2] },
		func(c *circumstances) { c.Enter.Processors = processors()[:1] }},
	"cpuid":      {"cpuid faulting", func(s *zooScene, c *circumstances) { c.Hold = true }, nil}, // the processor of the policy
	"file-order": {"directory order", func(s *zooScene, c *circumstances) { c.Root = s.inOtherOrder() }, nil},
	"addresses":  {"", nothing, nil},
	"randomness": {"", nothing, nil},
	"environment": {"", func(s *zooScene, c *circumstances) {
		other := s.put("another/bin/rustc", "#!/bin/sh\necho 'host: elsewhere'\n", 0o755)
		c.Env["RELEASE_TAG"], c.Env["PATH"] = "v2", filepath.Dir(other)+":"+c.Env["PATH"]
		c.Env["NOISE"] = strings.Repeat("noise ", 500)
	}, nil},
	"jobs": {"", func(s *zooScene, c *circumstances) { c.Jobs = "3" }, nil},
	"pid":  {"", func(s *zooScene, c *circumstances) { c.Jobs = "1" }, nil},
	"temporary": {"", func(s *zooScene, c *circumstances) {
		c.Env["TMPDIR"] = filepath.Dir(s.put("another/tmp/gen-cache", "made earlier", 0o644))
	}, nil},
	"file-times": {"", func(s *zooScene, c *circumstances) { c.Times = c.Times.AddDate(9, 5, 0) }, nil},
	"load":       {"", func(s *zooScene, c *circumstances) { c.Neighbours = 2 }, nil},
	"checkout":   {"git", func(s *zooScene, c *circumstances) { c.Changed = true }, nil},
}

func nothing(*zooScene, *circumstances) {}

// pair are circumstances that differ in one dimension.
func (s *zooScene) pair(cause string) (one, other circumstances) {
	one, other = s.quiet(), s.quiet()
	d := zooDimensions[cause]
	if d.from != nil {
		d.from(&one)
	}
	d.vary(s, &other)
	return one, other
}

// everyOther are circumstances that differ from the quiet ones in every dimension
// that this host can vary. That of the file system decides where the root is, and
// so comes last.
func (s *zooScene) everyOther() circumstances {
	c := s.quiet()
	const last = "file-order"
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(zooDimensions)), func(name string) bool { return name == last })
	for _, name := range append(names, last) {
		if d := zooDimensions[name]; lackingHere(d.needs) == "" {
			d.vary(s, &c)
		}
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
