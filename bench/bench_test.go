package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   spread
	}{
		{"one", []float64{2}, spread{2, 2, 2}},
		{"odd", []float64{3, 1, 2}, spread{1, 2, 3}},
		{"even", []float64{4, 1, 2, 3}, spread{1, 2.5, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, spreadOf(test.values)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The ratio of the medians is not the median of the ratios: here the first is
// 1 and the second 2.
func TestRatiosArePairwise(t *testing.T) {
	ours := []sample{{2, 10}, {8, 10}, {4, 10}}
	theirs := []sample{{1, 10}, {4, 5}, {8, 20}}
	wall, cpu := ratios(ours, theirs)
	if diff := cmp.Diff(spread{0.5, 2, 2}, wall); diff != "" {
		t.Errorf("wall -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(spread{0.5, 1, 2}, cpu); diff != "" {
		t.Errorf("CPU -want +got:\n%s", diff)
	}
}

func TestAlternate(t *testing.T) {
	var order strings.Builder
	number := time.Duration(0)
	named := func(name string) runner {
		return runner{name, func() (sample, error) {
			order.WriteString(name)
			number++
			return sample{Wall: number}, nil
		}}
	}
	series, err := alternate(2, []runner{named("A"), named("B")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("ABABAB", order.String()); diff != "" {
		t.Errorf("order -want +got:\n%s", diff)
	}
	want := [][]sample{{{Wall: 3}, {Wall: 5}}, {{Wall: 4}, {Wall: 6}}}
	if diff := cmp.Diff(want, series); diff != "" {
		t.Errorf("series -want +got:\n%s", diff)
	}
	broken := errors.New("broken")
	_, err = alternate(2, []runner{{"C", func() (sample, error) { return sample{}, broken }}})
	if !errors.Is(err, broken) {
		t.Errorf("got error %v", err)
	}
}

func TestReport(t *testing.T) {
	r := &report{
		Machine: shape{CPUs: 2, System: "linux/amd64", Kernel: "6.1", Load: "0.10", Go: "go1", Rust: "rustc 1"},
		LeftOut: []leftOut{{"start-up of bwrap", "not found", "sudo apt-get install bubblewrap"}},
	}
	r.add(comparison{What: cold, Tree: "small", Ours: "hermetic", Theirs: "cargo", Goal: coldGoal},
		[]sample{{3 * time.Second, 4 * time.Second}}, []sample{{2 * time.Second, 4 * time.Second}})
	want := `2 CPUs, linux/amd64 6.1, load 0.10, go1, rustc 1
ratios pair by pair and milliseconds, each min/median/max

what         A         B      pairs  wall A/B           goal  CPU A/B            wall A                wall B                CPU A                 CPU B
cold, small  hermetic  cargo  1      1.500/1.500/1.500  1.03  1.000/1.000/1.000  3000.0/3000.0/3000.0  2000.0/2000.0/2000.0  4000.0/4000.0/4000.0  4000.0/4000.0/4000.0

left out: start-up of bwrap: not found
    help: sudo apt-get install bubblewrap
`
	if diff := cmp.Diff(want, r.text()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var printed bytes.Buffer
	if err := r.print(&printed, true); err != nil {
		t.Fatal(err)
	}
	var again report
	if err := json.Unmarshal(printed.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*r, again); diff != "" {
		t.Errorf("JSON -want +got:\n%s", diff)
	}
}

func TestCheckFlags(t *testing.T) {
	for _, test := range []struct {
		runs int
		only string
		want string
	}{
		{0, "", ""},
		{3, noop, ""},
		{-1, "", "`-runs` cannot be negative"},
		{0, "warm", "`-only` is one of cold, noop, startup, discovery, layers, overhead, not `warm`"},
	} {
		got := ""
		if err := checkFlags(test.runs, test.only); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%d %q: -want +got:\n%s", test.runs, test.only, diff)
		}
	}
}
