package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// sizeUnits, the larger first. K alone is 1024 as in `du` and `cp`; KB is 1000.
var sizeUnits = []struct {
	names []string
	bytes float64
}{
	{[]string{"TiB", "T"}, 1 << 40}, {[]string{"TB"}, 1e12},
	{[]string{"GiB", "G"}, 1 << 30}, {[]string{"GB"}, 1e9},
	{[]string{"MiB", "M"}, 1 << 20}, {[]string{"MB"}, 1e6},
	{[]string{"KiB", "K"}, 1 << 10}, {[]string{"KB"}, 1e3},
	{[]string{"B", ""}, 1},
}

// parseSize reads a number of bytes with an optional unit, in any case.
func parseSize(text string) (int64, bool) {
	for _, unit := range sizeUnits {
		for _, name := range unit.names {
			number, ok := cutUnit(text, name)
			if !ok {
				continue
			}
			n := number * unit.bytes
			return int64(n), n < math.MaxInt64
		}
	}
	return 0, false
}

// ageUnits are those of time.ParseDuration that make sense here, and days.
var ageUnits = []struct {
	name string
	time time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// parseAge reads a number with a unit. A bare number is none: it could be
// seconds or days, and what it removes is gone.
func parseAge(text string) (time.Duration, bool) {
	for _, unit := range ageUnits {
		if number, ok := cutUnit(text, unit.name); ok {
			n := number * float64(unit.time)
			return time.Duration(n), n < math.MaxInt64
		}
	}
	return 0, text == "0"
}

// cutUnit reads the number before a unit: digits and at most one point.
func cutUnit(text, unit string) (float64, bool) {
	if len(text) <= len(unit) || !strings.EqualFold(text[len(text)-len(unit):], unit) {
		return 0, false
	}
	digits := strings.TrimRight(text[:len(text)-len(unit)], " ")
	if digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, false // no sign, no exponent, no `inf`
	}
	number, err := strconv.ParseFloat(digits, 64)
	return number, err == nil
}

// size is a number of bytes for people.
func size(bytes int64) string {
	value, unit := float64(bytes), 0
	for names := len("KMGT"); value >= 1024 && unit < names; unit++ {
		value /= 1024
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %ciB", value, " KMGT"[unit])
}
