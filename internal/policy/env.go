package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// checkEnv checks the names and values of `[env]`.
func checkEnv(doc *toml.Document, d *document) []toml.Problem {
	var problems []toml.Problem
	refuse := func(err error, path ...any) {
		if err != nil {
			problems = append(problems, toml.Problem{At: doc.At(path...), Message: err.Error()})
		}
	}
	for i, name := range d.Env.Allow {
		refuse(checkName(name), "env", "allow", i)
		if _, both := d.Env.Set[name]; both {
			refuse(fmt.Errorf("`%s` is both in `env.allow` and in `env.set`", name), "env", "allow", i)
		}
	}
	for name, value := range d.Env.Set {
		refuse(checkName(name), "env", "set", name)
		refuse(checkValue(name, value), "env", "set", name)
	}
	return problems
}

// checkName refuses what is not a variable name and what is reserved.
func checkName(name string) error {
	if !isVariableName(name) {
		return fmt.Errorf("`%s` is not a variable name: letters, digits and `_`, the first not a digit", name)
	}
	if reason := reservedReason(name); reason != "" {
		return fmt.Errorf("`%s` cannot enter the build: %s", name, reason)
	}
	return nil
}

// checkValue refuses what has no faithful form in a world: its description is
// UTF-8 text, and the kernel ends values at NUL. The value itself may be a
// secret and does not appear in the message.
func checkValue(name, value string) error {
	switch {
	case !utf8.ValidString(value):
		return fmt.Errorf("the value of `%s` is not valid UTF-8", name)
	case strings.ContainsRune(value, 0):
		return fmt.Errorf("the value of `%s` holds a NUL character", name)
	}
	return nil
}

// isVariableName reports whether s matches [A-Za-z_][A-Za-z0-9_]*, the names
// that POSIX promises to shells. Others get lost in one on the way.
func isVariableName(s string) bool {
	for i, c := range []byte(s) {
		letter := 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// AllowEnv merges the values of repeated `--allow-env NAME[=VALUE]` flags into
// the policy. A flag wins over the file, since it is nearer; two flags that say
// different things of one name are an error. Errors are *diag.Diagnostic:
// diag.ExitUsage for a flag that is wrong in itself, diag.ExitPolicy for a name
// that is reserved. After an error the policy is unchanged.
func (p *Policy) AllowEnv(flags []string) error {
	given := map[string]string{} // name to whole flag
	for _, flag := range flags {
		name, value, _ := strings.Cut(flag, "=")
		if !isVariableName(name) {
			return diag.New(diag.ExitUsage, "%s", checkName(name)).
				WithHelp("write `--allow-env NAME` or `--allow-env NAME=VALUE`")
		}
		if err := checkName(name); err != nil {
			return diag.New(diag.ExitPolicy, "%s", err).WithHelp("remove `--allow-env %s`", name)
		}
		if err := checkValue(name, value); err != nil {
			return diag.New(diag.ExitUsage, "%s", err)
		}
		for _, d := range p.Downloads {
			if d.Env == name {
				return diag.New(diag.ExitPolicy, "`%s` is set by a `[[download]]`, and `--allow-env` would say something else", name).
					In(d.At.File, d.At.Line, d.At.Column).
					WithHelp("remove `--allow-env %s`, or the `[[download]]`", name)
			}
		}
		if earlier, ok := given[name]; ok && earlier != flag {
			return diag.New(diag.ExitUsage, "`--allow-env` says two different things about `%s`", name).
				WithHelp("give `%s` once", name)
		}
		given[name] = flag
	}
	allow, set := slices.Clone(p.Env.Allow), maps.Clone(p.Env.Set)
	for name, flag := range given {
		allow = slices.DeleteFunc(allow, func(other string) bool { return other == name })
		delete(set, name)
		if _, value, fixed := strings.Cut(flag, "="); fixed {
			if set == nil {
				set = map[string]string{}
			}
			set[name] = value
		} else {
			allow = append(allow, name)
		}
	}
	if len(set) == 0 {
		set = nil
	}
	p.Env = Env{Allow: sorted(allow), Set: set}
	return nil
}

// Environment returns the variables that enter the world: the fixed ones, and
// of the allowed ones those that host has. host maps names to values of the
// calling environment. An allowed value that cannot enter is refused by name
// with a *diag.Diagnostic, exit code diag.ExitPolicy.
func (p *Policy) Environment(host map[string]string) (map[string]string, error) {
	env := map[string]string{}
	var refused []error
	for _, name := range p.Env.Allow {
		value, ok := host[name]
		if !ok {
			continue
		}
		if err := checkValue(name, value); err != nil {
			refused = append(refused, err)
		}
		env[name] = value
	}
	if len(refused) > 0 {
		return nil, diag.New(diag.ExitPolicy, "a variable that the policy allows has a value that cannot enter the build").
			Because(errors.Join(refused...)).
			WithHelp("change the value, or remove the name from `env.allow` in `hermetic.toml`")
	}
	maps.Copy(env, p.Env.Set)
	return env, nil
}
