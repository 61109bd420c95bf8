package determinism

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestClock: what a clock shows after so many steps, in milliseconds since its
// epoch.
func TestClock(t *testing.T) {
	const epoch = 1_000_000_000
	ask := func(n int) func(*Clock) {
		return func(c *Clock) {
			for range n {
				c.Now()
			}
		}
	}
	reach := func(d time.Duration) func(*Clock) { return func(c *Clock) { c.Reach(epoch*time.Second + d) } }
	sleep := func(d time.Duration) func(*Clock) { return func(c *Clock) { c.Reach(c.Shown() + d) } }
	fork := func(c *Clock) { *c = c.Forked() }
	for _, c := range []struct {
		name  string
		steps []func(*Clock)
		want  int64
	}{
		{"new", nil, 0},
		{"asked with patience", []func(*Clock){ask(patience)}, 0},
		{"asked once more", []func(*Clock){ask(patience + 1)}, 1},
		{"asked a million times", []func(*Clock){ask(1_000_000)}, 1_000_000 - patience},
		{"sleeps", []func(*Clock){sleep(time.Second), sleep(time.Second)}, 2000},
		{"threads that sleep at the same time", []func(*Clock){reach(time.Second), reach(time.Second)}, 1000},
		{"never back", []func(*Clock){reach(time.Second), reach(time.Millisecond)}, 1000},
		{"a child begins with what was shown", []func(*Clock){ask(patience + 5), fork}, 5},
		{"and with new patience", []func(*Clock){ask(patience + 5), fork, ask(patience)}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := NewClock(epoch)
			for _, step := range c.steps {
				step(&clock)
			}
			if diff := cmp.Diff(c.want, (clock.Shown() - epoch*time.Second).Milliseconds()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestClockNeverGoesBack: whatever happens to a clock.
func TestClockNeverGoesBack(t *testing.T) {
	clock := NewClock(0)
	last := clock.Shown()
	for i := range 5000 {
		switch i % 7 {
		case 0:
			clock.Reach(time.Duration(i) * time.Millisecond / 2)
		case 3:
			clock.Reach(clock.Shown() + time.Duration(i%3))
		case 5:
			child := clock.Forked()
			child.Reach(child.Shown() + time.Duration(i%11)*time.Millisecond)
			clock.Joined(&child)
		}
		now := clock.Now()
		if now < last {
			t.Fatalf("step %d: %v after %v", i, now, last)
		}
		last = now
	}
}

// TestClockOfAnOldSleeper: a program that sleeps for the longest time again and
// again for as long as any runs does not make the clock overflow.
func TestClockOfAnOldSleeper(t *testing.T) {
	clock := NewClock(1 << 31)
	for range 100 {
		before := clock.Shown()
		if clock.Reach(before + Longest); clock.Shown() <= before {
			t.Fatalf("%v after %v", clock.Shown(), before)
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct{ d, want time.Duration }{
		{0, 0}, {1, time.Millisecond}, {time.Millisecond, time.Millisecond}, {time.Millisecond + 1, 2 * time.Millisecond},
		{20 * time.Millisecond, 20 * time.Millisecond}, {20*time.Millisecond + 1, 30 * time.Millisecond},
		{time.Second - 3*time.Millisecond, time.Second},
	} {
		if got := Round(c.d); got != c.want {
			t.Errorf("Round(%v) is %v, want %v", c.d, got, c.want)
		}
	}
}
