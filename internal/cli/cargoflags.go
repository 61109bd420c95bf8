package cli

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// handling is what becomes of a flag.
type handling uint8

const (
	pass       handling = iota // goes to cargo unchanged
	path                       // a host path: goes to cargo as its place in the world
	pathIfJSON                 // a target triple, or a path when it ends in `.json`
	pathIfFile                 // KEY=VALUE, or else a path
	pathInURL                  // a package specification, which may hold a `file://` address
	ours                       // acts on our side, never reaches cargo in this form
	refuse                     // a usage error that says why
)

// subject is what a flag is about, and so who else has to hear of it.
type subject uint8

const (
	ofBuild  subject = iota // what is made: also whoever builds the same elsewhere
	ofRun                   // how it goes and what is shown: also another build of ours here
	ofPlace                 // where and how here: nobody else
	ofReport                // what a verb does with the builds that it makes: they do not hear of it
)

// Headings of the help text, in cargo's order; the last is our own.
const (
	headOptions  = "Options"
	headPackage  = "Package Selection"
	headTarget   = "Target Selection"
	headFeature  = "Feature Selection"
	headCompile  = "Compilation Options"
	headManifest = "Manifest Options"
	headHermetic = "Hermetic Options"
)

var helpHeadings = []string{headOptions, headPackage, headTarget, headFeature, headCompile, headManifest, headHermetic}

// flagRow declares one flag.
type flagRow struct {
	long, short string
	value       string   // placeholder of the value, empty for a switch
	oneOf       []string // the only values allowed; compared without case, between commas, where the flag may repeat
	on          verbSet  // verbs that take the flag
	many        verbSet  // verbs on which it may be given more than once
	hyphen      bool     // the value may begin with a dash
	early       bool     // may also stand before the verb
	how         handling
	about       subject
	head        string
	text        string // help line
	why         string // refuse: the reason
	instead     string // refuse: what to do
	sameAs      string // long name of the flag that this is another spelling of
	unlisted    bool   // not in the help of cargo 1.95: from another version, channel or verb
}

var (
	messageFormats = []string{"human", "short", "json", "json-diagnostic-short", "json-diagnostic-rendered-ansi", "json-render-diagnostics"}
	colorChoices   = []string{"auto", "always", "never"}
	isolationNames = []string{"namespaces", "landlock", "roots"}
	yesNo          = []string{"yes", "no"}
	outputFormats  = []string{"human", "json"}
)

const (
	oneOutputPlace = "outputs are always in `target/hermetic`"
	takeOutputs    = "leave it out and copy what you need from `target/hermetic`"
	writesSources  = "the root is read-only in the world, so nothing can write to its sources"
	fixOutside     = "run plain `cargo clippy --fix`, review the changes, then run `cargo hermetic clippy`"
)

// cargoFlags is every flag of cargo 1.95 for the verbs above, and ours. A flag
// that is not here is an error, since one that we do not know could change the
// output. cargo's `-v` and `-q` are also read by us, for our own lines.
var cargoFlags = []flagRow{
	{long: "no-run", on: onTest | onBench, head: headOptions, text: "Compile, but don't run"},
	{long: "no-fail-fast", on: onTest | onBench, head: headOptions, text: "Run everything regardless of failure"},
	{long: "no-deps", on: onDoc | onClippy, head: headOptions, text: "Leave dependencies out"},
	{long: "document-private-items", on: onDoc, head: headOptions, text: "Document private items"},
	{long: "print", value: "INFO", on: onRustc, head: headOptions, text: "Output compiler information without compiling"},
	{long: "crate-type", value: "CRATE-TYPE", on: onRustc, many: onRustc, head: headOptions, text: "Comma separated list of types of crates for the compiler to emit"},
	{long: "output-format", value: "FMT", oneOf: []string{"html", "json"}, on: onRustdoc, head: headOptions, text: "The output type to write (unstable)"},
	{long: "future-incompat-report", on: onBuild | onCheck | onTest | onRustc | onClippy | onPlan | onAudit, head: headOptions, text: "Output a future incompatibility report at the end of the build"},
	{long: "message-format", value: "FMT", oneOf: messageFormats, on: onWorld, many: onWorld, about: ofRun, head: headOptions, text: "Error format"},
	{long: "verbose", short: "v", on: onEvery, many: onEvery, early: true, about: ofRun, head: headOptions, text: "Use verbose output (-vv very verbose/build.rs output)"},
	{long: "quiet", short: "q", on: onEvery, early: true, about: ofRun, head: headOptions, text: "Do not print log messages"},
	// Not forwarded: cargo's output reaches the terminal through us.
	{long: "color", value: "WHEN", oneOf: colorChoices, on: onEvery, early: true, how: ours, about: ofRun, head: headOptions, text: "Coloring"},
	{long: "config", value: "KEY=VALUE|PATH", on: onWorld | onFetch, many: onEvery, early: true, how: pathIfFile, head: headOptions, text: "Override a configuration value"},
	// cargo itself refuses -Z on stable; refusedUnstable has the ones that we refuse.
	{short: "Z", value: "FLAG", on: onWorld | onFetch, many: onEvery, early: true, head: headOptions, text: "Unstable (nightly-only) flags to cargo, see `cargo -Z help`"},
	{long: "help", short: "h", on: onEvery, early: true, how: ours, head: headOptions, text: "Print help"},
	{long: "version", short: "V", on: onEvery, early: true, how: ours, head: headOptions, text: "Print version (-vV: and what it was built from)"},
	{long: "max-size", value: "SIZE", on: onCache, how: ours, head: headOptions, text: "Of `gc`: remove what was not used for longest until the rest takes no more, such as 20GiB or 500M"},
	{long: "max-age", value: "DURATION", on: onCache, how: ours, head: headOptions, text: "Of `gc`: remove what was not used for so long, such as 30d or 12h"},
	{long: "check", on: onLock, how: ours, head: headOptions, text: "Compare only; exit 112 when `hermetic.lock` is out of date"},
	{long: "update", on: onLock, how: ours, head: headOptions, text: "Write the digests of today to `hermetic.lock`"},
	{long: "open", on: onDoc | onRustdoc, how: refuse, head: headOptions, why: "there is no browser in the world", instead: "leave it out and open `target/hermetic/doc/CRATE/index.html` afterwards"},
	{long: "fix", on: onClippy, how: refuse, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "allow-dirty", on: onClippy, how: refuse, unlisted: true, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "allow-staged", on: onClippy, how: refuse, unlisted: true, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "allow-no-vcs", on: onClippy, how: refuse, unlisted: true, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "broken-code", on: onClippy, how: refuse, unlisted: true, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "edition", on: onClippy, how: refuse, unlisted: true, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "edition-idioms", on: onClippy, how: refuse, unlisted: true, head: headOptions, why: writesSources, instead: fixOutside},
	{long: "explain", value: "LINT", on: onClippy, how: refuse, head: headOptions, why: "it prints a text and builds nothing", instead: "run plain `cargo clippy --explain LINT`"},

	{long: "package", short: "p", value: "SPEC", on: onWorld, many: onPackages, how: pathInURL, head: headPackage, text: "Package to work on (see `cargo help pkgid`)"},
	{long: "workspace", on: onPackages, head: headPackage, text: "All packages in the workspace"},
	{long: "exclude", value: "SPEC", on: onPackages, many: onPackages, how: pathInURL, head: headPackage, text: "Leave packages out"},
	{long: "all", on: onPackages, sameAs: "workspace", head: headPackage, text: "Alias for --workspace (deprecated)"},

	{long: "lib", on: onWorld &^ onRun, head: headTarget, text: "Only this package's library"},
	{long: "bins", on: onWorld &^ onRun, head: headTarget, text: "All binaries"},
	{long: "bin", value: "NAME", on: onWorld, many: onWorld, head: headTarget, text: "Only the specified binary"},
	{long: "examples", on: onWorld &^ onRun, head: headTarget, text: "All examples"},
	{long: "example", value: "NAME", on: onWorld, many: onWorld, head: headTarget, text: "Only the specified example"},
	{long: "tests", on: onTargets, head: headTarget, text: "All targets that have `test = true` set"},
	{long: "test", value: "NAME", on: onTargets, many: onTargets, head: headTarget, text: "Only the specified test target"},
	{long: "benches", on: onTargets, head: headTarget, text: "All targets that have `bench = true` set"},
	{long: "bench", value: "NAME", on: onTargets, many: onTargets, head: headTarget, text: "Only the specified bench target"},
	{long: "all-targets", on: onTargets, head: headTarget, text: "All targets (does not include doctests)"},
	{long: "doc", on: onTest, head: headTarget, text: "Only this library's documentation"},

	{long: "features", short: "F", value: "FEATURES", on: onWorld, many: onWorld, head: headFeature, text: "Space or comma separated list of features to activate"},
	{long: "all-features", on: onWorld, head: headFeature, text: "Activate all available features"},
	{long: "no-default-features", on: onWorld, head: headFeature, text: "Do not activate the `default` feature"},

	{long: "release", short: "r", on: onWorld &^ onBench, head: headCompile, text: "With the release profile, with optimizations"},
	{long: "profile", value: "PROFILE-NAME", on: onWorld, head: headCompile, text: "With the specified profile"},
	// Build scripts read it as NUM_JOBS, so it belongs to the world.
	{long: "jobs", short: "j", value: "N", hyphen: true, on: onWorld, about: ofRun, head: headCompile, text: "Number of parallel jobs, defaults to # of CPUs"},
	{long: "keep-going", on: onWorld &^ (onTest | onBench), head: headCompile, text: "Do not abort the build as soon as there is an error"},
	{long: "target", value: "TRIPLE", on: onWorld | onFetch, many: onWorld | onFetch, how: pathIfJSON, head: headCompile, text: "For the target triple"},
	{long: "unit-graph", on: onWorld, head: headCompile, text: "Output build graph in JSON (unstable)"},
	{long: "timings", on: onHermetic, how: refuse, head: headCompile, why: "the report holds measured times, which the root does not determine", instead: "run plain `cargo build --timings`"},
	{long: "target-dir", value: "DIRECTORY", on: onHermetic, how: refuse, head: headCompile, why: oneOutputPlace, instead: takeOutputs},
	{long: "target-dir", value: "DIRECTORY", on: onAudit, how: refuse, head: headCompile, why: "an audit builds everything anew, in a directory that it removes", instead: "leave it out"},
	{long: "artifact-dir", value: "PATH", on: onBuild | onPlan, how: refuse, head: headCompile, why: oneOutputPlace, instead: takeOutputs},
	{long: "out-dir", value: "PATH", on: onBuild | onPlan, how: refuse, unlisted: true, head: headCompile, why: oneOutputPlace, instead: takeOutputs},

	{long: "manifest-path", value: "PATH", on: onProject, how: path, about: ofPlace, head: headManifest, text: "Path to Cargo.toml"},
	{long: "ignore-rust-version", on: onWorld, head: headManifest, text: "Ignore `rust-version` specification in packages"},
	// The world always has --locked --offline. Outside it they speak of the fetch.
	{long: "locked", on: onProject, early: true, how: ours, about: ofRun, head: headManifest, text: "Assert that `Cargo.lock` will remain unchanged (in a world always so)"},
	{long: "offline", on: onProject, early: true, how: ours, about: ofRun, head: headManifest, text: "Do not fetch what is missing (a world never has a network)"},
	{long: "frozen", on: onProject, early: true, how: ours, about: ofRun, head: headManifest, text: "Equivalent to specifying both --locked and --offline"},
	{long: "lockfile-path", value: "PATH", on: onHermetic | onFetch, how: refuse, unlisted: true, head: headManifest, why: "cargo 1.95 has no such flag, the lock file is `Cargo.lock` beside the workspace manifest", instead: "leave it out"},

	{short: "C", value: "DIRECTORY", on: onEvery, early: true, how: ours, about: ofPlace, head: headHermetic, text: "Change to DIRECTORY before doing anything"},
	{long: "root", value: "DIR", on: onProject, many: onProject, early: true, how: ours, about: ofPlace, head: headHermetic, text: "Directory that bounds every search; the deepest one above a start counts"},
	{long: "allow-env", value: "NAME[=VALUE]", on: onHermetic, many: onEvery, early: true, how: ours, head: headHermetic, text: "Let a variable of the host in, or set it"},
	{long: "isolation", value: "NAME", oneOf: isolationNames, on: onProject &^ onAudit, early: true, how: ours, about: ofPlace, head: headHermetic, text: "How the build is isolated; never chosen silently, default namespaces"},
	{long: "deterministic", value: "YESNO", oneOf: yesNo, on: onWorld, early: true, how: ours, head: headHermetic, text: "Hold clock, randomness and processors still, default yes"},
	{long: "layer", value: "NAME", oneOf: build.Shared, on: onLayer, many: onLayer, how: ours, head: headHermetic, text: "Only this one of the layers that `hermetic.lock` names"},
	{long: "print-apparmor", on: onDoctor, how: ours, head: headHermetic, text: "Print a profile that allows user namespaces to this program, and do nothing else"},
	{long: "vary", value: "LIST", on: onVerify, many: onVerify, how: ours, about: ofReport, head: headHermetic, text: "Let the second build's host differ only so; `--vary help` lists how it can"},
	{long: "against", value: "WHAT", on: onVerify, how: ours, about: ofReport, head: headHermetic, text: "Compare with this file, directory, URL or attestation instead of a first build"},
	{long: "attestation", value: "FILE", on: onVerify, how: ours, about: ofReport, head: headHermetic, text: "Check an attestation: who signed it, every input, and the outputs by building them again"},
	{long: "trust", value: "KEY", on: onVerify, many: onVerify, how: ours, about: ofReport, head: headHermetic, text: "File of a public key that may have signed the attestation"},
	{long: "source", value: "DIR", on: onVerify, how: ours, about: ofReport, head: headHermetic, text: "Take the source from here, and not from where the attestation says"},
	{long: "key", value: "FILE", on: onAttest, how: ours, about: ofReport, head: headHermetic, text: "Sign with this private key"},
	{long: "sign-with", value: "COMMAND", on: onAttest, how: ours, about: ofReport, head: headHermetic, text: "Sign with a command: the message on its standard input, the signature on its output"},
	{long: "embed", on: onAttest, how: ours, about: ofReport, head: headHermetic, text: "Put the digest of everything that the outputs were made from into them"},
	{long: "no-bisect", on: onVerify, how: ours, about: ofReport, head: headHermetic, text: "Do not build again to find out which difference of the host matters, and what macros expanded to"},
	{long: "diffoscope", on: onVerify, how: ours, about: ofReport, head: headHermetic, text: "Have diffoscope look, in a sandbox, at what can only be compared as bytes"},
	{long: "html", value: "FILE", on: onAudit | onVerify, how: ours, about: ofReport, head: headHermetic, text: "Write the report as one page for a browser, too"},
	{long: "dry-run", on: onHermetic | onCache, early: true, how: ours, about: ofRun, head: headHermetic, text: "Print the world, or what `cache gc` would remove, and do nothing"},
	{long: "format", value: "FMT", oneOf: outputFormats, on: onEvery, early: true, how: ours, about: ofPlace, head: headHermetic, text: "Form of our own output, default human"},
}

// rowsOf returns the flags that any of the verbs takes.
func rowsOf(verbs verbSet) []*flagRow {
	var rows []*flagRow
	for i := range cargoFlags {
		if cargoFlags[i].on&verbs != 0 {
			rows = append(rows, &cargoFlags[i])
		}
	}
	return rows
}

// refusedUnstable has the values of -Z that cannot work in a world.
var refusedUnstable = []struct{ name, why string }{
	{"build-std", "the crates that the standard library depends on are not pinned by `Cargo.lock`"},
	{"build-std-features", "the crates that the standard library depends on are not pinned by `Cargo.lock`"},
	{"root-dir", "it is a path of the host in the output, where paths are constant"},
}

// refusedConfig has the configuration keys that `--config KEY=VALUE`, which
// beats every variable that we set, must not carry.
var refusedConfig = [][]string{{"build", "target-dir"}, {"build", "build-dir"}, {"build", "artifact-dir"}, {"build", "out-dir"}}

// check returns the first reason why these flags cannot be served.
func (c *cargoArgs) check() error {
	for _, pair := range [][]string{{"release", "profile"}, {"check", "update"}} {
		both := slices.DeleteFunc(slices.Clone(c.uses), func(u flagUse) bool { return !slices.Contains(pair, u.row.long) })
		if len(both) == 2 {
			return usageError("the argument '%s' cannot be used with '%s'", both[0].row.shown(), both[1].row.shown()).
				WithHelp("remove one of them")
		}
	}
	if c.quiet() && c.verbose() > 0 {
		return usageError("cannot set both --verbose and --quiet").WithHelp("remove one of them")
	}
	// cargo's rule, held here too because the name becomes a directory of the host.
	if i := strings.IndexFunc(c.value("profile"), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-'
	}); i >= 0 {
		return usageError("invalid character in profile name `%s`", c.value("profile")).
			WithHelp("allowed characters are letters, numbers, underscore, and hyphen")
	}
	for _, use := range c.uses {
		if err := use.refusal(); err != nil {
			return err
		}
	}
	return nil
}

// refusal returns the error for a flag, or a value of it, that a hermetic build
// does not have.
func (u flagUse) refusal() error {
	if u.row.how == refuse {
		return usageError("`%s` does not exist in a hermetic build", u.row.name()).Note("%s", u.row.why).WithHelp("%s", u.row.instead)
	}
	if u.row.short == "Z" {
		name, _, _ := strings.Cut(u.value, "=")
		for _, refused := range refusedUnstable {
			if name == refused.name {
				return usageError("`-Z %s` does not exist in a hermetic build", name).Note("%s", refused.why).WithHelp("leave it out")
			}
		}
	}
	if u.row.how != pathIfFile || isConfigFile(u.value) {
		return nil
	}
	var config map[string]any
	if err := toml.Unmarshal([]byte(u.value), &config); err != nil {
		return usageError("--config argument `%s` was not a TOML dotted key expression (such as `build.jobs = 2`)", u.value).
			Because(err).WithHelp("put quotes around text: `--config 'KEY=\"VALUE\"'`")
	}
	for _, key := range refusedConfig {
		table, _ := config[key[0]].(map[string]any)
		if _, set := table[key[1]]; set {
			return usageError("`--config %s` does not exist in a hermetic build", strings.Join(key, ".")).
				Note(oneOutputPlace).WithHelp(takeOutputs)
		}
	}
	return nil
}

// isConfigFile reports whether a value of --config names a file. cargo asks the
// disk; we do not look, so a name with `=` in it is a file only when what
// stands before the `=` cannot be a key: an unquoted slash.
func isConfigFile(value string) bool {
	key, _, assigns := strings.Cut(value, "=")
	return !assigns || strings.ContainsAny(key, `/\`) && !strings.ContainsAny(key, `"'`)
}

// forWorld returns the arguments for cargo in the world: the verb, `--locked
// --offline`, the flags in their normal form and order, the operands. translate
// gives the place in the world of a path of the host, which may be relative; its
// errors are returned. A verb that runs no cargo in a world is an error.
func (c *cargoArgs) forWorld(translate func(hostPath string) (worldPath string, err error)) ([]string, error) {
	if c.verb.inWorld == "" {
		return nil, diag.New(diag.ExitFailed, "`%s` has no cargo command in the world", c.verb.name).WithHelp("this is a bug, please report it")
	}
	args := []string{c.verb.inWorld, "--locked", "--offline"}
	for _, use := range c.uses {
		if use.row.how == ours {
			continue
		}
		if err := use.refusal(); err != nil {
			return nil, err
		}
		placed, err := use.placed(translate)
		if err != nil {
			return nil, diag.Wrap(err, "placing `%s` in the world", use.normal())
		}
		args = append(args, flagUse{use.row, placed}.normal())
	}
	args = append(args, c.filter...)
	if len(c.program) > 0 { // run's too: cargo shows them, and the program gets ours
		args = append(append(args, "--"), c.program...)
	}
	for _, arg := range args {
		if !utf8.ValidString(arg) || strings.ContainsRune(arg, 0) {
			return nil, usageError("argument %q is not valid UTF-8", arg).WithHelp("rename what it names")
		}
	}
	return args, nil
}

// placed returns the value with a path of the host in it made a path of the
// world.
func (u flagUse) placed(translate func(string) (string, error)) (string, error) {
	switch u.row.how {
	case path:
		return translate(u.value)
	case pathIfJSON: // cargo trims before it looks at the end
		if target := strings.TrimSpace(u.value); strings.HasSuffix(target, ".json") {
			return translate(target)
		}
	case pathIfFile:
		if isConfigFile(u.value) {
			return translate(u.value)
		}
	case pathInURL:
		return placedSpec(u.value, translate)
	}
	return u.value, nil
}

// placedSpec translates a package specification of the form
// `path+file:///dir#name@1.0.0`, which editors take from `cargo metadata`.
// Other specifications name no directory of a build.
func placedSpec(spec string, translate func(string) (string, error)) (string, error) {
	address, tail := spec, ""
	if i := strings.IndexAny(spec, "?#"); i >= 0 {
		address, tail = spec[:i], spec[i:]
	}
	kind, dir, ok := strings.Cut(address, "file://")
	if !ok || kind != "" && kind != "path+" {
		return spec, nil
	}
	hostPath, err := url.PathUnescape(dir)
	if err != nil {
		return "", usageError("`%s` is not a package specification", spec).Because(err).WithHelp("name the package: `-p NAME`")
	}
	worldPath, err := translate(hostPath)
	if err != nil {
		return "", err
	}
	return kind + (&url.URL{Scheme: "file", Path: worldPath}).String() + tail, nil
}
