package compare

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strconv"
	"time"
)

// Instants between which a number may be a time, in seconds. Narrow, because
// every number is some time.
var (
	earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	latest   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	recently = [2]int64{time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC).Unix()}
)

const months = `(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`

// dates are how times are written.
var dates = []struct {
	form    string
	pattern *regexp.Regexp
}{
	{"a date and time", regexp.MustCompile(`\b[12][0-9]{3}-[01][0-9]-[0-3][0-9]([T _][0-2][0-9]:[0-5][0-9](:[0-6][0-9](\.[0-9]+)?)?( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?`)},
	{"the form of __DATE__", regexp.MustCompile(months + ` [ 1-3][0-9] [12][0-9]{3}`)},
	{"the form of RFC 2822", regexp.MustCompile(`\b[0-3]?[0-9] ` + months + ` [12][0-9]{3}( [0-2][0-9]:[0-5][0-9](:[0-6][0-9])?( [+-][0-9]{4})?)?`)},
	{"the form of date(1)", regexp.MustCompile(months + ` [ 1-3]?[0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9].{0,10}`)},
	{"the form of __TIME__", regexp.MustCompile(`\b[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\b`)},
	{"digits of a date", regexp.MustCompile(`\b(19|20)[0-9]{2}[01][0-9][0-3][0-9]([T_]?[0-2][0-9][0-5][0-9]([0-6][0-9])?Z?)?\b`)},
}

// textTime finds times in text: dates, and digits that count from 1970.
func textTime(a, b sight) *Cause {
	for _, date := range dates {
		left, right := a.match(date.pattern), b.match(date.pattern)
		if left != nil && right != nil && !bytes.Equal(left, right) {
			return guessed(Time, "%s: `%s` and `%s`", date.form, escapeName(string(left)), escapeName(string(right)))
		}
	}
	x, unit, okX := epoch(a)
	y, other, okY := epoch(b)
	if !okX || !okY || unit != other {
		return nil
	}
	return guessed(Time, "%s since 1970: %s and %s", unit, instant(x), instant(y))
}

// epoch reads the digits that a run is a part of as a time, by their number.
func epoch(s sight) (seconds int64, unit string, ok bool) {
	digits := string(s.token(isDigit))
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, "", false
	}
	for _, u := range []struct {
		unit string
		per  int64
	}{{"seconds", 1}, {"milliseconds", 1e3}, {"microseconds", 1e6}, {"nanoseconds", 1e9}} {
		if seconds := n / u.per; earliest <= seconds && seconds < latest {
			return seconds, u.unit, true
		}
	}
	return 0, "", false
}

func instant(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }

// binaryTime finds integers that count from 1970. Any four bytes are some time,
// so that only recent ones count, in the order of most machines, and where such
// an integer lies in memory.
func binaryTime(a, b sight) *Cause {
	for _, r := range readings(a, b) {
		low, high := earliest, latest
		if r.bits == 32 {
			low, high = recently[0], recently[1]
		}
		if r.aligned && r.order == "little-endian" && low <= r.a && r.a < high && low <= r.b && r.b < high {
			return guessed(Time, "as %d-bit seconds since 1970 (%s): %s and %s", r.bits, r.order, instant(r.a), instant(r.b))
		}
	}
	return nil
}

// knownTime finds a time that lies within each build's own.
func (c *comparison) knownTime(a, b sight) *Cause {
	one, two := c.known[0].Times, c.known[1].Times
	if one[1] == 0 || two[1] == 0 {
		return nil
	}
	during := func(seconds int64, times [2]int64) bool { return times[0] <= seconds && seconds <= times[1] }
	if x, unit, ok := epoch(a); ok && during(x, one) {
		if y, _, ok := epoch(b); ok && during(y, two) {
			cause := known(Time, "%s since 1970, %s and %s: when each build ran", unit, instant(x), instant(y))
			return &cause
		}
	}
	for _, r := range readings(a, b) {
		if during(r.a, one) && during(r.b, two) {
			cause := known(Time, "%d-bit seconds since 1970 (%s), %s and %s: when each build ran", r.bits, r.order, instant(r.a), instant(r.b))
			return &cause
		}
	}
	// Where constants moved as well, each side has its time somewhere in the run.
	if x, y := a.timeIn(one), b.timeIn(two); x != 0 && y != 0 && x != y {
		cause := known(Time, "seconds since 1970 among other bytes, %s and %s: when each build ran", instant(x), instant(y))
		return &cause
	}
	return nil
}

// timeIn finds a little-endian integer, in the run or around it, that is an
// instant between two, and 0 if there is none. Four bytes are the lower half of
// eight until the year 2106.
func (s sight) timeIn(times [2]int64) int64 {
	for at := max(s.from-7, 0); at < s.to && at+4 <= len(s.data); at++ {
		if n := int64(binary.LittleEndian.Uint32(s.data[at:])); times[0] <= n && n <= times[1] {
			return n
		}
	}
	return 0
}

// reading is an integer of both sides that holds all that differs.
type reading struct {
	a, b    int64
	bits    int
	order   string
	aligned bool // to four bytes, on both sides
}

// readings are the integers that a run of up to eight bytes may be a part of, the
// wide ones first. Text is none.
func readings(a, b sight) []reading {
	n := a.to - a.from
	if n == 0 || n > 8 || n != b.to-b.from || isText(a.run(), false) && isText(b.run(), false) {
		return nil
	}
	var found []reading
	for _, width := range []int{8, 4} {
		for shift := 0; shift <= width-n; shift++ {
			x, y := a.from-shift, b.from-shift
			if x < 0 || y < 0 || x+width > len(a.data) || y+width > len(b.data) {
				continue
			}
			for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
				left, right := integer(order, a.data[x:x+width]), integer(order, b.data[y:y+width])
				aligned := (a.offset+int64(x))%4 == 0 && (b.offset+int64(y))%4 == 0
				found = append(found, reading{left, right, 8 * width, orderName(order), aligned})
			}
		}
	}
	return found
}

func integer(order binary.ByteOrder, data []byte) int64 {
	if len(data) == 8 {
		return int64(order.Uint64(data))
	}
	return int64(order.Uint32(data))
}

func orderName(order binary.ByteOrder) string {
	if order == binary.LittleEndian {
		return "little-endian"
	}
	return "big-endian"
}
