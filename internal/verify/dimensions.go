package verify

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// dimension is a way in which the host of the second build differs.
type dimension struct {
	name    string
	about   string
	refused string // why it cannot be varied here
	apply   func(c *circumstances)
	// shown says that only our supervisor can vary it, and why it does not where time
	// and chance are held still; empty of the others.
	shown string
}

// The reasons for which what programs see is the same on every host that holds it.
const (
	heldClock     = "held still as the policy asks; the second build runs later"
	heldMachine   = "held still: every world is told of one machine"
	heldProcessor = "held still as the policy asks: CPUID answers with its processor"
	heldNumbers   = "held still: a world counts its processes itself, from one number; on the host they have others"
	heldChance    = "held still as the policy asks: what programs draw follows from the world; the kernel has other chance for each build"
	heldOrder     = "held still: directories are listed by name"
)

// dimensions is the table. In a world that holds still what it can, all of it must be
// without effect. Where time and chance are not held still, the first build's host is
// a quiet one: what would be another in each build by itself is the same in each, but
// for the dimensions here (build.Staged), so that a difference has the name of one.
var dimensions = []dimension{
	{name: "root-path", about: "the root lies in another directory, with a space in its name; a world has it in one place", apply: func(c *circumstances) {
		c.root = filepath.Join(filepath.Dir(c.root), "another place", "of the root")
	}},
	{name: "user", about: "another user and group, by a user namespace; a world has its own", apply: func(c *circumstances) {
		c.host.User = elsewhere
		c.env["USER"], c.env["LOGNAME"], c.env["USERNAME"] = "somebody", "somebody", "somebody"
	}},
	{name: "home", about: "another home, with a configuration for cargo, git and the C compiler; a world has its own", apply: func(c *circumstances) { c.home = "home of somebody" }},
	{name: "host-name", about: "another host name; a world has its own", apply: func(c *circumstances) {
		c.host.User, c.host.HostName = elsewhere, "another-host"
		c.env["HOSTNAME"] = "another-host"
	}},
	{name: "clock", about: "with `--deterministic=no`: programs see a clock that runs, three years ahead, and a host that was started at another time", shown: heldClock, apply: func(c *circumstances) { c.staged.Ahead = 3 * 365 * 24 * time.Hour }},
	{name: "kernel", about: "another release of the kernel: 2.6 to this tool; with `--deterministic=no` another to programs", apply: func(c *circumstances) {
		c.host.OldKernel, c.staged.Kernel = true, true
	}},
	{name: "memory", about: "with `--deterministic=no`: other memory, disk and number of processes", shown: heldMachine, apply: func(c *circumstances) { c.staged.Memory = true }},
	{name: "time-zone", about: "TZ of the caller; a world has its own", apply: func(c *circumstances) { c.env["TZ"] = "Pacific/Kiritimati" }},
	{name: "locale", about: "LANG, LC_ALL and LANGUAGE of the caller; a world has its own", apply: func(c *circumstances) {
		c.env["LANG"], c.env["LC_ALL"], c.env["LANGUAGE"] = "et_EE.UTF-8", "et_EE.UTF-8", "et"
	}},
	{name: "umask", about: "0027 instead of 0022; a world has its own", apply: func(c *circumstances) { c.host.Umask = 0o027 }},
	{name: "cpus", about: "one processor for all of it; with `--deterministic=no` programs see thirteen", apply: func(c *circumstances) { c.host.CPUs = 1; c.staged.CPUs = 13 }},
	{name: "processor", about: "with `--deterministic=no`: CPUID answers with the lowest level of x86-64", shown: heldProcessor, apply: func(c *circumstances) { c.staged.Processor = "x86-64" }},
	{name: "jobs", about: "`--jobs 1`", apply: func(c *circumstances) { c.args = append(c.args, "--jobs=1") }},
	{name: "pids", about: "with `--deterministic=no`: processes are numbered from another number on", shown: heldNumbers, apply: func(c *circumstances) { c.staged.FirstNumber = 5000 }},
	{name: "seed", about: "with `--deterministic=no`: programs draw other random numbers", shown: heldChance, apply: func(c *circumstances) { c.staged.Chance = true }},
	{name: "addresses", about: "those of this tool are not randomised; with `--deterministic=no` those of programs are", apply: func(c *circumstances) {
		c.host.Fixed, c.staged.Addresses = true, true
	}},
	{name: "environment", about: "variables of the caller that compilers, cargo and scripts look at; none enters a world", apply: func(c *circumstances) {
		for name, value := range noise {
			c.env[name] = value
		}
	}},
	{name: "temporary", about: "another directory for what is temporary, with files in it; a world has its own", apply: func(c *circumstances) { c.temp = "another tmp" }},
	{name: "file-times", about: "sources with other times", apply: func(c *circumstances) { c.later = true }},
	{name: "file-order", about: "the copy of the root is made in the opposite order; with `--deterministic=no` directories are listed backwards", apply: func(c *circumstances) {
		c.back, c.staged.FilesBack = true, true
	}},
	{name: "crates-order", about: "with `--deterministic=no`: directories of the crates are listed backwards", shown: heldOrder, apply: func(c *circumstances) { c.staged.CratesBack = true }},
	{name: "load", about: "two busy programs beside the build", apply: func(c *circumstances) { c.busy = 2 }},
}

// Help lists the dimensions.
func Help() string {
	var b strings.Builder
	for _, d := range dimensions {
		fmt.Fprintf(&b, "%-12s %s\n", d.name, d.about)
	}
	return b.String()
}
