//go:build linux

package hermetic_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

func init() {
	programs["atonce"], programs["requested"] = sentAtOnce, requested
}

// served is a crate that a crateserver sent, or began to send.
type served struct {
	file       string // name of the archive
	status     int
	start, end float64 // seconds since 1970
}

// servedCrates reads the log of a crateserver.
func servedCrates(log string) ([]served, error) {
	data, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	var all []served
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) != 6 {
			return nil, fmt.Errorf("`%s` has a line of another form: %s", log, line)
		}
		file, ok := strings.CutPrefix(words[1], "/crates/")
		if !ok {
			continue
		}
		s := served{file: file}
		took := 0.0
		for i, to := range map[int]any{2: &s.status, 4: &s.end, 5: &took} {
			if _, err := fmt.Sscan(words[i], to); err != nil {
				return nil, fmt.Errorf("`%s`: %w", line, err)
			}
		}
		s.start = s.end - took
		all = append(all, s)
	}
	return all, nil
}

// sentAtOnce: `atonce LOG N`: at some instant the server was sending N crates or more.
func sentAtOnce(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: atonce LOG N")
	}
	want, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	all, err := servedCrates(args[0])
	if err != nil {
		return err
	}
	most := 0
	for _, at := range all { // the number grows only where one begins
		n := 0
		for _, s := range all {
			if s.start <= at.start && at.start < s.end {
				n++
			}
		}
		most = max(most, n)
	}
	fmt.Println("at once:", most)
	if most < want {
		return fmt.Errorf("%d crates came at once, want %d", most, want)
	}
	return nil
}

// requested: `requested LOG`: prints the archives that were asked for, sorted, each
// as often as it was.
func requested(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: requested LOG")
	}
	all, err := servedCrates(args[0])
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b served) int { return strings.Compare(a.file, b.file) })
	for _, s := range all {
		fmt.Println(s.file)
	}
	return nil
}
