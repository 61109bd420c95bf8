package main

import (
	"slices"
	"time"
)

// sample is what one run cost.
type sample struct {
	Wall time.Duration
	CPU  time.Duration // user and system time of the whole process tree
}

// spread is a series in three numbers. With an even count the median is the
// mean of the two in the middle.
type spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}
}

// cost is a series of samples, in seconds.
type cost struct {
	Wall spread `json:"wall_seconds"`
	CPU  spread `json:"cpu_seconds"`
}

func costOf(samples []sample) cost {
	seconds := func(of func(sample) time.Duration) spread {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = of(s).Seconds()
		}
		return spreadOf(values)
	}
	return cost{
		Wall: seconds(func(s sample) time.Duration { return s.Wall }),
		CPU:  seconds(func(s sample) time.Duration { return s.CPU }),
	}
}

// ratios divides pair by pair. Both series have the same length, not 0.
func ratios(ours, theirs []sample) (wall, cpu spread) {
	walls, cpus := make([]float64, len(ours)), make([]float64, len(ours))
	for i := range ours {
		walls[i] = float64(ours[i].Wall) / float64(theirs[i].Wall)
		cpus[i] = float64(ours[i].CPU) / float64(theirs[i].CPU)
	}
	return spreadOf(walls), spreadOf(cpus)
}

// runner is one of the things that are compared.
type runner struct {
	name string
	run  func() (sample, error)
}

// alternate runs all runners in turn, n times round, and returns one series a
// runner. One round that does not count comes first: it warms what a second
// run would find warm.
func alternate(n int, runners []runner) ([][]sample, error) {
	series := make([][]sample, len(runners))
	for round := range n + 1 {
		for i, r := range runners {
			s, err := r.run()
			if err != nil {
				return nil, err
			}
			if round > 0 {
				series[i] = append(series[i], s)
			}
		}
	}
	return series, nil
}
