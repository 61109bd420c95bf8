package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// flagUse is one flag as it was given, apart from its spelling.
type flagUse struct {
	row   *flagRow
	value string // empty for a switch
}

// normal is the one spelling of a use: `--name=value`, `--name`, `-v` for each
// step of verbosity, `-Z=value` where there is no long name.
func (u flagUse) normal() string {
	switch {
	case u.row.value == "" && u.row.many != 0:
		return "-" + u.row.short
	case u.row.value == "":
		return "--" + u.row.long
	}
	return u.row.name() + "=" + u.value
}

// name is the flag with its dashes.
func (r *flagRow) name() string {
	if r.long == "" {
		return "-" + r.short
	}
	return "--" + r.long
}

// shown is the flag as cargo writes it in messages.
func (r *flagRow) shown() string {
	switch {
	case r.value != "":
		return r.name() + " <" + r.value + ">"
	case r.many != 0:
		return r.name() + "..."
	}
	return r.name()
}

// parsedFlags is what one stretch of the command line said. It is valid up to
// the error when there is one.
type parsedFlags struct {
	uses     []flagUse
	operands []string // words that are not flags, and everything after `--`
	dash     int      // how many operands stood before `--`; -1 without `--`
}

func (p *parsedFlags) has(long string) bool {
	return slices.ContainsFunc(p.uses, func(u flagUse) bool { return u.row.long == long })
}

// givenSwitch is what pflag hands over for a switch without a value. No
// argument of a process can contain it.
const givenSwitch = "\x00given"

// useRecorder is the pflag.Value of a row: it appends to the uses in the order
// given, which separate variables would lose.
type useRecorder struct {
	row    *flagRow
	means  *flagRow // the row of which this is another spelling, or row itself
	many   bool
	given  bool
	parsed *parsedFlags
}

func (r *useRecorder) String() string { return "" }
func (r *useRecorder) Type() string   { return r.row.value }

func (r *useRecorder) Set(value string) error {
	row := r.row
	if row.value == "" {
		if value != givenSwitch {
			return usageError("unexpected value '%s' for '%s' found; no more were expected", value, row.shown()).WithHelp(tryHelp)
		}
		value = ""
	} else if value == "" && row.long != "features" { // cargo takes an empty list of features
		return missingValue(row)
	}
	if r.given && !r.many {
		return usageError("the argument '%s' cannot be used multiple times", row.shown()).WithHelp("remove one of them")
	}
	r.given = true
	if len(row.oneOf) > 0 {
		choices := []string{value}
		if row.many != 0 {
			value = strings.ToLower(value)
			choices = strings.Split(value, ",")
		}
		for _, choice := range choices {
			if choice == "" {
				return missingValue(row)
			}
			if !slices.Contains(row.oneOf, choice) {
				return usageError("invalid value '%s' for '%s'", choice, row.shown()).
					Note("possible values: %s", strings.Join(row.oneOf, ", ")).WithHelp(tryHelp)
			}
		}
	}
	r.parsed.uses = append(r.parsed.uses, flagUse{r.means, value})
	return nil
}

// flagScope is what is allowed in one stretch of the command line.
type flagScope struct {
	rows         []*flagRow
	many         verbSet // the verbs whose rules on repeating hold
	interspersed bool    // flags may follow operands; without, the first operand ends them
	dashed       bool    // arguments for a program may follow `--`
}

// parse reads args up to the first error. The result is never nil.
func (s flagScope) parse(args []string) (*parsedFlags, error) {
	parsed := &parsedFlags{dash: -1}
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetInterspersed(s.interspersed)
	for _, row := range s.rows {
		name, means := row.long, row
		if name == "" {
			name = "=" + row.short // pflag wants a long name; nobody can type this one
		}
		if row.sameAs != "" {
			means = findLong(s.rows, row.sameAs)
		}
		recorder := &useRecorder{row: row, means: means, many: row.many&s.many != 0, parsed: parsed}
		flag := set.VarPF(recorder, name, row.short, "")
		if row.value == "" {
			flag.NoOptDefVal = givenSwitch
		}
	}
	strict, refusal := s.strictArgs(args)
	if err := set.Parse(strict); err != nil {
		return parsed, s.inCargosWords(err)
	}
	parsed.operands, parsed.dash = set.Args(), set.ArgsLenAtDash()
	return parsed, refusal
}

// strictArgs returns the arguments that pflag reads as cargo does, up to the
// first that it would take otherwise, and the error for that one. pflag takes a
// following flag for a value (`--bin --release`), skips `-test.x`, which it
// leaves to Go's test flags, and keeps the `=` of `-F=`.
func (s flagScope) strictArgs(args []string) ([]string, error) {
	var strict []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" || !s.interspersed && !isFlag(arg) {
			return append(strict, args[i:]...), nil
		}
		row, attached, err := s.flagOf(arg)
		switch {
		case err != nil:
			return strict, err
		case attached == "=":
			strict = append(strict, strings.TrimSuffix(arg, "="), "")
		case row == nil || row.value == "" || attached != "":
			strict = append(strict, arg)
		case i+1 == len(args), isFlag(args[i+1]) && !(row.hyphen && args[i+1] != "--"):
			return strict, missingValue(row)
		default:
			strict = append(strict, arg, args[i+1])
			i++
		}
	}
	return strict, nil
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func findLong(rows []*flagRow, name string) *flagRow {
	for _, row := range rows {
		if row.long == name && name != "" {
			return row
		}
	}
	return nil
}

func findShort(rows []*flagRow, letter string) *flagRow {
	for _, row := range rows {
		if row.short == letter && letter != "" {
			return row
		}
	}
	return nil
}

// flagOf returns the flag that arg is, of `-abc` the last, and the text that
// follows a short one's letter. The flag is nil for an operand, for `--x=value`
// and for what only pflag can judge.
func (s flagScope) flagOf(arg string) (row *flagRow, attached string, err error) {
	if !isFlag(arg) {
		return nil, "", nil
	}
	if long, ok := strings.CutPrefix(arg, "--"); ok {
		return findLong(s.rows, long), "", nil
	}
	for i, letter := range arg[1:] {
		row = findShort(s.rows, string(letter))
		if row == nil {
			return nil, "", s.unexpectedArgument("-"+string(letter), arg)
		}
		if row.value != "" {
			return row, arg[i+2:], nil // every short name is one byte
		}
	}
	return row, "", nil
}

// inCargosWords turns an error of pflag into the message that cargo prints.
func (s flagScope) inCargosWords(err error) error {
	if said, ok := errors.AsType[*diag.Diagnostic](err); ok {
		return said
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := "--" + unknown.GetSpecifiedName()
		return s.unexpectedArgument(name, name)
	}
	if bad, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return s.unexpectedArgument(bad.GetSpecifiedFlag(), bad.GetSpecifiedFlag())
	}
	return usageError("the command line could not be read").Because(err).WithHelp(tryHelp)
}

// tryHelp is the help line that fits when no better one does.
const tryHelp = "for more information, try '--help'"

// unexpectedArgument reports name, a flag inside the argument arg. The help is
// the first that fits: a command that has the flag, a flag with nearly that name.
func (s flagScope) unexpectedArgument(name, arg string) *diag.Diagnostic {
	d := usageError("unexpected argument '%s' found", name)
	if s.dashed {
		d.Note("to pass '%s' as a value, use '-- %s'", arg, arg)
	}
	for _, command := range commands {
		for _, row := range rowsOf(knownVerbNamed(command.name).set) {
			if row.how != refuse && (name == "--"+row.long || name == "-"+row.short) {
				return d.WithHelp("'%s %s' exists", command.name, name)
			}
		}
	}
	var longs []string
	for _, row := range s.rows {
		if row.long != "" && row.how != refuse {
			longs = append(longs, row.long)
		}
	}
	word := strings.TrimLeft(arg, "-")
	if near := closestName(word, longs, flagDistance(word)); near != "" {
		return d.WithHelp("a similar argument exists: '--%s'", near)
	}
	return d.WithHelp(tryHelp)
}

func missingValue(row *flagRow) *diag.Diagnostic {
	d := usageError("a value is required for '%s' but none was supplied", row.shown())
	if len(row.oneOf) > 0 {
		d.Note("possible values: %s", strings.Join(row.oneOf, ", "))
	}
	return d.WithHelp(tryHelp)
}

func usageError(format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ExitUsage, format, args...)
}
