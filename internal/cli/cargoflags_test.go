package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestTableIsSound(t *testing.T) {
	for i := range cargoFlags {
		row := &cargoFlags[i]
		name := row.name()
		if row.long == "" && row.short == "" || len(row.short) > 1 || row.on == 0 {
			t.Errorf("row %d (%s) has no usable name or no verb", i, name)
		}
		if row.how == refuse && (row.why == "" || row.instead == "") || row.how != refuse && (row.text == "" || row.why != "") {
			t.Errorf("%s: a refused flag has a reason and a way out, any other has a help line", name)
		}
		if !slices.Contains(helpHeadings, row.head) {
			t.Errorf("%s: heading %q", name, row.head)
		}
		if row.value == "" && (row.hyphen || len(row.oneOf) > 0) || row.value == "" && row.many != 0 && row.short == "" {
			t.Errorf("%s: a switch has no values, and repeats by its short name only", name)
		}
		if row.many != onEvery && row.many&^row.on != 0 {
			t.Errorf("%s repeats on a verb that does not have it", name)
		}
		if as := findLong(rowsOf(row.on), row.sameAs); row.sameAs != "" && (as == nil || as.on != row.on || as.value != row.value || as.many != row.many) {
			t.Errorf("%s is no other spelling of `%s`", name, row.sameAs)
		}
		for _, other := range cargoFlags[i+1:] {
			if other.on&row.on != 0 && (row.long != "" && row.long == other.long || row.short != "" && row.short == other.short) {
				t.Errorf("%s and %s collide", name, other.name())
			}
		}
		for _, verb := range knownVerbs { // the world's verb must take what is forwarded
			if world := knownVerbNamed(verb.inWorld); row.on&verb.set != 0 && row.how < ours && verb.inWorld != "" && row.on&world.set == 0 {
				t.Errorf("%s of `%s` would go to `%s`, which has no such flag", name, verb.name, world.name)
			}
		}
	}
	for _, command := range commands {
		if knownVerbNamed(command.name).set == 0 {
			t.Errorf("command `%s` has no flags declared", command.name)
		}
	}
}

func TestForWorld(t *testing.T) {
	for line, want := range map[string]string{
		"build":                           "build --locked --offline",
		"b -rp foo -vv --locked --frozen": "build --locked --offline --release --package=foo -v -v",
		"run --bin x -- a -- b":           "run --locked --offline --bin=x -- a -- b",
		"plan --release":                  "build --locked --offline --release",
		"test -q name -- --exact":         "test --locked --offline --quiet name -- --exact",
		"clippy --no-deps -- -D warnings": "clippy --locked --offline --no-deps -- -D warnings",
		"--root x --allow-env A --isolation landlock --dry-run --format json --color always check": "check --locked --offline",
		"build --manifest-path sub/Cargo.toml":                                                     "build --locked --offline --manifest-path=/world/sub/Cargo.toml",
		"build --target x86_64-unknown-linux-gnu --target t.json":                                  "build --locked --offline --target=x86_64-unknown-linux-gnu --target=/world/t.json",
		"build --config build.jobs=2 --config ci.toml":                                             "build --locked --offline --config=build.jobs=2 --config=/world/ci.toml",
		"build --config dir/a=b.toml":                                                              "build --locked --offline --config=/world/dir/a=b.toml",
		`build --config source."a/b".x=1`:                                                          `build --locked --offline --config=source."a/b".x=1`,
		"build -p path+file:///host/a%20b#c@1.0.0":                                                 "build --locked --offline --package=path+file:///world/host/a%20b#c@1.0.0",
		"build -p file:///host/a?x#c":                                                              "build --locked --offline --package=file:///world/host/a?x#c",
		"build -p git+file:///host/a":                                                              "build --locked --offline --package=git+file:///host/a",
		"build --workspace --exclude path+file:///h":                                               "build --locked --offline --workspace --exclude=path+file:///world/h",
		"build -Zunstable-options -j -1":                                                           "build --locked --offline -Z=unstable-options --jobs=-1",
	} {
		got, err := mustParse(t, line).cargo.forWorld(func(p string) (string, error) {
			return "/world/" + strings.TrimPrefix(p, "/"), nil
		})
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestForWorldTrimsTargetAsCargoDoes(t *testing.T) {
	inv, err := parseArgs([]string{"build", "--target", " spec.json "})
	if err != nil {
		t.Fatal(err)
	}
	got, err := inv.cargo.forWorld(func(p string) (string, error) { return "/world/" + p, nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("--target=/world/spec.json", got[3]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestForWorldErrors(t *testing.T) {
	outside := diag.New(diag.ExitPolicy, "outside the root")
	for _, line := range []string{
		"build --manifest-path /etc/x", "build --target /etc/x.json", "build --config /etc/x", "build -p path+file:///etc/x", "build --exclude file:///etc/x",
	} {
		args, err := mustParse(t, line).cargo.forWorld(func(string) (string, error) { return "", outside })
		if !errors.Is(err, outside) || diag.ExitCode(err) != diag.ExitPolicy || args != nil {
			t.Errorf("%q: the translation's error is lost: %q, %v", line, args, err)
		}
	}
	same := func(p string) (string, error) { return p, nil }
	for _, args := range [][]string{{"fetch"}, {"init"}, {"lock"}, {"test", "\xff"}, {"test", "--", "a\x00b"}, {"build", "-p", "file:///%zz"}} {
		inv, err := parseArgs(args)
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		if got, err := inv.cargo.forWorld(same); err == nil {
			t.Errorf("%q gave %q, want an error", args, got)
		}
	}
}

// realCargo returns the path of cargo 1.95 itself, past rustup's proxy when
// rustc knows the way, or skips.
func realCargo(t *testing.T) string {
	t.Helper()
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skipf("no cargo to compare with: %v", err)
	}
	if sysroot, err := exec.Command("rustc", "--print", "sysroot").Output(); err == nil {
		direct := filepath.Join(strings.TrimSpace(string(sysroot)), "bin", "cargo")
		if _, err := os.Stat(direct); err == nil {
			cargo = direct
		}
	}
	version, err := exec.Command(cargo, "--version").Output()
	if err != nil {
		t.Skipf("cargo does not run: %v", err)
	}
	if !strings.HasPrefix(string(version), "cargo 1.95.") {
		t.Skipf("the table is that of cargo 1.95, this is %s", version)
	}
	return cargo
}

// listedFlag is a flag as a help text shows it.
type listedFlag struct{ Short, Value, Heading string }

var (
	helpFlag    = regexp.MustCompile(`^ {2,}(?:-(\w)(?:, )?)?(?:--([\w-]+))?(?:\.\.\.)?(?: \[?[<\[]([^>\]]+)[>\]]\]?)?(?: {2,}|$)`)
	helpHeading = regexp.MustCompile(`^(\S.*):$`)
)

// readHelp returns the flags of a help text by name, long where there is one.
func readHelp(text string) map[string]listedFlag {
	flags := map[string]listedFlag{}
	heading := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := helpHeading.FindStringSubmatch(line); m != nil {
			heading = m[1]
		}
		m := helpFlag.FindStringSubmatch(line)
		if m == nil || m[1] == "" && m[2] == "" {
			continue
		}
		name := m[2]
		if name == "" {
			name = m[1]
		}
		flags[name] = listedFlag{m[1], m[3], heading}
	}
	return flags
}

// tableFlags returns what cargo should list for the verb, by our table.
func tableFlags(verb verbSet) map[string]listedFlag {
	flags := map[string]listedFlag{}
	for _, row := range rowsOf(verb) {
		if row.unlisted || row.head == headHermetic || row.long == "version" {
			continue
		}
		flags[strings.TrimLeft(row.name(), "-")] = listedFlag{row.short, row.value, row.head}
	}
	return flags
}

func TestTableAgreesWithCargoHelp(t *testing.T) {
	cargo := realCargo(t)
	for _, verb := range knownVerbs {
		if verb.set&(onCargo|onFetch)&^onClippy == 0 {
			continue
		}
		t.Run(verb.name, func(t *testing.T) {
			text, err := exec.Command(cargo, verb.name, "--help").Output()
			if err != nil {
				t.Fatal(err)
			}
			listed := readHelp(string(text))
			if diff := cmp.Diff(listed, tableFlags(verb.set)); diff != "" {
				t.Errorf("(-cargo +table):\n%s", diff)
			}
			for _, row := range rowsOf(verb.set) {
				if _, ok := listed[row.long]; ok && row.unlisted {
					t.Errorf("cargo lists --%s, the table says it does not", row.long)
				}
			}
		})
	}
}

// clippy's help lists only what it adds to `cargo check`.
func TestTableAgreesWithClippyHelp(t *testing.T) {
	cargo := realCargo(t)
	text, err := exec.Command(cargo, "clippy", "--help").Output()
	if err != nil {
		t.Skipf("no clippy to compare with: %v", err)
	}
	own, lints, _ := strings.Cut(string(text), "Allowing / Denying lints")
	if lints == "" {
		t.Fatal("the help of clippy has changed its form")
	}
	_, manifest, _ := strings.Cut(lints, "Manifest Options:")
	var want, got []string
	for name := range readHelp(own + manifest) {
		want = append(want, name)
	}
	for name := range tableFlags(onCheck) {
		want = append(want, name)
	}
	for name := range tableFlags(onClippy) {
		got = append(got, name)
	}
	got = append(got, "version")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Errorf("(-cargo +table):\n%s", diff)
	}
}

// argumentShapes are the spellings in which parsers differ. Not here, since we
// refuse on purpose what cargo refuses later or not at all: an empty -Z, a
// missing NAME of --bin (cargo lists the names), the refused flags.
var argumentShapes = []string{
	"", "--", "--xyzzy", "-x", "-vx", "-xv", "---x", "-", "name", "one two", "one -- two", "-- one", "name -q", "-qq",
	"-F=a", "-Fa", "-F a", "-F=", "-F==", "-F", "--features", "--features -q", "--features=-q", "-vF=", "-qF=a",
	"-j4", "-j 4", "-j=4", "-j -1", "-j", "--jobs", "-rp a", "-rpa", "-r=x", "-q=x", "-release", "-test.v", "-qtest.v",
	"--color", "--color=", "--color=x", "--message-format", "--message-format=", "--message-format JSON",
	"--message-format=json,short", "--message-format=json,", "--message-format x", "--manifest-path", "--manifest-path -q",
	"--profile=a --release", "--release --profile=a", "-r --release", "--target=a --target=b", "--config=a.b=1 --config a.b=2",
	"--config -q", "-vvv --verbose", "--locked --frozen --offline", "-h --xyzzy", "--xyzzy -h", "-q name --features=b",
	"name name -q", "a -- b -- c", "--all --workspace", "--Z=x", "--no-release", "--quiet=false", "--rel",
}

// In a directory without a manifest cargo exits 1 when it does not like the
// command line and 101 when it does: an oracle for the parser.
func TestParserAgreesWithCargo(t *testing.T) {
	if testing.Short() {
		t.Skip("starts cargo some 400 times")
	}
	cargo := realCargo(t)
	empty := t.TempDir()
	var lines []string
	for _, verb := range []string{"build", "test", "run"} {
		for _, shape := range argumentShapes {
			lines = append(lines, verb+" "+shape)
		}
	}
	for _, verb := range []string{"test", "run", "doc", "rustc"} { // together they have nearly every row
		lines = append(lines, rowLines(verb)...)
	}
	for _, line := range lines {
		command := exec.Command(cargo, words(line)...)
		command.Dir = empty
		output, err := command.CombinedOutput()
		if failed, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok || ok && failed.ExitCode() != 1 && failed.ExitCode() != 101 {
			t.Fatalf("%q: %v", line, err)
		}
		first, _, _ := strings.Cut(string(output), "\n")
		first = strings.ReplaceAll(first, "[<SPEC>]", "<SPEC>") // we do not call the value optional
		want, got := "accepted", "accepted"
		if command.ProcessState.ExitCode() == 1 {
			want = first
		}
		if d, ok := errors.AsType[*diag.Diagnostic](parseDeclared(words(line))); ok {
			got = "error: " + d.Message
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: cargo says %q (-cargo +ours):\n%s", line, first, diff)
		}
	}
}

// rowLines returns command lines that give every flag of a verb twice, and every
// switch a value.
func rowLines(verb string) []string {
	var lines []string
	for _, row := range rowsOf(knownVerbNamed(verb).set) {
		if row.unlisted || row.head == headHermetic || row.how == refuse || row.long == "help" || row.long == "version" {
			continue
		}
		once := row.name()
		switch {
		case row.value == "":
			lines = append(lines, fmt.Sprintf("%s %s=x", verb, once))
		case len(row.oneOf) > 0:
			once += "=" + row.oneOf[0]
		case row.how == pathIfFile:
			once += "=a.b=1"
		default:
			once += "=x"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", verb, once, once))
	}
	return lines
}

// parseDeclared parses for a verb whose flags are declared, a command or not.
func parseDeclared(args []string) error {
	verb := knownVerbNamed(args[0])
	late, err := parseVerb(verb, args[1:])
	if late.has("help") {
		return nil
	}
	if err == nil {
		_, err = assemble(verb, &parsedFlags{}, late)
	}
	return err
}
