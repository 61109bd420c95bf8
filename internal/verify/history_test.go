package verify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
)

// builder makes records by hand: what cargo, rustc and build scripts do.
type builder struct{ record observation.Record }

const target = "/w/target"

func (b *builder) process(parent int, role observation.Role, pkg, crate string) int {
	id := len(b.record.Processes) + 1
	b.record.Processes = append(b.record.Processes, observation.Process{
		ID: id, Parent: parent, Role: role, Unit: observation.Unit{Package: pkg, Version: "1.0.0", Crate: crate},
	})
	return id
}

func (b *builder) access(id int, op observation.Op, outcome observation.Outcome, names ...string) {
	for _, name := range names {
		b.record.Accesses = append(b.record.Accesses, observation.Access{Process: id, Op: op, Path: target + "/" + name, Outcome: outcome})
	}
}

func (b *builder) writes(id int, names ...string) {
	b.access(id, observation.Write, observation.Absent, names...)
}

func (b *builder) reads(id int, names ...string) {
	b.access(id, observation.Open, observation.Found, names...)
}

// example is a build of `app`, which uses `lib`, which has a build script and uses the
// macros `mac` and `std_mac`; `other` uses `std_mac` only.
func example() *builder {
	b := &builder{}
	cargo := b.process(0, observation.Cargo, "", "")
	script := b.process(cargo, observation.Rustc, "lib", "build_script_build")
	b.writes(script, "debug/build/lib-1/build_script_build-1")
	run := b.process(cargo, observation.BuildScript, "lib", "")
	b.record.Processes[run-1].Exe = target + "/debug/build/lib-1/build_script_build-1"
	cc := b.process(run, observation.CCompiler, "lib", "")
	b.writes(cc, "debug/build/lib-2/out/c.o")
	b.writes(run, "debug/build/lib-2/out/gen.rs")
	b.writes(cargo, "debug/build/lib-2/output")
	for _, name := range []string{"mac", "std_mac"} {
		m := b.process(cargo, observation.Rustc, name, name)
		b.writes(m, "debug/deps/lib"+name+".so")
		b.access(m, observation.Load, observation.Found, "debug/deps/lib"+name+".so") // as rustc does
	}
	other := b.process(cargo, observation.Rustc, "other", "other")
	b.access(other, observation.Load, observation.Found, "debug/deps/libstd_mac.so")
	b.writes(other, "debug/deps/libother.rlib")
	lib := b.process(cargo, observation.Rustc, "lib", "lib")
	b.access(lib, observation.Load, observation.Found, "debug/deps/libmac.so", "debug/deps/libstd_mac.so")
	b.reads(lib, "debug/build/lib-2/out/gen.rs")
	b.writes(lib, "debug/deps/liblib.rlib")
	app := b.process(cargo, observation.Rustc, "app", "app")
	b.reads(app, "debug/deps/liblib.rlib", "debug/deps/libother.rlib")
	ld := b.process(app, observation.Linker, "app", "app")
	b.reads(ld, "debug/deps/liblib.rlib")
	b.writes(ld, "debug/deps/app-1")
	b.writes(cargo, "debug/app")
	return b
}

func unit(pkg, kind, crate string) Unit {
	return Unit{Package: pkg, Version: "1.0.0", Kind: kind, Crate: crate}
}

// TestBlame: the first cause is the step whose inputs are the same, whatever follows.
func TestBlame(t *testing.T) {
	lib, app := unit("lib", rustc, "lib"), unit("app", rustc, "app")
	for name, c := range map[string]struct {
		differ      []string
		causes      []Cause
		follow      []Unit
		unexplained []string
	}{
		"generated source": {
			[]string{"debug/build/lib-2/out/gen.rs", "debug/deps/liblib.rlib", "debug/deps/app-1", "debug/app"},
			[]Cause{{Unit: unit("lib", script, ""), Files: []string{"debug/build/lib-2/out/gen.rs"}}},
			[]Unit{lib, app}, []string{"debug/app"},
		},
		"what a child of the script wrote": {
			[]string{"debug/build/lib-2/out/c.o"},
			[]Cause{{Unit: unit("lib", script, ""), Files: []string{"debug/build/lib-2/out/c.o"}}}, nil, nil,
		},
		"what the script printed": {
			[]string{"debug/build/lib-2/output", "debug/deps/liblib.rlib"},
			[]Cause{{Unit: unit("lib", script, ""), Files: []string{"debug/build/lib-2/output"}}}, []Unit{lib}, nil,
		},
		"a macro, and not the one that others use too": {
			[]string{"debug/deps/liblib.rlib", "debug/deps/app-1"},
			[]Cause{{Unit: lib, Files: []string{"debug/deps/liblib.rlib"}, Macros: []Unit{unit("mac", rustc, "mac")}}}, []Unit{app}, nil,
		},
		"a macro that is built otherwise": {
			[]string{"debug/deps/libmac.so", "debug/deps/liblib.rlib"},
			[]Cause{{Unit: unit("mac", rustc, "mac"), Files: []string{"debug/deps/libmac.so"}}}, []Unit{lib}, nil,
		},
		"a build script that is built otherwise, and prints it": {
			[]string{"debug/build/lib-1/build_script_build-1", "debug/build/lib-2/output", "debug/deps/liblib.rlib"},
			[]Cause{{Unit: unit("lib", scriptBuild, ""), Files: []string{"debug/build/lib-1/build_script_build-1"}}},
			[]Unit{unit("lib", script, ""), lib}, nil,
		},
		"the linker": {
			[]string{"debug/deps/app-1"},
			[]Cause{{Unit: app, Files: []string{"debug/deps/app-1"}}}, nil, nil,
		},
		"nobody's": {[]string{"debug/strange"}, nil, nil, []string{"debug/strange"}},
		"nothing":  {nil, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			differ := map[string]bool{}
			for _, name := range c.differ {
				differ[name] = true
			}
			causes, follow, unexplained := historyOf(&example().record, target).blame(differ)
			if diff := cmp.Diff(c.causes, causes); diff != "" {
				t.Errorf("causes (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.follow, follow); diff != "" {
				t.Errorf("what follows (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.unexplained, unexplained); diff != "" {
				t.Errorf("unexplained (-want +got)\n%s", diff)
			}
		})
	}
}

// TestScriptDir: the directory of a build script's run, and of nothing else.
func TestScriptDir(t *testing.T) {
	for name, want := range map[string]string{
		"debug/build/lib-2/output":                         "debug/build/lib-2",
		"debug/build/lib-2/out/a/b.rs":                     "debug/build/lib-2",
		"wasm32-unknown-unknown/release/build/lib-2/out/x": "wasm32-unknown-unknown/release/build/lib-2",
		"debug/build/lib-2":                                "",
		"debug/deps/build/x":                               "",
		"build/lib-2/x":                                    "",
		"debug/deps/x":                                     "",
	} {
		if got := scriptDir(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestOutputs: what a build was for, and what cargo keeps for itself.
func TestOutputs(t *testing.T) {
	for name, want := range map[string][2]bool{ // counts, is an output
		"debug/app":                             {true, true},
		"debug/app.d":                           {false, true},
		"debug/libapp.rlib":                     {true, true},
		"debug/examples/show":                   {true, true},
		"debug/examples/show-0123456789ab":      {true, false},
		"debug/deps/app-1":                      {true, false},
		"debug/deps/app-1.d":                    {false, false},
		"debug/build/lib-2/output":              {true, false},
		"debug/build/lib-2/root-output":         {false, false},
		"debug/build/lib-2/out/list.d":          {true, false},
		"debug/.cargo-lock":                     {false, true},
		"wasm32-unknown-unknown/debug/app.wasm": {true, true},
	} {
		if got := [2]bool{counts(name), isOutput(name)}; got != want {
			t.Errorf("%s: counts %t, output %t", name, got[0], got[1])
		}
	}
}

// TestMinimal: the smallest set, by asking as little as need be.
func TestMinimal(t *testing.T) {
	var all []dimension
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		all = append(all, dimension{name: name})
	}
	for _, want := range []string{"a", "g", "d", "b, c", "a, g"} {
		asked := 0
		got, err := minimal(all, func(list []dimension) (bool, error) {
			asked++
			have := map[string]bool{}
			for _, d := range list {
				have[d.name] = true
			}
			for _, name := range splitNames(want) {
				if !have[name] {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil || names(got) != want {
			t.Errorf("got %s, want %s; %v", names(got), want, err)
		}
		if asked > 12 {
			t.Errorf("%s: asked %d times", want, asked)
		}
	}
}

func splitNames(text string) []string {
	if len(text) == 1 {
		return []string{text}
	}
	return []string{text[:1], text[len(text)-1:]}
}
