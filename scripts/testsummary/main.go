// Command testsummary runs `go test` and says how it ended: a line for every
// package, the whole output of every failure as it happens, every skip with
// its reason, and a closing line `N passed, N failed, N skipped`.
//
// Usage:
//
//	testsummary [-- [NAME=VALUE]... FLAGS-AND-PACKAGES]...
//
// Each `--` starts one run of `go test`, with the variables that stand first
// in its environment. It succeeds only if every run did and
// at least one test passed: a suite that runs nothing is not a suite that
// passes.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	ok, err := runAll(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsummary:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// runAll makes every run and writes the summary. ok is false when a test
// failed or none passed.
func runAll(args []string, stdout, stderr io.Writer) (ok bool, err error) {
	runs, err := split(args)
	if err != nil {
		return false, err
	}
	r := newReport(stdout)
	for _, run := range runs {
		if err := goTest(run, r, stderr); err != nil {
			return false, errors.Join(err, r.finish())
		}
	}
	return r.passed > 0 && r.failed == 0, r.finish()
}

// split cuts the arguments at each `--`.
func split(args []string) ([][]string, error) {
	if len(args) == 0 || args[0] != "--" {
		return nil, errors.New("a run of `go test` begins with `--`, and there is none; see `go doc ./scripts/testsummary`")
	}
	var runs [][]string
	for _, arg := range args {
		if arg == "--" {
			runs = append(runs, nil)
			continue
		}
		last := len(runs) - 1
		runs[last] = append(runs[last], arg)
	}
	return runs, nil
}

// goTest makes one run. A run that fails without a failed test (a package that
// does not exist, a toolchain that is missing) is an error.
func goTest(args []string, r *report, stderr io.Writer) error {
	first := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") || !strings.Contains(arg, "=") })
	if first < 0 {
		return fmt.Errorf("no packages to test in %q", args)
	}
	cmd := exec.Command("go", slices.Concat([]string{"test", "-json"}, args[first:])...)
	cmd.Env = append(os.Environ(), args[:first]...)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	before := r.failed
	readErr := r.read(out)
	if readErr != nil {
		// Without this, go could wait for a reader of the rest for ever.
		_, _ = io.Copy(io.Discard, out)
	}
	waitErr := cmd.Wait()
	if waitErr != nil && r.failed > before {
		waitErr = nil // it says no more than the failures do
	}
	if waitErr != nil {
		waitErr = fmt.Errorf("go test: %w", waitErr)
	}
	return errors.Join(readErr, waitErr)
}
