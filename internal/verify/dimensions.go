package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/perturb"
)

// circumstances are those of one build.
type circumstances struct {
	root   string // where the copy is
	home   string
	temp   string
	host   perturb.Host
	env    map[string]string
	args   []string // more arguments for cargo
	staged build.Staged
	busy   int  // programs beside it
	later  bool // times of the sources are others
	back   bool // the copy is made in the opposite order
}

// dimension is a way in which the host of the second build differs.
type dimension struct {
	name    string
	about   string
	refused string // why it cannot be varied here
	apply   func(c *circumstances)
}

// elsewhere is the user number, and the name, of a host that nobody has.
const elsewhere = 4242

// dimensions is the table. In a world that holds still what it can, all of it must be
// without effect.
var dimensions = []dimension{
	{name: "root-path", about: "the root lies in another directory, with a space in its name", apply: func(c *circumstances) {
		c.root = filepath.Join(filepath.Dir(c.root), "another place", "of the root")
	}},
	{name: "user", about: "another user and group, by a user namespace", apply: func(c *circumstances) {
		c.host.User = elsewhere
		c.env["USER"], c.env["LOGNAME"], c.env["USERNAME"] = "somebody", "somebody", "somebody"
	}},
	{name: "home", about: "another home, with a configuration for cargo, git and the C compiler", apply: func(c *circumstances) { c.home = "home of somebody" }},
	{name: "host-name", about: "another host name", apply: func(c *circumstances) {
		c.host.User, c.host.HostName = elsewhere, "another-host"
		c.env["HOSTNAME"] = "another-host"
	}},
	{name: "kernel", about: "uname says a release of the 2.6 series", apply: func(c *circumstances) { c.host.OldKernel = true }},
	{name: "time-zone", about: "TZ", apply: func(c *circumstances) { c.env["TZ"] = "Pacific/Kiritimati" }},
	{name: "locale", about: "LANG, LC_ALL and LANGUAGE", apply: func(c *circumstances) {
		c.env["LANG"], c.env["LC_ALL"], c.env["LANGUAGE"] = "et_EE.UTF-8", "et_EE.UTF-8", "et"
	}},
	{name: "umask", about: "0027 instead of 0022", apply: func(c *circumstances) { c.host.Umask = 0o027 }},
	{name: "cpus", about: "one processor", apply: func(c *circumstances) { c.host.CPUs = 1; c.staged.CPUs = 13 }},
	{name: "jobs", about: "`--jobs 1`", apply: func(c *circumstances) { c.args = append(c.args, "--jobs=1") }},
	{name: "addresses", about: "addresses are not randomised", apply: func(c *circumstances) { c.host.Fixed = true }},
	{name: "environment", about: "variables of the caller that compilers, cargo and scripts look at", apply: func(c *circumstances) {
		for name, value := range noise {
			c.env[name] = value
		}
	}},
	{name: "temporary", about: "another directory for what is temporary, with files in it", apply: func(c *circumstances) { c.temp = "another tmp" }},
	{name: "file-times", about: "sources with other times", apply: func(c *circumstances) { c.later = true }},
	{name: "file-order", about: "the copy of the root was made in the opposite order", apply: func(c *circumstances) { c.back = true }},
	{name: "load", about: "two busy programs beside the build", apply: func(c *circumstances) { c.busy = 2 }},
	{name: "clock", about: "programs see a clock that is three years ahead", apply: func(c *circumstances) { c.staged.Ahead = 3 * 365 * 24 * time.Hour }},
	{name: "machine", about: "another kernel, memory and order of files, as the supervisor shows them", apply: func(c *circumstances) { c.staged.Machine = true }},
}

// onlyFree are dimensions that our own supervisor varies, where it holds nothing
// still.
var onlyFree = []string{"clock", "machine"}

// noise is what shells and users set.
var noise = map[string]string{
	"CFLAGS": "-DNOISE=1 -g3", "CXXFLAGS": "-DNOISE=1", "CPPFLAGS": "-DNOISE=1", "LDFLAGS": "-Wl,--build-id=none", "CC": "/nonexistent/cc",
	"RUSTFLAGS": "--cfg noise", "RUSTC_WRAPPER": "/nonexistent/wrapper", "CARGO_BUILD_JOBS": "1", "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_INCREMENTAL": "1",
	"SOURCE_DATE_EPOCH": "1", "MAKEFLAGS": "-j9", "PKG_CONFIG_PATH": "/nonexistent", "LD_LIBRARY_PATH": "/nonexistent", "EDITOR": "noise", "COLUMNS": "133",
	"HERMETIC_VERIFY_NOISE": strings.Repeat("noise ", 500),
}

// chosen returns the named dimensions, all without names, and says of each whether it
// can be varied.
func chosen(named []string, free bool) ([]dimension, error) {
	list := slices.Clone(dimensions)
	for _, name := range named {
		if !slices.ContainsFunc(list, func(d dimension) bool { return d.name == name }) {
			return nil, diag.New(diag.ExitUsage, "there is no dimension `%s`", name).WithHelp("the dimensions are %s", names(dimensions))
		}
	}
	if len(named) > 0 {
		list = slices.DeleteFunc(list, func(d dimension) bool { return !slices.Contains(named, d.name) })
	}
	for i := range list {
		if !free && slices.Contains(onlyFree, list[i].name) {
			list[i].refused = "held still: what programs see of it is the policy's; the second build runs later, on this machine"
		}
		if refusal := perturb.Refusal(); refusal != "" && (list[i].name == "user" || list[i].name == "host-name") {
			list[i].refused = refusal
		}
	}
	return list, nil
}

// furnish makes the home and the directory for what is temporary, if they are others.
func (c *circumstances) furnish(dir string) error {
	files := map[string]string{}
	if c.home != "" {
		c.home = filepath.Join(dir, c.home)
		c.env["HOME"] = c.home
		files[filepath.Join(c.home, ".cargo", "config.toml")] = "[build]\nrustflags = [\"--cfg\", \"noise\"]\n"
		files[filepath.Join(c.home, ".gitconfig")] = "[user]\nname = Somebody\nemail = somebody@example.org\n"
	}
	if c.temp != "" {
		c.temp = filepath.Join(dir, c.temp)
		c.env["TMPDIR"] = c.temp
		files[filepath.Join(c.temp, "Cargo.toml")] = "not a manifest\n"
		files[filepath.Join(c.temp, "noise")] = "noise\n"
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Help lists the dimensions.
func Help() string {
	var b strings.Builder
	for _, d := range dimensions {
		fmt.Fprintf(&b, "%-12s %s\n", d.name, d.about)
	}
	return b.String()
}
