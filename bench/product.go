//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/cli"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

// This program is the product as well: it links all of it, and started with one
// of these and the name of a file it is the product's command line, and leaves in
// the file what it used. A flag of the product that turns observation off would be
// one that people turn it off with.
const (
	asProduct   = "--as-product"
	asUnwatched = "--as-product-unwatched"
)

// startedAsProduct runs the product if that is what this process was started for.
func startedAsProduct(args []string) (code int, is bool) {
	if len(args) < 4 || args[1] != asProduct && args[1] != asUnwatched {
		return 0, false
	}
	code = cli.Measured(append([]string{"cargo-hermetic"}, args[3:]...), func(o *build.Options) {
		o.Unwatched = args[1] == asUnwatched
	})
	if err := writeUsage(args[2]); err != nil {
		ui.NewShell(os.Stderr, ui.Normal, false).Error(diag.Wrap(err, "saying what the product used"))
		return diag.ExitFailed, true
	}
	return code, true
}

// writeUsage says in a new file what this process has used until now. What
// follows, its end, is the same for all.
func writeUsage(file string) error {
	var u usage
	for who, to := range map[int]*time.Duration{unix.RUSAGE_SELF: &u.Own, unix.RUSAGE_CHILDREN: &u.Children} {
		var r unix.Rusage
		if err := unix.Getrusage(who, &r); err != nil {
			return err
		}
		*to = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	data, err := json.Marshal(u)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// readUsage reads what the product left, and removes it.
func readUsage(file string) (u usage, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return u, fmt.Errorf("the product did not say what it used: %w", err)
	}
	return u, errors.Join(json.Unmarshal(data, &u), os.Remove(file))
}

// turnInto makes a command of the product one of this program as the product, with
// the same arguments and surroundings.
func turnInto(cmd *exec.Cmd, self, how, file string) {
	cmd.Path = self
	cmd.Args = append([]string{self, how, file}, cmd.Args[1:]...)
}
