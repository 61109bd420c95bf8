package config

import (
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// replaced are the lists that name a program with its arguments: a list of a
// higher priority takes the place of the other (cargo: NON_MERGEABLE_LISTS). All
// other lists are joined.
var replaced = []string{
	"credential-alias.*",
	"doc.browser",
	"host.runner",
	"registries.*.credential-provider",
	"registry.credential-provider",
	"target.*.runner",
}

// Merge adds what from says to v. Tables are merged key by key. Of two scalars
// v's stays, unless force is set or from is of a higher kind. Lists are joined,
// weaker elements first. A table or list never meets anything else.
//
// Parts of from become parts of v.
func (v *Value) Merge(from *Value, force bool) error { return v.merge(from, force, nil) }

func (v *Value) merge(from *Value, force bool, at []string) error {
	wins := force || from.Kind > v.Kind
	switch {
	case v.Table != nil && from.Table != nil:
		for key, value := range from.Table {
			old, ok := v.Table[key]
			if !ok {
				v.Table[key] = value
				continue
			}
			if err := old.merge(value, force, append(at[:len(at):len(at)], key)); err != nil {
				return err
			}
		}
	case v.isList() && from.isList():
		switch {
		case isReplaced(at) && wins:
			*v = *from
		case isReplaced(at):
		case force:
			v.List = slices.Concat(v.List, from.List)
		default:
			v.List = slices.Concat(from.List, v.List)
		}
		slices.SortStableFunc(v.List, func(a, b *Value) int { return int(a.Kind) - int(b.Kind) })
	case v.Scalar != nil && from.Scalar != nil:
		if wins {
			*v = *from
		}
	default:
		a, b := v.Position(), from.Position()
		keys := make([]any, len(at))
		for i, key := range at {
			keys[i] = key
		}
		return diag.New(diag.ExitFailed, "`%s` is of two types: here %s, and there %s", toml.Key(keys...), article(v.kind()), article(from.kind())).
			In(a.File, a.Line, a.Column).
			In(b.File, b.Line, b.Column).
			WithHelp("make them one type, cargo merges the two files")
	}
	return nil
}

func (v *Value) isList() bool { return v.Table == nil && v.Scalar == nil }

func article(kind string) string {
	if kind == "array" || kind == "integer" {
		return "an " + kind
	}
	return "a " + kind
}

func isReplaced(at []string) bool {
	return slices.ContainsFunc(replaced, func(pattern string) bool { return Matches(pattern, at) })
}

// Matches reports whether a path of keys is one of a dotted pattern, in which
// `*` is any one key.
func Matches(pattern string, at []string) bool {
	parts := strings.Split(pattern, ".")
	return slices.EqualFunc(parts, at, func(part, key string) bool { return part == "*" || part == key })
}

// Variable is what a key is called in the environment: `build.target-dir` is
// CARGO_BUILD_TARGET_DIR.
func Variable(at []string) string {
	name := strings.NewReplacer("-", "_", ".", "_").Replace(strings.Join(at, "_"))
	return "CARGO_" + strings.ToUpper(name)
}
