package system

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// boolean is a boolean dependency of rpm (the manual's "Boolean Dependencies"),
// such as `(a if b else c)`.
type boolean struct {
	operator string // and, or, with, without, if, unless
	operands []requirement
	text     string
}

func (b *boolean) String() string { return b.text }

func (b *boolean) satisfy(x *index, architecture string) ([]*Package, bool, error) {
	results := make([][]*Package, len(b.operands))
	holds := make([]bool, len(b.operands))
	for i, operand := range b.operands {
		var err error
		if results[i], holds[i], err = operand.satisfy(x, architecture); err != nil {
			return nil, false, err
		}
	}
	switch b.operator {
	case "and":
		return slices.Concat(results...), !slices.Contains(holds, false), nil
	case "or":
		// The first that holds, as everywhere with alternatives.
		if i := slices.Index(holds, true); i >= 0 {
			return results[i], true, nil
		}
		return nil, false, nil
	case "with", "without":
		// One package must have, or not have, all of it.
		var found []*Package
		for _, p := range results[0] {
			fits := func(others []*Package) bool { return slices.Contains(others, p) == (b.operator == "with") }
			if !slices.ContainsFunc(results[1:], func(others []*Package) bool { return !fits(others) }) {
				found = append(found, p)
			}
		}
		return found, len(found) > 0, nil
	}
	// The first operand counts where the condition is as the operator says,
	// else the third, which may be absent.
	switch {
	case holds[1] == (b.operator == "if"):
		return results[0], holds[0], nil
	case len(results) == 3:
		return results[2], holds[2], nil
	}
	return nil, true, nil
}

// maxNesting bounds the parentheses of a boolean dependency.
const maxNesting = 50

// parseRPMRequirement reads the name of a requirement, or a boolean expression.
func parseRPMRequirement(text string) (requirement, error) {
	if !strings.HasPrefix(text, "(") {
		if text == "" {
			return nil, errors.New("a requirement has no name")
		}
		return name(text), nil
	}
	p := &booleans{rest: text}
	r, err := p.operand(0)
	if err == nil && p.rest != "" {
		err = fmt.Errorf("`%s` is left", p.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("in the requirement `%.200s`: %w", text, err)
	}
	return r, nil
}

// booleans is a parser of one expression.
type booleans struct{ rest string }

// operand reads a name with its version, or an expression in parentheses.
func (p *booleans) operand(depth int) (requirement, error) {
	start := p.rest
	if !strings.HasPrefix(p.rest, "(") {
		word := p.word()
		if word == "" {
			return nil, errors.New("a name is missing")
		}
		// A version is an operator and one word more.
		before := p.rest
		switch p.word() {
		case "<", "<=", "=", ">=", ">":
			if p.word() == "" {
				return nil, fmt.Errorf("the version of `%s` is missing", word)
			}
		default:
			p.rest = before
		}
		return name(word), nil
	}
	if depth == maxNesting {
		return nil, errors.New("too many parentheses")
	}
	p.rest = strings.TrimLeft(p.rest[1:], " ")
	first, err := p.operand(depth + 1)
	if err != nil {
		return nil, err
	}
	b := &boolean{operands: []requirement{first}}
	for !strings.HasPrefix(p.rest, ")") {
		operator := p.word()
		if err := b.chain(operator); err != nil {
			return nil, err
		}
		next, err := p.operand(depth + 1)
		if err != nil {
			return nil, err
		}
		b.operands = append(b.operands, next)
	}
	p.rest = strings.TrimLeft(p.rest[1:], " ")
	if len(b.operands) == 1 {
		return first, nil
	}
	b.text = strings.TrimRight(start[:len(start)-len(p.rest)], " ")
	return b, nil
}

// chain accepts the next operator of an expression: the same one again, or the
// `else` of a condition.
func (b *boolean) chain(operator string) error {
	switch n := len(b.operands); {
	case n == 1 && slices.Contains([]string{"and", "or", "with", "without", "if", "unless"}, operator):
		b.operator = operator
	case n > 1 && operator == b.operator && slices.Contains([]string{"and", "or", "with"}, operator):
	case n == 2 && operator == "else" && (b.operator == "if" || b.operator == "unless"):
	default:
		return fmt.Errorf("`%s` is not an operator that can be here", operator)
	}
	return nil
}

// word takes what comes before a space, or before a parenthesis that closes
// more than the word itself opened: names have parentheses of their own.
func (p *booleans) word() string {
	open, i := 0, 0
scan:
	for ; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '(':
			open++
		case ')':
			if open == 0 {
				break scan
			}
			open--
		case ' ':
			break scan
		}
	}
	word := p.rest[:i]
	p.rest = strings.TrimLeft(p.rest[i:], " ")
	return word
}
