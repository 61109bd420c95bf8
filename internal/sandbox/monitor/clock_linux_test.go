package monitor

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		name          string
		unit          unit
		seconds, fine int64
		want          time.Duration
		ok            bool
	}{
		{"nothing", timespec, 0, 0, 0, true},
		{"nanoseconds", timespec, 1, 999_999_999, 2*time.Second - 1, true},
		{"microseconds", timeval, 1, 999_999, 2*time.Second - time.Microsecond, true},
		{"too many nanoseconds", timespec, 0, 1_000_000_000, 0, false},
		{"too many microseconds", timeval, 0, 1_000_000, 0, false},
		{"before nothing", timespec, 0, -1, 0, false},
		{"before 1970", timespec, -1, 0, 0, false},
		{"far", timespec, 1 << 33, 0, 1 << 33 * time.Second, true},
		{"too far", timespec, 1<<33 + 1, 0, 0, false},
		{"as far as it goes", timespec, math.MaxInt64, 999_999_999, 0, false},
	} {
		data := binary.LittleEndian.AppendUint64(nil, uint64(c.seconds))
		data = binary.LittleEndian.AppendUint64(data, uint64(c.fine))
		got, ok := c.unit.decode(data)
		if got != c.want || ok != c.ok {
			t.Errorf("%s: got %v, %t, want %v, %t", c.name, got, ok, c.want, c.ok)
		}
		if c.ok {
			if diff := cmp.Diff(data, c.unit.encode(got)); diff != "" {
				t.Errorf("%s, back (-want +got)\n%s", c.name, diff)
			}
		}
	}
}

// TestRealInstant: as far away as it is by the held clock, and never in the past for
// being far away.
func TestRealInstant(t *testing.T) {
	const now, shown = 1_800_000_000 * time.Second, 1_000_000_000 * time.Second
	for _, c := range []struct {
		name        string
		until, want time.Duration
	}{
		{"soon", shown + time.Second, now + time.Second},
		{"now", shown, now},
		{"past", shown - time.Hour, now - time.Hour},
		{"long past", 0, 800_000_000 * time.Second},
		{"the last instant", 1 << 33 * time.Second, math.MaxInt64},
		{"further than it goes", math.MaxInt64, math.MaxInt64},
	} {
		if got := realInstant(now, shown, c.until); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
	if got := realInstant(time.Second, time.Hour, 0); got != 0 {
		t.Errorf("before 1970: got %d, want 0", got)
	}
}

// TestLeft: when the end of a wait moves the clock.
func TestLeft(t *testing.T) {
	const sleep = 10 * time.Second
	for _, c := range []struct {
		name     string
		onlyLate bool
		results  []int64
		want     time.Duration
		paused   bool
	}{
		{"slept", false, []int64{0}, sleep, false},
		{"timed out", true, []int64{-int64(unix.ETIMEDOUT)}, sleep, false},
		{"woken", true, []int64{0}, 0, false},
		{"a bad address", false, []int64{-int64(unix.EFAULT)}, 0, false},
		{"interrupted", false, []int64{-int64(unix.EINTR)}, 0, false},
		{"paused", false, []int64{-restartBlock}, 0, true},
		{"paused, and then slept", false, []int64{-restartBlock, 0}, sleep, true},
		{"paused, and then timed out", true, []int64{-restartBlock, -int64(unix.ETIMEDOUT)}, sleep, true},
		{"twice paused", false, []int64{-restartBlock, -restartBlock, 0}, sleep, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := newMonitor(Options{Hold: &spec.Determinism{Clock: spec.ClockHeld}}, func() { t.Error("it ends the run") })
			if err != nil {
				t.Fatal(err)
			}
			m.begin(1)
			task := m.tasks[1]
			task.sleep, task.onlyLate = sleep, c.onlyLate
			for _, result := range c.results {
				m.Left(1, result)
			}
			if got := task.process.clock.Shown(); got != c.want || task.paused != c.paused {
				t.Errorf("the clock has moved by %v, paused is %t; want %v, %t", got, task.paused, c.want, c.paused)
			}
			if err := m.close(); err != nil {
				t.Error(err)
			}
		})
	}
	if determinism.Longest >= math.MaxInt64/2 {
		t.Error("two of the longest sleeps overflow")
	}
}
