package system

import (
	"fmt"
	"strings"
)

// relation is one alternative of a dependency, or one name in Provides. The
// version constraint is checked for its form and dropped: dpkg already holds
// it true for what is installed.
type relation struct {
	name string
	arch string // qualifier: empty, `any`, `native` or an architecture
}

func (r relation) String() string {
	if r.arch == "" {
		return r.name
	}
	return r.name + ":" + r.arch
}

// clause is `a | b | c`: any of them satisfies it.
type clause []relation

func (c clause) String() string {
	names := make([]string, len(c))
	for i, r := range c {
		names[i] = r.String()
	}
	return strings.Join(names, " | ")
}

// parseRelations reads the value of Depends, Pre-Depends or Provides
// (Debian policy 7.1, deb-control(5)). Restrictions to architectures and build
// profiles belong to source packages; in a database of installed ones they are
// an error.
func parseRelations(text string) ([]clause, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var clauses []clause
	for part := range strings.SplitSeq(text, ",") {
		var c clause
		for alternative := range strings.SplitSeq(part, "|") {
			r, err := parseRelation(strings.TrimSpace(alternative))
			if err != nil {
				return nil, err
			}
			c = append(c, r)
		}
		clauses = append(clauses, c)
	}
	return clauses, nil
}

// parseRelation reads `name`, `name:arch` or `name (>= version)`.
func parseRelation(text string) (relation, error) {
	name := text
	if i := strings.IndexAny(text, " \t("); i >= 0 {
		name = text[:i]
		if err := checkConstraint(strings.TrimSpace(text[i:])); err != nil {
			return relation{}, fmt.Errorf("%w in the relation `%s`", err, text)
		}
	}
	name, arch, qualified := strings.Cut(name, ":")
	if !validName(name) || qualified && !validName(arch) {
		return relation{}, fmt.Errorf("`%s` is not a package relation", text)
	}
	return relation{name, arch}, nil
}

// checkConstraint accepts `(op version)`. A single `<` or `>` is obsolete but
// dpkg still reads it.
func checkConstraint(text string) error {
	inner, ok := strings.CutPrefix(text, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !ok || !closed {
		return fmt.Errorf("the version constraint `%s` has no parentheses around it", text)
	}
	inner = strings.TrimSpace(inner)
	version := strings.TrimLeft(inner, "<>=")
	switch operator := inner[:len(inner)-len(version)]; operator {
	case "<<", "<=", "=", ">=", ">>", "<", ">":
	default:
		return fmt.Errorf("`%s` is not a version operator", operator)
	}
	if !validVersion(strings.TrimSpace(version)) {
		return fmt.Errorf("`%s` is not a version", version)
	}
	return nil
}

// validName holds for names of packages and architectures. Stricter than "not
// empty" because names become file names and parts of commands to paste.
func validName(s string) bool {
	return s != "" && isAlphanumeric(s[0]) && onlyWith(s, "-+._")
}

// validVersion holds for the alphabet of deb-version(7).
func validVersion(s string) bool { return s != "" && onlyWith(s, ".+-~:") }

// onlyWith reports whether s holds only ASCII letters, digits and marks.
func onlyWith(s, marks string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte(marks, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
