//go:build !linux

package perturb

import (
	"context"
	"errors"
	"os/exec"
)

// errLinux says why nothing can be made to differ.
var errLinux = errors.New("another host can be made up on Linux only")

// Command is not there on this system.
func Command(context.Context, Host, string, []string, string, []string) (*exec.Cmd, error) {
	return nil, errLinux
}

// Stage is not there on this system.
func Stage([]string) error { return errLinux }

// Refusal says why users and host names cannot be others here.
func Refusal() string { return errLinux.Error() }
