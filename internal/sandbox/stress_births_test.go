//go:build linux

package sandbox_test

import "testing"

// TestStressBirths: processes and threads that begin and end in great numbers,
// and that are killed at every instant between.
func TestStressBirths(t *testing.T) {
	stress(t, []stressPart{
		{args: "births many 500", output: "500 ends\n"},
		{args: "births parallel 5", output: "64 ends\n"},
		{args: "births threads", output: "2000 threads\n"},
		{args: "births leader", output: "the first thread ends\n", code: 7},
		{args: "births killed 60", output: "60 rounds\n"},
		{args: "births replaced 40", output: "replaced\n"},
		{args: "births daemons", output: "50 daemons\n"},
		{args: "births stillborn", output: "500 stillborn\n"},
	})
}

// TestStressSignals: signals and stops that a tracer sees first.
func TestStressSignals(t *testing.T) {
	stress(t, []stressPart{
		{args: "signals jobs", output: "50 jobs\n"},
		{args: "signals group", output: "30 stops\n"},
		{args: "signals flood", output: "2000 signals\n"},
		{args: "signals ends", output: "all ends\n"},
		{args: "signals sleeps", output: "slept\n"},
	})
}
