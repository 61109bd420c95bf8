package cargo

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// PathPair says which host path stands for a path of the world.
type PathPair struct {
	// From is an absolute path of letters, digits, `.`, `_`, `-`. It matches
	// where it ends or goes on with a slash, not as the beginning of another
	// name. One that ends in a space (`/hermetic/run `) matches with what follows.
	From string
	// To is an absolute, clean host path. Empty means that From is left out.
	To string
}

// rule is a PathPair with every form of To.
type rule struct {
	from    []byte
	text    string // as it is
	json    string // within a JSON string
	url     string // within a file URL
	isRoot  bool   // To is `/`
	isErase bool   // To is empty
}

// newRules checks and sorts pairs, the longest From first.
func newRules(pairs []PathPair, jsonLines bool) ([]rule, error) {
	var rules []rule
	for i, p := range pairs {
		name := strings.TrimSuffix(p.From, " ")
		if name == "" || name != p.From && p.To != "" || !isPlainPath(name) {
			return nil, fmt.Errorf("`%s` is not a path of a world that can be replaced", p.From)
		}
		if slices.ContainsFunc(pairs[:i], func(q PathPair) bool { return q.From == p.From }) {
			return nil, fmt.Errorf("`%s` is replaced twice", p.From)
		}
		if p.To != "" && (!path.IsAbs(p.To) || path.Clean(p.To) != p.To) {
			return nil, fmt.Errorf("`%s` is not an absolute, clean path", p.To)
		}
		if jsonLines && !utf8.ValidString(p.To) {
			// Cargo fails on such a path as well.
			return nil, diag.New(diag.ExitFailed, "the path `%s` is not valid UTF-8, and JSON messages can carry no other", p.To).
				WithHelp("use `--message-format human`, or rename the directory")
		}
		rules = append(rules, rule{
			from: []byte(p.From), text: p.To, json: jsonEscape(p.To), url: urlEscape(p.To),
			isRoot: p.To == "/", isErase: p.To == "",
		})
	}
	slices.SortFunc(rules, func(a, b rule) int { return len(b.from) - len(a.from) })
	return rules, nil
}

// isPlainPath reports whether s reads the same as text, in JSON and in a URL.
func isPlainPath(s string) bool {
	for _, r := range s {
		if r >= 0x80 || !isWord(r) || r == '%' {
			return false
		}
	}
	return s != "/" && path.IsAbs(s) && path.Clean(s) == s
}

type verdict int

const (
	no   verdict = iota
	wait         // more bytes decide
	yes
)

type matched struct {
	verdict     verdict
	length      int // of what is replaced
	replacement string
}

// match looks for a rule at the beginning of rest, which stands behind before.
// end says that nothing comes after rest.
func match(rules []rule, rest []byte, before context, end bool) matched {
	for i := range rules {
		r := &rules[i]
		if len(rest) < len(r.from) && !end && bytes.HasPrefix(r.from, rest) {
			return matched{verdict: wait}
		}
		if !bytes.HasPrefix(rest, r.from) || r.isErase && before.isURL() {
			continue
		}
		after := rest[len(r.from):]
		v := yes
		if isWord(rune(r.from[len(r.from)-1])) {
			v = endsName(after, end)
		}
		switch {
		case v == no:
			continue
		case v == yes && before.isURL():
			return r.replaceURL(after, end)
		case v == yes:
			return matched{yes, len(r.from), r.to(after, before.json)}
		}
		return matched{verdict: wait}
	}
	return matched{}
}

// endsName decides whether a path that is followed by after ends there or goes
// on below. Full stops belong to it only if a name goes on behind them.
func endsName(after []byte, end bool) verdict {
	dots := 0
	for dots < len(after) && dots < 3 && after[dots] == '.' {
		dots++
	}
	switch {
	case dots == len(after) && end:
		return yes
	case dots == len(after):
		return wait
	case dots == 0 && after[0] == '/', !isWord(rune(after[dots])):
		return yes
	}
	return no
}

// to returns what stands for From in text and in JSON.
func (r *rule) to(after []byte, json bool) string {
	switch {
	case r.isRoot && bytes.HasPrefix(after, []byte("/")):
		return "" // `/` and `/src` make `/src`
	case json:
		return r.json
	}
	return r.text
}

// jsonEscape writes s as cargo (serde_json) does within a string.
func jsonEscape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch c {
		case '"', '\\':
			b.WriteString(`\` + string(c))
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			if c < 0x20 {
				fmt.Fprintf(&b, `\u%04x`, c)
			} else {
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}
