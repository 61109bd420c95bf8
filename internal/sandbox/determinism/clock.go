package determinism

import "time"

// Clock is the wall clock of one process.
//
// It stands still at its instant, and goes on by what the process sleeps and by
// what its children slept: so a program that sleeps sees the time it slept, and
// what it writes down does not depend on how fast the machine is. A program that
// asks more than patience times seems to wait for the clock, which then goes on by
// a step at each question, so that the program ends. It never goes back.
type Clock struct {
	at    time.Duration // since 1970, without what asking adds
	asked uint64
}

const (
	// patience is how often a clock is asked before it moves. rustc asks some
	// ten times, a test suite that prints times some hundreds.
	patience = 1024
	step     = time.Millisecond
)

// NewClock is a clock that stands at an instant.
func NewClock(epoch int64) Clock { return Clock{at: time.Duration(epoch) * time.Second} }

// Now is what the clock shows when it is asked, as time since 1970.
func (c *Clock) Now() time.Duration {
	c.asked++
	return c.Shown()
}

// Shown is what the clock showed last.
func (c *Clock) Shown() time.Duration {
	if c.asked <= patience {
		return c.at
	}
	return c.at + time.Duration(c.asked-patience)*step
}

// Reach moves the clock to where a sleep ended. Threads that sleep at the same
// time move it once.
func (c *Clock) Reach(at time.Duration) { c.at = max(c.at, at) }

// Longest is the longest sleep that is counted: a program that sleeps for ever
// must not make the clock overflow.
const Longest = 365 * 24 * time.Hour

// Joined moves the clock to where that of a child was when it ended, so that a
// parent which waits sees the time that its child slept.
func (c *Clock) Joined(child *Clock) { c.at = max(c.at, child.at) }

// Forked is the clock of a child or of the next program: it shows the same.
func (c *Clock) Forked() Clock { return Clock{at: c.Shown()} }

// Round rounds the length of a sleep whose end was given up, so that how long
// the program took to ask for it does not count.
func Round(d time.Duration) time.Duration {
	grain := time.Millisecond
	if d > 20*time.Millisecond {
		grain = 10 * time.Millisecond
	}
	return (d + grain - 1).Truncate(grain)
}
