package cli

import (
	"slices"
	"strings"
)

// invocation is a command line, understood. With help or version, nothing else
// of it is to be done.
type invocation struct {
	verb      string // full name, empty with help or version alone
	help      bool
	version   bool
	roots     []string // --root, as given and in order
	allowEnv  []envGrant
	isolation string // one of isolationNames
	dryRun    bool
	format    string // one of outputFormats
	cargo     *cargoArgs
	ordinary  *ordinary // of `--isolation roots`: then the rest but chdir is empty
	chdir     string    // of -C, empty if not given
}

// envGrant is one --allow-env: the host's value, or a fixed one.
type envGrant struct {
	name  string
	value string // with fixed
	fixed bool
}

// cargoArgs is the verb with everything that was given for it, our flags
// included. It is never nil in an invocation; without a verb it holds only
// flags.
type cargoArgs struct {
	verb    knownVerb
	uses    []flagUse
	filter  []string // TESTNAME or BENCHNAME, at most one; or the words of a verb with ownOperands
	program []string // arguments for the program, the tests or the compiler
}

// shortVerbs are cargo's built-in aliases.
var shortVerbs = map[string]string{"b": "build", "c": "check", "t": "test", "r": "run", "d": "doc"}

// plainVerbs are commands of cargo 1.95 that have no form here.
var plainVerbs = strings.Fields(`add clean config fix generate-lockfile info install locate-project login logout metadata
	new owner package pkgid publish remove report rustc rustdoc search tree uninstall update vendor version yank`)

// parseArgs reads the arguments after the program's name. Errors are usage
// errors. As in cargo, a -h or -V that stands before a mistake wins.
func parseArgs(args []string) (*invocation, error) {
	if len(args) > 0 && args[0] == "hermetic" {
		args = args[1:] // cargo calls `cargo-hermetic hermetic ...`
	}
	if isOrdinary(args) {
		if o, err := parseOrdinary(args); err != nil || o.verb != "roots" && o.verb != "help" && o.verb != "" {
			if err != nil {
				return nil, err
			}
			return &invocation{cargo: &cargoArgs{}, ordinary: o, chdir: o.chdir}, nil
		}
	}
	scope := flagScope{rows: earlyRows(), many: onEvery}
	early, err := scope.parse(args)
	if told := tellOnly(knownVerb{}, early); told != nil {
		return told, nil
	}
	switch {
	case err != nil:
		return nil, err
	case early.dash >= 0:
		return nil, usageError("unexpected argument '--' found").WithHelp("remove `--`")
	case len(early.operands) == 0:
		return &invocation{help: true, cargo: &cargoArgs{}}, nil
	}
	name, rest := early.operands[0], early.operands[1:]
	if name == "help" {
		switch len(rest) {
		case 0:
			return &invocation{help: true, cargo: &cargoArgs{}}, nil
		case 1:
			name, rest = rest[0], []string{"--help"}
		default:
			return nil, usageError("unexpected argument '%s' found", rest[1]).WithHelp("run `cargo hermetic help COMMAND`")
		}
	}
	verb, err := findVerb(name)
	if err != nil {
		return nil, err
	}
	late, err := parseVerb(verb, rest)
	if told := tellOnly(verb, late); told != nil {
		return told, nil
	}
	if err != nil {
		return nil, err
	}
	return assemble(verb, early, late)
}

// earlyRows returns the flags that may stand before the verb.
func earlyRows() []*flagRow {
	return slices.DeleteFunc(rowsOf(onEvery), func(r *flagRow) bool { return !r.early })
}

// tellOnly returns the invocation when flags ask for help or the version.
func tellOnly(verb knownVerb, flags *parsedFlags) *invocation {
	switch {
	case flags.has("help"):
		return &invocation{verb: verb.name, help: true, cargo: &cargoArgs{verb: verb}}
	case flags.has("version"):
		about := slices.DeleteFunc(flags.uses, func(u flagUse) bool { return u.row.long != "verbose" })
		return &invocation{version: true, cargo: &cargoArgs{uses: about}}
	}
	return nil
}

// findVerb resolves a command name.
func findVerb(name string) (knownVerb, error) {
	if full, ok := shortVerbs[name]; ok {
		name = full
	}
	names := []string{"help"}
	for _, command := range commands {
		if command.name == name {
			return knownVerbNamed(name), nil
		}
		names = append(names, command.name)
	}
	d := usageError("no such command: `%s`", name)
	if slices.Contains(plainVerbs, name) {
		return knownVerb{}, d.Note("it has no hermetic form").WithHelp("run plain `cargo %s`", name)
	}
	if strings.HasPrefix(name, "+") {
		return knownVerb{}, d.Note("the Rust toolchain is pinned in `hermetic.lock`").
			WithHelp("to change it, edit `rust-toolchain.toml` and run `cargo hermetic lock --update`")
	}
	if near := closestName(name, names, commandDistance); near != "" {
		return knownVerb{}, d.WithHelp("a command with a similar name exists: `%s`", near)
	}
	return knownVerb{}, d.WithHelp("view all commands with `cargo hermetic --help`")
}

// parseVerb reads what follows the verb and refuses words that it does not take.
func parseVerb(verb knownVerb, args []string) (*parsedFlags, error) {
	late, err := flagScope{
		rows:         rowsOf(verb.set),
		many:         verb.set,
		interspersed: verb.operands != argsFromAnywhere,
		dashed:       verb.operands != noOperands && verb.operands != ownOperands,
	}.parse(args)
	if err != nil {
		return late, err
	}
	before := late.operands
	if late.dash >= 0 {
		before = late.operands[:late.dash]
	}
	var stray []string
	switch verb.operands {
	case noOperands:
		stray = late.operands
	case argsAfterDash:
		stray = before
	case oneFilter:
		stray = before[min(1, len(before)):]
	}
	if len(stray) > 0 {
		return late, usageError("unexpected argument '%s' found", stray[0]).
			WithHelp("for more information, try `cargo hermetic %s --help`", verb.name)
	}
	return late, nil
}

// assemble merges the flags from both sides of the verb, as cargo does: what
// may be given only once counts where it stands last.
func assemble(verb knownVerb, early, late *parsedFlags) (*invocation, error) {
	c := &cargoArgs{verb: verb}
	for _, use := range early.uses {
		if use.row.on&verb.set == 0 {
			return nil, usageError("unexpected argument '%s' found", use.row.name()).
				Note("`cargo hermetic %s` has no such flag", verb.name).
				WithHelp("for more information, try `cargo hermetic %s --help`", verb.name)
		}
		if use.row.many&verb.set != 0 || !late.has(use.row.long) {
			c.uses = append(c.uses, use)
		}
	}
	for _, use := range late.uses { // --all --workspace is allowed, and one thing
		if use.row.many&verb.set != 0 || !slices.Contains(c.uses, use) {
			c.uses = append(c.uses, use)
		}
	}
	switch {
	case verb.operands == argsFromAnywhere:
		c.program = late.operands
	case late.dash >= 0 && verb.operands != ownOperands:
		c.filter, c.program = late.operands[:late.dash], late.operands[late.dash:]
	default:
		c.filter = late.operands
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	inv := &invocation{verb: verb.name, roots: c.values("root"), dryRun: c.hasFlag("dry-run"),
		isolation: c.value("isolation"), chdir: c.value("C"), format: c.value("format"), cargo: c}
	if inv.isolation == "" {
		inv.isolation = isolationNames[0]
	}
	if inv.format == "" {
		inv.format = outputFormats[0]
	}
	for _, text := range c.values("allow-env") {
		name, value, fixed := strings.Cut(text, "=")
		if name == "" {
			return nil, usageError("invalid value '%s' for '--allow-env <NAME[=VALUE]>'", text).WithHelp("put the variable's name before the `=`")
		}
		grant := envGrant{name, value, fixed}
		for _, other := range inv.allowEnv {
			if other.name == name && other != grant {
				return nil, usageError("`--allow-env` says two different things about `%s`", name).WithHelp("remove one of them")
			}
		}
		inv.allowEnv = append(inv.allowEnv, grant)
	}
	return inv, nil
}

// normalArgs returns the arguments in their one spelling: verb first, flags in
// the order given, operands. Parsing them gives the same invocation.
func (inv *invocation) normalArgs() []string {
	var args []string
	if inv.verb != "" {
		args = append(args, inv.verb)
	}
	for _, use := range inv.cargo.uses {
		args = append(args, use.normal())
	}
	switch {
	case inv.help:
		return append(args, "--help")
	case inv.version:
		return append(args, "--version")
	}
	args = append(args, inv.cargo.filter...)
	if len(inv.cargo.program) > 0 {
		args = append(append(args, "--"), inv.cargo.program...)
	}
	return args
}

// values returns the values of a flag in the order given, of the table's name
// for it without dashes. A name that the table does not have is a bug, and
// answering "not given" would hide it.
func (c *cargoArgs) values(name string) []string {
	row := findLong(rowsOf(onEvery), name)
	if row == nil {
		row = findShort(rowsOf(onEvery), name)
	}
	if row == nil {
		panic("cli: the flag table has no `" + name + "`")
	}
	var values []string
	for _, use := range c.uses {
		if use.row == row {
			values = append(values, use.value)
		}
	}
	return values
}

// hasFlag reports whether a flag was given.
func (c *cargoArgs) hasFlag(name string) bool { return len(c.values(name)) > 0 }

// value returns the last value of a flag, empty when it was not given.
func (c *cargoArgs) value(name string) string {
	values := c.values(name)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// manifestPath returns --manifest-path as given, empty when it was not.
func (c *cargoArgs) manifestPath() string { return c.value("manifest-path") }

// messageFormats returns every --message-format, one name each, lower case.
func (c *cargoArgs) messageFormats() []string {
	var formats []string
	for _, list := range c.values("message-format") {
		formats = append(formats, strings.Split(list, ",")...)
	}
	return formats
}

// quiet and verbose never hold together. verbose counts the `v`s.
func (c *cargoArgs) quiet() bool  { return c.hasFlag("quiet") }
func (c *cargoArgs) verbose() int { return len(c.values("verbose")) }

// color returns --color, empty when the environment decides.
func (c *cargoArgs) color() string { return c.value("color") }

// offline reports whether nothing may be fetched. The build never has a network.
func (c *cargoArgs) offline() bool { return c.hasFlag("offline") || c.hasFlag("frozen") }

// programArgs returns what goes to the program, the tests or the compiler.
func (c *cargoArgs) programArgs() []string { return c.program }
