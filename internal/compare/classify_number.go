package compare

import (
	"bytes"
	"regexp"
	"strconv"
)

var (
	processorWords = regexp.MustCompile(`(?i)(cpu|core|thread|jobs?\b|processor|parallel)`)
	pidWords       = regexp.MustCompile(`(?i)(\bpid|_pid|process.?id)`)
	address        = regexp.MustCompile(`0x[57][0-9a-f]{11}\b`)
	uuid           = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
)

// smallNumber finds numbers that the text before them calls a number of
// processors or of a process.
func smallNumber(a, b sight) *Cause {
	x, errX := strconv.Atoi(string(a.token(isDigit)))
	y, errY := strconv.Atoi(string(b.token(isDigit)))
	if errX != nil || errY != nil {
		return nil
	}
	left := a.wider(isDigit)
	before := left.data[max(left.from-32, 0):left.from]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	switch {
	case pidWords.Match(before) && x <= 1<<22 && y <= 1<<22: // the kernel's PID_MAX_LIMIT
		return guessed(PID, "%d and %d behind `%s`", x, y, escape(before))
	case processorWords.Match(before) && x <= 1<<13 && y <= 1<<13: // and its largest NR_CPUS
		return guessed(Processors, "%d and %d behind `%s`", x, y, escape(before))
	}
	return nil
}

// randomText finds what chance wrote as text: addresses, UUIDs, and digits of
// equal number that have little in common.
func randomText(a, b sight) *Cause {
	if left, right := a.match(address), b.match(address); left != nil && right != nil {
		return guessed(Random, "`%s` and `%s` look like addresses, which differ from run to run", left, right)
	}
	if left, right := a.match(uuid), b.match(uuid); left != nil && right != nil {
		return guessed(Random, "UUIDs `%s` and `%s`", left, right)
	}
	left, right := a.token(isHex), b.token(isHex)
	if n := len(left); n >= 8 && n == len(right) && !(isNumber(left) && isNumber(right)) {
		if other := differing(left, right); other*2 >= n {
			return guessed(Random, "%d hexadecimal digits, of which %d differ", n, other)
		}
	}
	left, right = a.token(isDigit), b.token(isDigit)
	if min(len(left), len(right)) >= 15 && commonPrefix(left, right) < 4 {
		return guessed(Random, "numbers of %d and %d digits with nothing in common", len(left), len(right))
	}
	left, right = a.token(isBase64), b.token(isBase64)
	if n := len(left); n >= 16 && n == len(right) && differing(left, right)*4 >= n*3 && distinct(left) >= 10 && distinct(right) >= 10 {
		return guessed(Random, "%d letters and digits, of which %d differ", n, differing(left, right))
	}
	return nil
}

// randomBytes finds runs of equal length in which hardly a byte is the same and
// hardly one occurs twice. Machine code looks otherwise: it repeats itself.
func randomBytes(a, b sight) *Cause {
	left, right := a.run(), b.run()
	n := len(left)
	if n < 8 || n != len(right) || a.cut > 0 || differing(left, right)*10 < n*9 {
		return nil
	}
	// Of n random bytes about this many are distinct, less a quarter.
	expected := 0.0
	for range n {
		expected += 1 - expected/256
	}
	least := int(expected * 0.75)
	if distinct(left) < least || distinct(right) < least {
		return nil
	}
	return guessed(Random, "%d bytes of high entropy on both sides", n)
}

func isNumber(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

func differing(a, b []byte) int {
	n := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func distinct(data []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range data {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isBase64(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '+' || c == '/' || c == '=' || c == '_' || c == '-'
}
