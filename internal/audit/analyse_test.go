package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/policy"
)

// Processes of the record that every case of TestAnalyse begins with, as strace
// shows them of a real build.
const (
	inCargo  = 1 + iota
	inRustc  // of `app`
	inScript // of `z-sys`
	inCC1    // started by the script
	inLinker // of `app`
	inTool   // another program that the script started
)

func sampleRecord(accesses ...observation.Access) *observation.Record {
	app := observation.Unit{Package: "app", Version: "0.1.0", Crate: "app"}
	sys := observation.Unit{Package: "z-sys", Version: "1.2.3"}
	value := func(name, value string) observation.Variable {
		return observation.Variable{Name: name, Hash: HashValue(value)}
	}
	return &observation.Record{
		Processes: []observation.Process{
			{ID: inCargo, PID: 11, Role: observation.Cargo, Exe: "/h/rustup/toolchains/1.95/bin/cargo", Argv: []string{"cargo", "build"},
				Env: []observation.Variable{value("PATH", "/usr/bin"), value("GREETING", "hello"), value("RUSTFLAGS", "-g"), value("TERM", "dumb"), value("OTHER", "x")}},
			{ID: inRustc, Parent: inCargo, PID: 12, Role: observation.Rustc, Unit: app, Exe: "/h/rustup/toolchains/1.95/bin/rustc",
				Argv: []string{"rustc", "--crate-name", "app", "-C", "extra-filename=-0123456789abcdef"},
				Env:  []observation.Variable{value("CARGO_PKG_NAME", "app")}, Unset: []string{"RUSTFLAGS"}},
			{ID: inScript, Parent: inCargo, PID: 13, Role: observation.BuildScript, Unit: sys, Exe: "/t/debug/build/z-sys-1/build-script-build",
				Argv: []string{"build-script-build"}, Env: []observation.Variable{value("OUT_DIR", "/t/debug/build/z-sys-2/out"), value("OTHER", "changed")}},
			{ID: inCC1, Parent: inScript, PID: 14, Role: observation.CCompiler, Unit: sys, Exe: "/usr/libexec/cc1", Argv: []string{"cc1"}},
			{ID: inLinker, Parent: inRustc, PID: 15, Role: observation.Linker, Unit: app, Exe: "/usr/bin/ld", Argv: []string{"ld"}},
			{ID: inTool, Parent: inScript, PID: 16, Role: observation.BuildScript, Unit: sys, Exe: "/usr/bin/tool", Argv: []string{"tool"}},
		},
		Accesses: accesses,
	}
}

func sampleFacts() Facts {
	return Facts{
		Version: "0.1.0", Command: []string{"cargo", "build"},
		Places: Places{Root: "/h/src/app", Target: "/tmp/a/target", Cargo: "/h/cargo", Rustup: "/h/rustup", Home: "/h", Temp: []string{"/tmp"}},
		Owners: map[string]Package{
			"/usr/include/z.h": {"libz-dev", "1.2"}, "/usr/lib/libz.so.1": {"libz1", "1.2"}, "/usr/lib/libz.so": {"libz-dev", "1.2"},
			"/usr/bin/gcc": {"gcc", "12"}, "/usr/lib/libc.so.6": {"libc6", "2"}, "/usr/bin/tool": {"tool", "3"},
		},
		Pinned:      map[string]bool{"gcc": true, "libc6": true},
		Needs:       map[string][]string{"libz-dev": {"libz-dev", "libz1"}, "libz1": {"libz1"}, "tool": {"tool"}},
		Hashes:      map[string]string{"/usr/include/z.h": "ab", "/h/notes.txt": "cd"},
		Directories: map[string]bool{"/h/music": true},
		Policy:      &policy.Policy{System: policy.System{Packages: []string{"cmake"}}},
	}
}

func did(process int, op observation.Op, path string) observation.Access {
	return observation.Access{Process: process, Op: op, Path: path, Outcome: observation.Found}
}

func missed(process int, op observation.Op, path string) observation.Access {
	return observation.Access{Process: process, Op: op, Path: path, Outcome: observation.Absent}
}

// seen is a channel as the tables compare it.
type seen struct {
	Kind    Kind
	Subject string
	Effect  Effect
	By      By
	Users   []string
}

func seenIn(r Report, ignore ...Kind) []seen {
	var all []seen
	for _, c := range r.Channels {
		if slices.Contains(ignore, c.Kind) {
			continue
		}
		s := seen{c.Kind, c.Subject, c.Effect, c.Settle.By, nil}
		for _, u := range c.Uses {
			s.Users = append(s.Users, u.Who())
		}
		all = append(all, s)
	}
	return all
}

const (
	app    = "app 0.1.0 (rustc)"
	script = "z-sys 1.2.3 (build script)"
)

func TestAnalyse(t *testing.T) {
	outside := "files of cargo, rustup and git outside the root"
	for _, test := range []struct {
		name     string
		accesses []observation.Access
		want     []seen
	}{
		{"the project's own files and the build's own are no channel", []observation.Access{
			did(inRustc, observation.Open, "/h/src/app/src/main.rs"), did(inScript, observation.Open, "/tmp/a/target/debug/x"),
			missed(inRustc, observation.Write, "/tmp/rustcXYZ"), did(inLinker, observation.Open, "/tmp/rustcXYZ/symbols.o"),
			did(inRustc, observation.Open, "/proc/self/maps"), did(inRustc, observation.Write, "/dev/null"),
		}, nil},
		{"a directory on the way is no channel", []observation.Access{did(inScript, observation.Look, "/h"), did(inScript, observation.Look, "/h/src")}, nil},
		{"configuration above and at home", []observation.Access{
			did(inCargo, observation.Open, "/h/src/.cargo/config.toml"), did(inCargo, observation.Open, "/h/cargo/config.toml"), did(inCargo, observation.Open, "/h/src/Cargo.toml"),
		}, []seen{
			{Configuration, "/h/cargo/config.toml", Chooses, Itself, []string{"cargo"}},
			{Configuration, "/h/src/.cargo/config.toml", Chooses, Itself, []string{"cargo"}},
			{Configuration, "/h/src/Cargo.toml", Chooses, Itself, []string{"cargo"}},
		}},
		{"searches that found nothing are one channel", []observation.Access{
			missed(inCargo, observation.Look, "/h/src/.cargo/config"), missed(inCargo, observation.Look, "/h/Cargo.toml"), missed(inCargo, observation.Open, "/h/.gitconfig"),
		}, []seen{{Search, outside, Unlikely, Itself, []string{"cargo"}}}},
		{"toolchain", []observation.Access{
			did(inCargo, observation.Open, "/h/src/rust-toolchain.toml"), did(inCargo, observation.Open, "/h/rustup/settings.toml"), did(inCargo, observation.Execute, "/h/rustup/toolchains/1.95/bin/rustc"),
		}, []seen{
			{Toolchain, "/h/rustup/settings.toml", Chooses, Command, []string{"cargo"}},
			{Toolchain, "/h/src/rust-toolchain.toml", Chooses, Command, []string{"cargo"}},
			{Toolchain, "toolchain 1.95", Chooses, Command, []string{"cargo"}},
		}},
		{"crates", []observation.Access{did(inRustc, observation.Open, "/h/cargo/registry/src/i/z-1/lib.rs")},
			[]seen{{CrateSources, "crates in /h/cargo", Chooses, Command, []string{app}}}},
		{"crates that this build downloaded", []observation.Access{
			missed(inCargo, observation.Write, "/h/cargo/registry/src/i/z-1"), did(inRustc, observation.Open, "/h/cargo/registry/src/i/z-1/lib.rs"),
		}, []seen{
			{CrateSources, "crates in /h/cargo", Chooses, Command, []string{app}},
			{Write, "state of cargo and rustup", Unlikely, Itself, []string{"cargo"}},
		}},
		{"a header and a library by package", []observation.Access{
			did(inCC1, observation.Open, "/usr/include/z.h"), did(inLinker, observation.Open, "/usr/lib/crt1.o"),
			{Process: inLinker, Op: observation.Open, Path: "/usr/lib/libz.so.1", Asked: "/usr/lib/libz.so", Outcome: observation.Found},
		}, []seen{
			{Header, "libz-dev 1.2", Enters, Policy, []string{"z-sys 1.2.3 (c compiler)"}},
			{Library, "/usr/lib/crt1.o", Enters, Project, []string{"app 0.1.0 (linker)"}},
			{Library, "libz-dev 1.2", Enters, Policy, []string{"app 0.1.0 (linker)"}},
		}},
		{"what a linker runs with is not linked", []observation.Access{
			did(inLinker, observation.Open, "/usr/lib/libz.so.1"), did(inLinker, observation.Open, "/usr/lib/libc.so.6"), did(inLinker, observation.Open, "/tmp/a/target/main.o"),
		}, []seen{
			{Library, "libc6 2", Enters, Command, []string{"app 0.1.0 (linker)"}},
			{Loaded, "libz1 1.2", May, Policy, []string{"app 0.1.0 (linker)"}},
		}},
		{"programs, and one that is nowhere", []observation.Access{
			did(inScript, observation.Execute, "/usr/bin/tool"), missed(inScript, observation.Execute, "/usr/local/bin/tool"),
			missed(inScript, observation.Execute, "/usr/local/bin/protoc"), missed(inScript, observation.Execute, "/usr/bin/protoc"),
			did(inRustc, observation.Execute, "/usr/bin/gcc"), did(inScript, observation.Execute, "/opt/own"),
		}, []seen{
			{Executable, "/opt/own", Enters, Project, []string{script}},
			{Executable, "tool 3", Enters, Policy, []string{script}},
			{Executable, "gcc 12", Enters, Command, []string{app}},
			{Executable, "protoc", May, Itself, []string{script}},
		}},
		{"files at home", []observation.Access{
			did(inScript, observation.Open, "/h/notes.txt"), did(inRustc, observation.Open, "/h/other/included.rs"), did(inScript, observation.Open, "/h/music"),
		}, []seen{
			{HomeFile, "/h/other/included.rs", Enters, Project, []string{app}},
			{HomeFile, "/h/notes.txt", May, Project, []string{script}},
			{Listing, "/h/music", May, Itself, []string{script}},
		}},
		{"the network", []observation.Access{
			did(inScript, observation.Connect, "192.0.2.1:443"), did(inCargo, observation.Connect, "192.0.2.2:443"),
			missed(inScript, observation.Connect, "/run/nscd/socket"), did(inScript, observation.Connect, "/run/docker.sock"),
		}, []seen{
			{Network, "192.0.2.1:443", Chooses, Project, []string{script}},
			{Network, "local service /run/docker.sock", Chooses, Project, []string{script}},
			{Network, "downloads of cargo", Chooses, Command, []string{"cargo"}},
			{Identity, "users and groups", Unlikely, Itself, []string{script}},
		}},
		{"the kernel's and the host's files", []observation.Access{
			did(inScript, observation.Open, "/dev/urandom"), did(inScript, observation.Open, "/proc/uptime"), did(inScript, observation.Open, "/etc/hostname"),
			did(inScript, observation.Open, "/proc/cpuinfo"), did(inScript, observation.Open, "/proc/self/mountinfo"), did(inScript, observation.Open, "/h/src/app/.git/HEAD"),
		}, []seen{
			{Clock, "the clock", May, Itself, []string{script}},
			{Identity, "the host's name", May, Itself, []string{script}},
			{Machine, "processors", May, Itself, []string{script}},
			{Machine, "the kernel's files: /proc/self/mountinfo", May, Itself, []string{script}},
			{Random, "random numbers", May, Itself, []string{script}},
			{Repository, "/h/src/app/.git", May, Itself, []string{script}},
		}},
		{"writes outside", []observation.Access{
			missed(inScript, observation.Write, "/var/cache/x"), did(inCargo, observation.Write, "/h/cargo/.package-cache"), did(inScript, observation.Write, "/h/src/app/src/made.rs"),
			did(inCargo, observation.Write, "/h/src/app/Cargo.lock"),
		}, []seen{
			{Write, "/h/src/app/src/made.rs", May, Itself, []string{script}},
			{Write, "/var/cache/x", May, Itself, []string{script}},
			{Write, "state of cargo and rustup", Unlikely, Itself, []string{"cargo"}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := Analyse(sampleRecord(test.accesses...), sampleFacts())
			if diff := cmp.Diff(test.want, seenIn(report, Variable)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	facts := sampleFacts()
	outDir := HashValue("/t/debug/build/z-sys-2/out")
	facts.Declared = []Declared{
		{Name: "GREETING", File: "debug/build/z-sys-2/output", OutDirHash: outDir},
		{Name: "GREETING", File: "debug/deps/app-0123456789abcdef.d", Unit: "app-0123456789abcdef"},
		{Name: "OTHER", File: "debug/build/z-sys-2/output", OutDirHash: outDir},                                   // cargo gave it another value
		{Name: "CARGO_PKG_NAME", File: "debug/deps/app-0123456789abcdef.d", Unit: "app-0123456789abcdef"},         // cargo's
		{Name: "NOWHERE", File: "debug/build/z-sys-2/output", OutDirHash: outDir},                                 // nobody has it
		{Name: "GREETING", File: "debug/build/late-3/output", OutDirHash: HashValue("/t/debug/build/late-3/out")}, // not in the record
	}
	report := Analyse(sampleRecord(), facts)
	want := []seen{
		{Variable, "RUSTFLAGS", Chooses, Policy, []string{"cargo"}},
		{Variable, "PATH", Chooses, Itself, []string{"cargo"}},
		{Variable, "GREETING", Enters, Policy, []string{app, "late (build script)", script}},
		{Search, "variables that are not set", Unlikely, Itself, []string{script}},
	}
	if diff := cmp.Diff(want, seenIn(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := report.Channels[2].Uses[0].Proofs[0].Hash, HashValue("hello"); got != want {
		t.Errorf("the hash of GREETING is %q, want %q", got, want)
	}
}

func TestPolicyText(t *testing.T) {
	facts := sampleFacts()
	facts.Policy.Env.Allow = []string{"EARLIER"}
	facts.Declared = []Declared{{Name: "GREETING", Unit: "app-0123456789abcdef"}}
	report := Analyse(sampleRecord(
		did(inCC1, observation.Open, "/usr/include/z.h"), did(inTool, observation.Open, "/usr/lib/libz.so.1"), did(inScript, observation.Execute, "/usr/bin/tool"),
	), facts)
	const want = "[env]\nallow = [\"EARLIER\", \"GREETING\", \"RUSTFLAGS\"]\n[system]\npackages = [\"cmake\", \"libz-dev\", \"tool\"]\n"
	if diff := cmp.Diff(want, report.Policy); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What can be pasted is what the policy takes.
	if _, err := policy.Parse("hermetic.toml", []byte(report.Policy), "0.1.0"); err != nil {
		t.Error(err)
	}
	if got := Analyse(sampleRecord(did(inScript, observation.Open, "/proc/uptime")), Facts{Policy: &policy.Policy{Env: policy.Env{Allow: []string{"RUSTFLAGS"}}}}).Policy; got != "" {
		t.Errorf("a policy without need: %q", got)
	}
}

func TestMacrosAndProofs(t *testing.T) {
	report := Analyse(sampleRecord(
		did(inRustc, observation.Load, "/tmp/a/target/debug/deps/libderive_it-0123456789abcdef.so"), did(inRustc, observation.Open, "/h/notes.txt"),
	), sampleFacts())
	i := slices.IndexFunc(report.Channels, func(c Channel) bool { return c.Kind == HomeFile })
	want := []Use{{Crate: "app", Version: "0.1.0", Role: "rustc", Macros: []string{"derive_it"}, Proofs: []Proof{
		{What: "opened", Path: "/h/notes.txt", Hash: "cd", Process: inRustc, PID: 12, Program: "/h/rustup/toolchains/1.95/bin/rustc"},
	}}}
	if diff := cmp.Diff(want, report.Channels[i].Uses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := report.Channels[i].Uses[0].Who(), "app 0.1.0 (rustc, running the macros of derive_it)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMany: the proofs of one use are bounded, and the rest is counted.
func TestMany(t *testing.T) {
	var accesses []observation.Access
	for i := range maxProofs + 7 {
		accesses = append(accesses, did(inRustc, observation.Open, "/h/cargo/registry/src/i/z-1/"+string(rune('a'+i/26%26))+string(rune('a'+i%26))+string(rune('a'+i/676))))
	}
	report := Analyse(sampleRecord(accesses...), sampleFacts())
	i := slices.IndexFunc(report.Channels, func(c Channel) bool { return c.Kind == CrateSources })
	if u := report.Channels[i].Uses[0]; len(u.Proofs) != maxProofs || u.More != 7 {
		t.Errorf("%d proofs and %d more", len(u.Proofs), u.More)
	}
}

func TestRecordThatIsNotWhole(t *testing.T) {
	for _, test := range []struct {
		change func(*observation.Record)
		want   string
	}{
		{func(*observation.Record) {}, ""},
		{func(r *observation.Record) { r.Cut = true }, "the record ends before the build did"},
		{func(r *observation.Record) { r.Summary.Dropped = 1 }, "there were more accesses than a record holds"},
	} {
		r := sampleRecord()
		test.change(r)
		report := Analyse(r, sampleFacts())
		if report.Missing != test.want || report.Whole != (test.want == "") {
			t.Errorf("got %q, whole %v, want %q", report.Missing, report.Whole, test.want)
		}
	}
}

// TestToolchainWithoutRustup: whoever installed a compiler, its directory is a
// toolchain, and one of the host is its package's.
func TestToolchainWithoutRustup(t *testing.T) {
	for _, test := range []struct {
		exe  string
		want seen
	}{
		{"/opt/rust/bin/rustc", seen{Toolchain, "toolchain /opt/rust", Chooses, Command, []string{app}}},
		{"/h/tools/bin/rustc", seen{Toolchain, "toolchain /h/tools", Chooses, Command, []string{app}}},
		{"/usr/bin/rustc", seen{HostFile, "/usr/lib/rustlib/std.rlib", Enters, Project, []string{app}}},
	} {
		file := map[string]string{"/usr/bin/rustc": "/usr/lib/rustlib/std.rlib"}[test.exe]
		if file == "" {
			file = strings.TrimSuffix(test.exe, "bin/rustc") + "lib/std.rlib"
		}
		r := sampleRecord(did(inRustc, observation.Open, file))
		r.Processes[inRustc-1].Exe = test.exe
		if diff := cmp.Diff([]seen{test.want}, seenIn(Analyse(r, sampleFacts()), Variable)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.exe, diff)
		}
	}
}
