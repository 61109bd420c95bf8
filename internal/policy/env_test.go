package policy

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestReserved(t *testing.T) {
	for _, name := range []string{
		"PATH", "HOME", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "CARGO_INCREMENTAL", "CARGO",
		"TMPDIR", "USER", "LOGNAME", "LANG", "TZ", "TERM", "SOURCE_DATE_EPOCH", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_ANYTHING",
		"MAKEFLAGS", "RUSTUP_TOOLCHAIN", "__CARGO_TEST_ROOT",
	} {
		for _, text := range []string{fmt.Sprintf("env.allow = [%q]", name), fmt.Sprintf("env.set.%s = ''", name)} {
			if _, err := Parse("f", []byte(text), "0.1.0"); diag.ExitCode(err) != diag.ExitPolicy {
				t.Errorf("%s: %v", text, err)
			}
		}
		for _, flag := range []string{name, name + "=x"} {
			if err := new(Policy).AllowEnv([]string{flag}); diag.ExitCode(err) != diag.ExitPolicy {
				t.Errorf("--allow-env %s: %v", flag, err)
			}
		}
	}
	for _, name := range []string{"RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "CC", "_", "ld_library_path", "LDFLAGS", "CARGO_PROFILE_RELEASE_LTO"} {
		if err := new(Policy).AllowEnv([]string{name}); err != nil {
			t.Errorf("--allow-env %s: %v", name, err)
		}
	}
}

func TestAllowEnv(t *testing.T) {
	file := Env{Allow: []string{"A", "B"}, Set: map[string]string{"S": "file", "T": "file"}}
	for name, c := range map[string]struct {
		flags []string
		want  Env
	}{
		"nothing":        {nil, file},
		"new names":      {[]string{"Z", "C=1=2", "E="}, Env{[]string{"A", "B", "Z"}, map[string]string{"S": "file", "T": "file", "C": "1=2", "E": ""}}},
		"wins over file": {[]string{"B=x", "S", "T=flag"}, Env{[]string{"A", "S"}, map[string]string{"B": "x", "T": "flag"}}},
		"takes all of set": {[]string{"S", "T"},
			Env{[]string{"A", "B", "S", "T"}, nil}},
		"twice the same": {[]string{"Z", "Z", "S=1", "S=1"}, Env{[]string{"A", "B", "Z"}, map[string]string{"S": "1", "T": "file"}}},
	} {
		t.Run(name, func(t *testing.T) {
			before := &Policy{Env: file}
			p := *before
			if err := p.AllowEnv(c.flags); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, p.Env); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(map[string]string{"S": "file", "T": "file"}, before.Env.Set); diff != "" {
				t.Error("the map of the file was changed:", diff)
			}
		})
	}
}

func TestAllowEnvErrors(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"empty": {[]string{""}, "1 `` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"help: write `--allow-env NAME` or `--allow-env NAME=VALUE`"},
		"no name": {[]string{"=x"}, "1 `` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"help: write `--allow-env NAME` or `--allow-env NAME=VALUE`"},
		"a list": {[]string{"A,B"}, "1 `A,B` is not a variable name: letters, digits and `_`, the first not a digit\n" +
			"help: write `--allow-env NAME` or `--allow-env NAME=VALUE`"},
		"not UTF-8":      {[]string{"A=\xff"}, "1 the value of `A` is not valid UTF-8"},
		"two meanings":   {[]string{"A", "A="}, "1 `--allow-env` says two different things about `A`\nhelp: give `A` once"},
		"two values":     {[]string{"A=1", "A=2"}, "1 `--allow-env` says two different things about `A`\nhelp: give `A` once"},
		"dynamic linker": {[]string{"OK", "LD_PRELOAD=x"}, "111 `LD_PRELOAD` cannot enter the build: it makes the dynamic linker load or choose other files than the pinned ones\nhelp: remove `--allow-env LD_PRELOAD`"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Policy
			if diff := cmp.Diff(c.want, report(p.AllowEnv(c.flags))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(Policy{}, p); diff != "" {
				t.Error("changed after an error:", diff)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	p := &Policy{Env: Env{Allow: []string{"A", "ABSENT", "EMPTY"}, Set: map[string]string{"S": "1"}}}
	host := map[string]string{"A": "ü\n\x1b", "EMPTY": "", "S": "host", "OTHER": "\xff"}
	got, err := p.Environment(host)
	if diff := cmp.Diff(map[string]string{"A": "ü\n\x1b", "EMPTY": "", "S": "1"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = p.Environment(map[string]string{"A": "secret\xff", "EMPTY": "secret\x00"})
	want := "111 a variable that the policy allows has a value that cannot enter the build\n" +
		"cause: the value of `A` is not valid UTF-8\nthe value of `EMPTY` holds a NUL character\n" +
		"help: change the value, or remove the name from `env.allow` in `hermetic.toml`"
	if diff := cmp.Diff(want, report(err)); diff != "" || got != nil {
		t.Error(diff, got)
	}
	got, err = new(Policy).Environment(host)
	if diff := cmp.Diff(map[string]string{}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
