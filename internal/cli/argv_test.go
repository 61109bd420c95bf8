package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func words(line string) []string { return strings.Fields(line) }

// mustParse parses a line of words without spaces in them.
func mustParse(t *testing.T, line string) *invocation {
	t.Helper()
	inv, err := parseArgs(words(line))
	if err != nil {
		t.Fatalf("parseArgs(%q): %v", line, err)
	}
	return inv
}

func TestNormalForm(t *testing.T) {
	for line, want := range map[string]string{
		"hermetic build":                       "build",
		"build":                                "build",
		"hermetic b":                           "build",
		"c":                                    "check",
		"t":                                    "test",
		"r":                                    "run",
		"d":                                    "doc",
		"build -vv":                            "build -v -v",
		"build --verbose -v":                   "build -v -v",
		"build -j4":                            "build --jobs=4",
		"build -j 4":                           "build --jobs=4",
		"build -j=4":                           "build --jobs=4",
		"build --jobs 4":                       "build --jobs=4",
		"build -j -1":                          "build --jobs=-1",
		"build -pfoo":                          "build --package=foo",
		"build -rp foo":                        "build --release --package=foo",
		"build -F=a":                           "build --features=a",
		"build -F==a":                          "build --features==a",
		"build -F=":                            "build --features=",
		"build --features=":                    "build --features=",
		"build --features=a,b":                 "build --features=a,b",
		"build --bin NAME --bin=two":           "build --bin=NAME --bin=two",
		"build --message-format JSON,short":    "build --message-format=json,short",
		"build -Zx -Z y=1":                     "build -Z=x -Z=y=1",
		"build --":                             "build",
		"build --all":                          "build --workspace",
		"build --all --workspace":              "build --workspace",
		"build --workspace --all":              "build --workspace",
		"test --all name":                      "test --workspace name",
		"test name --release":                  "test --release name",
		"test name -- --nocapture --":          "test name -- --nocapture --",
		"test -- a b":                          "test -- a b",
		"bench -":                              "bench -",
		"run a --release":                      "run -- a --release",
		"run a -- b":                           "run -- a -- b",
		"run -- a -- b":                        "run -- a -- b",
		"run -r -- -h":                         "run --release -- -h",
		"run --":                               "run",
		"clippy -- -D warnings":                "clippy -- -D warnings",
		"-v --offline build --locked":          "build -v --offline --locked",
		"--locked build --locked":              "build --locked",
		"-v build -v":                          "build -v -v",
		"--color always build --color never":   "build --color=never",
		"--root a build --root=b":              "build --root=a --root=b",
		"--config a.b=1 -Zx build":             "build --config=a.b=1 -Z=x",
		"--isolation landlock --dry-run check": "check --isolation=landlock --dry-run",
		"help":                                 "--help",
		"":                                     "--help",
		"hermetic":                             "--help",
		"hermetic -v":                          "--help",
		"-h build":                             "--help",
		"help b":                               "build --help",
		"b -h --foo":                           "build --help",
		"-vV":                                  "-v --version",
		"build -V":                             "--version",
	} {
		inv := mustParse(t, line)
		if diff := cmp.Diff(want, strings.Join(inv.normalArgs(), " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestNormalFormIsStable(t *testing.T) {
	for _, line := range []string{"build -rp foo -vv --root x", "test a -- b", "run x -- y", "-vV", "help", "b --all -Z=x"} {
		once := mustParse(t, line).normalArgs()
		again, err := parseArgs(once)
		if err != nil {
			t.Errorf("%q became %q: %v", line, once, err)
			continue
		}
		if diff := cmp.Diff(once, again.normalArgs()); diff != "" {
			t.Errorf("%q (-once +twice):\n%s", line, diff)
		}
	}
}

func TestInvocation(t *testing.T) {
	inv := mustParse(t, "hermetic --root /a --allow-env A build --root b --allow-env B=x=y --allow-env C= --dry-run --format json")
	cargo := inv.cargo
	inv.cargo = nil
	want := &invocation{
		verb:      "build",
		roots:     []string{"/a", "b"},
		allowEnv:  []envGrant{{"A", "", false}, {"B", "x=y", true}, {"C", "", true}},
		isolation: "namespaces",
		dryRun:    true,
		format:    "json",
	}
	if diff := cmp.Diff(want, inv, cmp.AllowUnexported(invocation{}, envGrant{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if cargo == nil || cargo.verb.name != "build" {
		t.Errorf("cargo arguments: %+v", cargo)
	}
	if got := mustParse(t, "--isolation landlock init"); got.isolation != "landlock" || got.format != "human" || got.dryRun {
		t.Errorf("%+v", got)
	}
}

func TestUsageErrors(t *testing.T) {
	for _, test := range []struct{ line, message, help string }{
		{"buid", "no such command: `buid`", "a command with a similar name exists: `build`"},
		{"hlep", "no such command: `hlep`", "a command with a similar name exists: `help`"},
		{"qwertyuiop", "no such command: `qwertyuiop`", "view all commands with `cargo hermetic --help`"},
		{"update", "no such command: `update`", "run plain `cargo update`"},
		{"rustc", "no such command: `rustc`", "run plain `cargo rustc`"},
		{"+nightly build", "no such command: `+nightly`", "to change it, edit `rust-toolchain.toml` and run `cargo hermetic lock --update`"},
		{"hermetic hermetic build", "no such command: `hermetic`", "view all commands with `cargo hermetic --help`"},
		{"help buid", "no such command: `buid`", "a command with a similar name exists: `build`"},
		{"help build now", "unexpected argument 'now' found", "run `cargo hermetic help COMMAND`"},
		{"-- build", "unexpected argument '--' found", "remove `--`"},
		{"--release build", "unexpected argument '--release' found", "'build --release' exists"},
		{"-r build", "unexpected argument '-r' found", "'build -r' exists"},
		{"--dry-run init", "unexpected argument '--dry-run' found", "for more information, try `cargo hermetic init --help`"},
		{"build --relase", "unexpected argument '--relase' found", "a similar argument exists: '--release'"},
		{"build --quite", "unexpected argument '--quite' found", "a similar argument exists: '--quiet'"},
		{"build --xyzzy=1 -h", "unexpected argument '--xyzzy' found", "for more information, try '--help'"},
		{"build --no-run", "unexpected argument '--no-run' found", "'test --no-run' exists"},
		{"build -rx", "unexpected argument '-x' found", "for more information, try '--help'"},
		{"build -release", "unexpected argument '-e' found", "a similar argument exists: '--release'"},
		{"build ---x", "unexpected argument '---x' found", "for more information, try '--help'"},
		{"build --Z=x", "unexpected argument '--Z' found", "for more information, try '--help'"},
		{"build --xyzzy --bin --release", "unexpected argument '--xyzzy' found", "for more information, try '--help'"},
		{"build -test.v", "unexpected argument '-t' found", "a similar argument exists: '--tests'"},
		{"build -rtest.v", "unexpected argument '-t' found", "for more information, try '--help'"},
		{"build foo", "unexpected argument 'foo' found", "for more information, try `cargo hermetic build --help`"},
		{"build -- foo", "unexpected argument 'foo' found", "for more information, try `cargo hermetic build --help`"},
		{"build -", "unexpected argument '-' found", "for more information, try `cargo hermetic build --help`"},
		{"clippy foo -- bar", "unexpected argument 'foo' found", "for more information, try `cargo hermetic clippy --help`"},
		{"test foo bar -- baz", "unexpected argument 'bar' found", "for more information, try `cargo hermetic test --help`"},
		{"build --bin --release", "a value is required for '--bin <NAME>' but none was supplied", "for more information, try '--help'"},
		{"build -rp -- foo", "a value is required for '--package <SPEC>' but none was supplied", "for more information, try '--help'"},
		{"build --jobs", "a value is required for '--jobs <N>' but none was supplied", "for more information, try '--help'"},
		{"build --root=", "a value is required for '--root <DIR>' but none was supplied", "for more information, try '--help'"},
		{"build -p=", "a value is required for '--package <SPEC>' but none was supplied", "for more information, try '--help'"},
		{"build -Z", "a value is required for '-Z <FLAG>' but none was supplied", "for more information, try '--help'"},
		{"build --release=true", "unexpected value 'true' for '--release' found; no more were expected", "for more information, try '--help'"},
		{"build -r=false", "unexpected argument '-=' found", "for more information, try '--help'"},
		{"build --verbose=2", "unexpected value '2' for '--verbose...' found; no more were expected", "for more information, try '--help'"},
		{"build -rr", "the argument '--release' cannot be used multiple times", "remove one of them"},
		{"build --all --all", "the argument '--all' cannot be used multiple times", "remove one of them"},
		{"run -p a -p b", "the argument '--package <SPEC>' cannot be used multiple times", "remove one of them"},
		{"build --release --profile dev", "the argument '--release' cannot be used with '--profile <PROFILE-NAME>'", "remove one of them"},
		{"build --profile dev -r", "the argument '--profile <PROFILE-NAME>' cannot be used with '--release'", "remove one of them"},
		{"build --profile ../x", "invalid character in profile name `../x`", "allowed characters are letters, numbers, underscore, and hyphen"},
		{"lock --check --update", "the argument '--check' cannot be used with '--update'", "remove one of them"},
		{"-q build -v", "cannot set both --verbose and --quiet", "remove one of them"},
		{"build --color foo", "invalid value 'foo' for '--color <WHEN>'", "for more information, try '--help'"},
		{"build --message-format json,xml", "invalid value 'xml' for '--message-format <FMT>'", "for more information, try '--help'"},
		{"build --isolation none", "invalid value 'none' for '--isolation <NAME>'", "for more information, try '--help'"},
		{"build --format xml", "invalid value 'xml' for '--format <FMT>'", "for more information, try '--help'"},
		{"build --allow-env =x", "invalid value '=x' for '--allow-env <NAME[=VALUE]>'", "put the variable's name before the `=`"},
		{"--allow-env A build --allow-env A=1", "`--allow-env` says two different things about `A`", "remove one of them"},
		{"build --target-dir x", "`--target-dir` does not exist in a hermetic build", takeOutputs},
		{"build --out-dir=x", "`--out-dir` does not exist in a hermetic build", takeOutputs},
		{"doc --open", "`--open` does not exist in a hermetic build", "leave it out and open `target/hermetic/doc/CRATE/index.html` afterwards"},
		{"clippy --fix --allow-dirty", "`--fix` does not exist in a hermetic build", fixOutside},
		{"build -Z build-std=core", "`-Z build-std` does not exist in a hermetic build", "leave it out"},
		{"--config build.target-dir='x' build", "`--config build.target-dir` does not exist in a hermetic build", takeOutputs},
		{"build --config build.'target-dir'='x'", "`--config build.target-dir` does not exist in a hermetic build", takeOutputs},
		{"build --config build.jobs=x", "--config argument `build.jobs=x` was not a TOML dotted key expression (such as `build.jobs = 2`)", "put quotes around text: `--config 'KEY=\"VALUE\"'`"},
	} {
		_, err := parseArgs(words(test.line))
		d, ok := errors.AsType[*diag.Diagnostic](err)
		if !ok {
			t.Errorf("%q: want a diagnostic, got %v", test.line, err)
			continue
		}
		got := struct{ line, message, help string }{test.line, d.Message, d.Help}
		if diff := cmp.Diff(test, got, cmp.AllowUnexported(test)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.line, diff)
		}
		if d.Exit != diag.ExitUsage {
			t.Errorf("%q: exit %d, want %d", test.line, d.Exit, diag.ExitUsage)
		}
	}
}

func TestProgramArgumentHint(t *testing.T) {
	_, err := parseArgs(words("run --port 80"))
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok || !slices.Contains(d.Notes, "to pass '--port' as a value, use '-- --port'") {
		t.Errorf("no hint about `--` in %+v", err)
	}
}

func TestAccessors(t *testing.T) {
	c := mustParse(t, "-v test -v --message-format json,json-render-diagnostics --color always --frozen -p a --package b --manifest-path x/Cargo.toml one -- --exact").cargo
	type facts struct {
		Manifest, Color                 string
		Formats, Filter, Program        []string
		Quiet, Offline, Locked, Release bool
		Verbose                         int
	}
	want := facts{"x/Cargo.toml", "always", words("json json-render-diagnostics"), words("one"), words("--exact"), false, true, false, false, 2}
	got := facts{c.manifestPath(), c.color(), c.messageFormats(), c.filter, c.programArgs(), c.quiet(), c.offline(), c.hasFlag("locked"), c.hasFlag("release"), c.verbose()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUndeclaredNameIsABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("asking for a flag that the table does not have went unnoticed")
		}
	}()
	mustParse(t, "build").cargo.hasFlag("relase")
}

func FuzzParseArgs(f *testing.F) {
	for _, seed := range []string{
		"", "hermetic build", "b -rp foo -vv -j -1", "-q --config a.b=1 t x -- --exact", "run a -- b", "help run",
		"build --config x/y=z --target a.json -p path+file:///a%20b#c", "-vV", "clippy --no-deps -- -D warnings", "build -F= -Z=x",
		"build -test.v", "lock --check --format=json", "doc --all --workspace --message-format=JSON,short", "bench -",
	} {
		f.Add(strings.ReplaceAll(seed, " ", "\x00"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		inv, err := parseArgs(strings.Split(line, "\x00")) // an argument cannot hold a NUL
		if err != nil {
			d, ok := errors.AsType[*diag.Diagnostic](err)
			if !ok || d.Exit != diag.ExitUsage || d.Message == "" || d.Help == "" {
				t.Fatalf("not a usage error with help: %#v", err)
			}
			return
		}
		once := inv.normalArgs()
		again, err := parseArgs(once)
		if err != nil {
			t.Fatalf("the normal form %q does not parse: %v", once, err)
		}
		if diff := cmp.Diff(once, again.normalArgs()); diff != "" {
			t.Fatalf("the normal form is not stable (-once +twice):\n%s", diff)
		}
		if inv.help || inv.version || inv.cargo.verb.inWorld == "" {
			return
		}
		args, err := inv.cargo.forWorld(func(p string) (string, error) { return "/w/" + p, nil })
		if err == nil && !slices.Equal(args[1:3], []string{"--locked", "--offline"}) {
			t.Fatalf("not locked and offline: %q", args)
		}
	})
}
