package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// report is what a user sees of an error.
func report(err error) string {
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok {
		return fmt.Sprint(err)
	}
	lines := []string{fmt.Sprintf("%d %s", d.Exit, d.Message)}
	for _, at := range d.At {
		lines = append(lines, "--> "+at.String())
	}
	for _, note := range d.Notes {
		lines = append(lines, "note: "+note)
	}
	if d.Cause != nil {
		lines = append(lines, "cause: "+d.Cause.Error())
	}
	if d.Help != "" {
		lines = append(lines, "help: "+d.Help)
	}
	return strings.Join(lines, "\n")
}

func TestParse(t *testing.T) {
	text := `
min-version = "0.1"
[env]
allow = ["RUSTFLAGS", "APP_CHANNEL", "RUSTFLAGS"]
set = { APP_EDITION = "community", EMPTY = "" }
[system]
packages = ["libc6-dev", "gcc", "libstdc++6", "gcc", "libc6:i386"]
`
	got, err := Parse("hermetic.toml", []byte(text), "0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	want := &Policy{
		Env:    Env{Allow: []string{"APP_CHANNEL", "RUSTFLAGS"}, Set: map[string]string{"APP_EDITION": "community", "EMPTY": ""}},
		System: System{Packages: []string{"gcc", "libc6-dev", "libc6:i386", "libstdc++6"}},
		World:  Held(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	empty, err := Parse("hermetic.toml", nil, "0.1.0")
	if diff := cmp.Diff(&Policy{World: Held()}, empty); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestParseErrors(t *testing.T) {
	later := "\nhelp: remove the key, or use a version that supports it"
	for name, c := range map[string]struct{ text, want string }{
		"syntax":  {"env = ", "111 invalid TOML: expected value, not end of input\n--> hermetic.toml:1:6"},
		"unknown": {"[env]\nalow = []", "111 unknown key `env.alow`\n--> hermetic.toml:2:1\nhelp: a key with a similar name exists: `allow`"},
		"other case": {"[ENV]\nallow = []",
			"111 unknown key `ENV`\n--> hermetic.toml:1:2\nhelp: a key with a similar name exists: `env`"},
		"type": {"[env]\nallow = 'X'", "111 `env.allow` must be an array, but is a string\n--> hermetic.toml:2:9"},
		"package": {"[package.\"openssl-sys\"]\nenv.allow = ['OPENSSL_DIR']",
			"111 cargo-hermetic 0.1.0 does not support the key `package.openssl-sys` yet\n--> hermetic.toml:1:10" + later},
		"empty package":  {"[package]", "111 cargo-hermetic 0.1.0 does not support the key `package` yet\n--> hermetic.toml:1:2" + later},
		"world no table": {"world = 1", "111 `world` must be a table, but is the integer 1\n--> hermetic.toml:1:9"},
		"unknown in world": {"[world]\nclok = 'fixed'",
			"111 unknown key `world.clok`\n--> hermetic.toml:2:1\nhelp: a key with a similar name exists: `clock`"},
		"allowed and set": {"[env]\nallow = ['A']\nset.A = '1'",
			"111 `A` is both in `env.allow` and in `env.set`\n--> hermetic.toml:2:10"},
		"bad names": {"[env]\nallow = ['1A', 'é', '']\nset = { 'A=B' = '' }\n[system]\npackages = ['g cc', '.gcc', 'gcc:I38', 'gcc=1', '-gcc']", "" +
			"111 `hermetic.toml` has 9 errors\n" +
			"--> hermetic.toml:2:10\n--> hermetic.toml:2:16\n--> hermetic.toml:2:21\n--> hermetic.toml:3:9\n--> hermetic.toml:5:13\n" +
			"--> hermetic.toml:5:21\n--> hermetic.toml:5:29\n--> hermetic.toml:5:40\n--> hermetic.toml:5:49\n" +
			"note: 2:10: `1A` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"note: 2:16: `é` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"note: 2:21: `` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"note: 3:9: `A=B` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"note: 5:13: `g cc` is not the name of a package, such as `gcc` or `libc6:i386`\n" +
			"note: 5:21: `.gcc` is not the name of a package, such as `gcc` or `libc6:i386`\n" +
			"note: 5:29: `gcc:I38` is not the name of a package, such as `gcc` or `libc6:i386`\n" +
			"note: 5:40: `gcc=1` is not the name of a package, such as `gcc` or `libc6:i386`\n" +
			"note: 5:49: `-gcc` is not the name of a package, such as `gcc` or `libc6:i386`"},
		"everything at once": {"[env]\nallow = ['PATH']\nset.A = \"\\u0000\"\n[wrld]", "" +
			"111 `hermetic.toml` has 3 errors\n" +
			"--> hermetic.toml:2:10\n--> hermetic.toml:3:5\n--> hermetic.toml:4:2\n" +
			"note: 2:10: `PATH` cannot enter the build: it is a place in the view of the build, where host paths do not exist\n" +
			"note: 3:5: the value of `A` holds a NUL character\n" +
			"note: 4:2: unknown key `wrld` (a key with a similar name exists: `world`)"},
		"newer, and nothing else": {"unknown = 1\nmin-version = '0.2'",
			"111 `hermetic.toml` asks for cargo-hermetic 0.2 or newer, and this is 0.1.0\n--> hermetic.toml:2:1\nhelp: install cargo-hermetic 0.2 or newer"},
		"no version": {"min-version = 'new'",
			"111 `min-version` must be a version such as `0.1` or `0.1.2`, but is `new`\n--> hermetic.toml:1:1"},
		"version of another type": {"min-version = 0.1",
			"111 `min-version` must be a string, but is a float\n--> hermetic.toml:1:15"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse("hermetic.toml", []byte(c.text), "0.1.0")
			if diff := cmp.Diff(c.want, report(err)); diff != "" {
				t.Error(diff)
			}
			if p != nil {
				t.Error("a policy came with the error")
			}
		})
	}
}

func TestWorld(t *testing.T) {
	held := Held()
	real := held
	real.Clock, real.Random, real.CPU, real.CPUs = "real", "real", "host", 0
	commit := held
	commit.Clock, commit.CPUs = "commit", 16
	for text, want := range map[string]World{
		"":        held,
		"[world]": held,
		"[world]\nclock = 'real'\nrandom = 'real'\ncpu = 'host'\ncpus = 'host'": real,
		"world = { clock = 'commit', cpus = 16 }":                               commit,
	} {
		p, err := Parse("hermetic.toml", []byte(text), "0.1.0")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, p.World); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if Free() != real || Free().Holds() || !held.Holds() {
		t.Errorf("free: %+v", Free())
	}
	_, err := Parse("hermetic.toml", []byte("[world]\nclock = 'now'\nrandom = 'x'\ncpu = 'v9'\ncpus = 0\ngit = 'head'"), "0.1.0")
	want := "111 `hermetic.toml` has 5 errors\n" +
		"--> hermetic.toml:2:1\n--> hermetic.toml:3:1\n--> hermetic.toml:4:1\n--> hermetic.toml:5:1\n--> hermetic.toml:6:1\n" +
		"note: 2:1: `now` is no value of `world.clock` (the values are: fixed, commit, real)\n" +
		"note: 3:1: `x` is no value of `world.random` (the values are: fixed, real)\n" +
		"note: 4:1: `v9` is no value of `world.cpu` (the values are: x86-64, x86-64-v2, x86-64-v3, x86-64-v4, host)\n" +
		"note: 5:1: `world.cpus` is how many processors a build is told of (the values are: 1 to 1024, or \"host\")\n" +
		"note: 6:1: cargo-hermetic 0.1.0 does not support the key `world.git` yet (remove the key, or use a version that supports it)"
	if diff := cmp.Diff(want, report(err)); diff != "" {
		t.Error(diff)
	}
}

func TestMinVersion(t *testing.T) {
	for _, c := range []struct {
		min, tool string
		ok        bool
	}{
		{"0.1", "0.1.0", true}, {"0.1.0", "0.1", true}, {"0.1.1", "0.1.0", false}, {"1", "0.9.9", false}, {"0", "0.1.0", true},
		{"0.2", "0.10.0", true}, {"0.10", "0.2.0", false}, {"0.2", "v0.2.0-dev+abc", true}, {"0.2", "(devel)", false},
		{"", "0.1.0", false}, {"0.1.0.0", "0.1.0", false}, {"01", "1.0.0", false}, {"+1", "1.0.0", false}, {"0.1.x", "0.1.0", false},
	} {
		_, err := Parse("hermetic.toml", fmt.Appendf(nil, "min-version = %q", c.min), c.tool)
		if (err == nil) != c.ok {
			t.Errorf("min-version %q with %q: %v", c.min, c.tool, err)
		}
		if err != nil && diag.ExitCode(err) != diag.ExitPolicy {
			t.Errorf("min-version %q: exit %d", c.min, diag.ExitCode(err))
		}
	}
}

func TestSystemDigest(t *testing.T) {
	of := func(packages ...string) string {
		return (&Policy{System: System{Packages: packages}}).SystemDigest().String()
	}
	if of("gcc", "make") != of("make", "gcc", "make") {
		t.Error("order or repetition changes the digest")
	}
	different := []string{of(), of("gcc"), of("gcc", "make"), of("gccmake")}
	slices.Sort(different)
	if len(slices.Compact(different)) != 4 {
		t.Error("different packages have the same digest")
	}
	with := Policy{Env: Env{Allow: []string{"A"}}}
	if with.SystemDigest() != (&Policy{}).SystemDigest() {
		t.Error("variables change the digest of the system part")
	}
	// The value is part of every hermetic.lock; the former ones, of those that are told apart.
	gcc := Policy{System: System{Packages: []string{"gcc", "make"}}}
	image := Policy{System: System{Image: "./image"}}
	got := []string{of("gcc", "make"), gcc.systemDigest(2).String(), gcc.systemDigest(1).String()}
	want := []string{
		"sha256:5b85afbadc908687607664fc830a559e4af3c8a4f2b38a78a3e8b2c744597541/47",
		"sha256:66545db084c782aadeece7e7cb899f2358d6441c0fd543bf3e8c540822e3f3a6/47",
		"sha256:dca666ba7c95451fbea4c2df5edf61b01ffaf6732938d815ec34d0224d981882/47",
	}
	for d, was := range map[digest.Digest]bool{gcc.systemDigest(2): true, gcc.systemDigest(1): true, gcc.SystemDigest(): false, image.SystemDigest(): false} {
		if gcc.WasSystemDigest(d) != was {
			t.Errorf("%s of an earlier version: %t", d, !was)
		}
	}
	if image.WasSystemDigest(image.SystemDigest()) || !image.WasSystemDigest(image.systemDigest(1)) {
		t.Error("an image's is told apart from that of an earlier version")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "[env]\nallow = ['A']\nset = {B='1'}\n[system]\npackages=['gcc']", "world.clock='real'\n[package.x]", "min-version='9'",
		"[env]\nallow=['LD_PRELOAD']", "system=1", "env.set.A=\"\\u0000\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("f", data, "0.1.0")
		if err != nil {
			if diag.ExitCode(err) != diag.ExitPolicy || p != nil {
				t.Fatalf("%v, %v", p, err)
			}
			return
		}
		if !slices.IsSorted(p.Env.Allow) || !slices.IsSorted(p.System.Packages) {
			t.Error("not sorted")
		}
		for _, name := range p.Env.Allow {
			if _, both := p.Env.Set[name]; both || checkName(name) != nil {
				t.Errorf("%q is allowed", name)
			}
		}
		for name, value := range p.Env.Set {
			if checkName(name) != nil || strings.ContainsRune(value, 0) {
				t.Errorf("%q is set to %q", name, value)
			}
		}
	})
}
