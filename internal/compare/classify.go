package compare

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// classify says what two runs of bytes that stand in each other's place may come
// from. What the caller knows comes first, because it is certain; guesses are
// made only where nothing is known of these bytes.
func (c *comparison) classify(a, b sight) []Cause {
	if causes := c.knownCauses(a, b); len(causes) > 0 {
		return causes
	}
	for _, guess := range []func(a, b sight) *Cause{derivedHash, sameWords, pathCause, textTime, smallNumber, randomText, binaryTime, randomBytes} {
		if cause := guess(a, b); cause != nil {
			return []Cause{*cause}
		}
	}
	return nil
}

// knownCauses looks for what the caller named: each side has its own value where
// the two differ.
func (c *comparison) knownCauses(a, b sight) []Cause {
	var causes []Cause
	one, two := c.known[0], c.known[1]
	if left, right := longest(a, one.Paths), longest(b, two.Paths); left != "" && right != "" && left != right {
		causes = append(causes, known(Path, "`%s` of the first build, `%s` of the second", escapeName(left), escapeName(right)))
	}
	named := func(class Class, left, right string) {
		if left != right && a.holds(left) && b.holds(right) {
			causes = append(causes, known(class, "`%s` of the first build, `%s` of the second", escapeName(left), escapeName(right)))
		}
	}
	named(Host, one.Host, two.Host)
	named(User, one.User, two.User)
	x, errX := strconv.ParseInt(string(a.token(isDigit)), 10, 64)
	y, errY := strconv.ParseInt(string(b.token(isDigit)), 10, 64)
	if errX == nil && errY == nil {
		if one.Processors > 0 && two.Processors > 0 && one.Processors != two.Processors && x == int64(one.Processors) && y == int64(two.Processors) {
			causes = append(causes, known(Processors, "%d of the first build, %d of the second", x, y))
		}
	}
	if cause := c.knownTime(a, b); cause != nil {
		causes = append(causes, *cause)
	}
	return causes
}

// classifyOnly says what a value may come from that one side alone has: what the
// caller knows of that side's build. Which of the two that is, side says.
func (c *comparison) classifyOnly(side int, text []byte) []Cause {
	s := sight{data: text, to: len(text)}
	build, of := c.known[side], []string{"first", "second"}[side]
	var causes []Cause
	if path := longest(s, build.Paths); path != "" {
		causes = append(causes, known(Path, "`%s` of the %s build", escapeName(path), of))
	}
	if s.holds(build.Host) {
		causes = append(causes, known(Host, "`%s` of the %s build", escapeName(build.Host), of))
	}
	if s.holds(build.User) {
		causes = append(causes, known(User, "`%s` of the %s build", escapeName(build.User), of))
	}
	return causes
}

func known(class Class, format string, args ...any) Cause {
	return Cause{Class: class, Evidence: fmt.Sprintf(format, args...), Known: true}
}

func guessed(class Class, format string, args ...any) *Cause {
	return &Cause{Class: class, Evidence: fmt.Sprintf(format, args...)}
}

// holds reports whether a value stands where the sides differ.
func (s sight) holds(value string) bool {
	if len(value) < 2 {
		return false // found everywhere
	}
	start := max(s.from-len(value), 0)
	area := s.data[start:min(s.to+len(value), len(s.data))]
	return bytes.Contains(area, []byte(value))
}

// longest is the longest of the values that stands where the sides differ.
func longest(s sight, values []string) string {
	best := ""
	for _, v := range values {
		if len(v) > len(best) && s.holds(v) {
			best = v
		}
	}
	return best
}

var (
	rootPath  = regexp.MustCompile(`/(tmp|home|root|usr|build|builds|workspace|var|mnt|opt|srv|hermetic|Users|private|nix|github)/.+`)
	wholePath = regexp.MustCompile(`^/[A-Za-z0-9_.@+~/-]{3,}`)
	hashes    = regexp.MustCompile(`17h[0-9a-f]{16}E|-[0-9a-f]{16}\b|\.llvm\.[0-9]{10,}|Cs[0-9A-Za-z]{8,12}_|\b[0-9a-z]{6,30}(-cgu\.[0-9]+)?\.rcgu\b`)
)

// pathCause finds two absolute paths.
func pathCause(a, b sight) *Cause {
	left, right := paths(a), paths(b)
	for i := range min(len(left), len(right)) {
		if left[i] != right[i] {
			return guessed(Path, "`%s` in the first, `%s` in the second", escapeName(left[i]), escapeName(right[i]))
		}
	}
	return nil
}

// paths are the absolute paths in a run, and those that it is a part of. rustc
// writes strings without an end, so a path may follow directly behind other text.
func paths(s sight) []string {
	if s.cut > 0 { // then the run ends beyond data
		s.cut, s.to = 0, len(s.data)
	}
	var found []string
	for _, token := range bytes.FieldsFunc(s.wider(isPathByte).run(), func(r rune) bool { return r >= 0x7f || !isPathByte(byte(r)) }) {
		text := wholePath.Find(token)
		if text == nil {
			text = rootPath.Find(token)
		}
		if text != nil && len(found) < 64 {
			found = append(found, string(text))
		}
	}
	return found
}

func isPathByte(c byte) bool {
	return isPrintable(c) && !bytes.ContainsRune([]byte(" \"'`<>|;:,()=[]{}"), rune(c))
}

// derivedHash finds the hashes that rustc and cargo put into names. They follow
// from something else, which differs as well or is an input of the unit.
func derivedHash(a, b sight) *Cause {
	left, right := a.match(hashes), b.match(hashes)
	if left == nil || right == nil || bytes.Equal(left, right) {
		return nil
	}
	return guessed(Derived, "a hash that rustc or cargo puts into names: `%s` and `%s`", escapeName(string(left)), escapeName(string(right)))
}

// match is what a pattern matches in the printable text around a run, if the
// match has a part of the run.
func (s sight) match(pattern *regexp.Regexp) []byte {
	wide := s.wider(isPrintable)
	const near = 64
	wide.from, wide.to = max(wide.from, s.from-near), min(wide.to, max(s.to, s.from)+near)
	for _, at := range pattern.FindAllIndex(wide.run(), 64) {
		if from, to := wide.from+at[0], wide.from+at[1]; from <= s.to && to >= s.from {
			return s.data[from:to]
		}
	}
	return nil
}

var word = regexp.MustCompile(`[A-Za-z0-9_./-]+`)

// sameWords finds values that consist of the same words in another order.
func sameWords(a, b sight) *Cause {
	if a.cut > 0 || b.cut > 0 {
		return nil
	}
	left, right := words(a), words(b)
	if len(left) < 2 || slices.Equal(left, right) {
		return nil
	}
	slices.Sort(left)
	slices.Sort(right)
	if !slices.Equal(left, right) {
		return nil
	}
	return guessed(Order, "%s", counted(len(left), "the same %d words in another order"))
}

// words are those of the printable text that a run is a part of, at most a
// thousand.
func words(s sight) []string {
	var list []string
	for _, w := range word.FindAll(s.wider(isPrintable).run(), 1000) {
		list = append(list, string(w))
	}
	return list
}

func counted(n int, format string) string { return fmt.Sprintf(format, n) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
