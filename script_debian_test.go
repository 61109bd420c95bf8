//go:build linux

package hermetic_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// debian: `debian TAR`: a small Debian of the host's release with a C compiler,
// from the mirrors of the host.
func debian(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: debian TAR")
	}
	cmd, err := mmdebstrap("--include=gcc,libc6-dev,zlib1g", args[0])
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// mmdebstrap is the command that makes a system, with the sources of apt as they
// are on this host.
func mmdebstrap(option, to string) (*exec.Cmd, error) {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return nil, err
	}
	codename := ""
	for line := range strings.Lines(string(release)) {
		if value, ok := strings.CutPrefix(line, "VERSION_CODENAME="); ok {
			codename = strings.Trim(value, "\"\n")
		}
	}
	if codename == "" {
		return nil, errors.New("this host has no release of Debian")
	}
	args := []string{"--quiet", "--variant=essential", option, codename, to}
	for _, glob := range []string{"/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			return nil, err
		}
		args = append(args, files...)
	}
	if len(args) == 5 {
		return nil, fmt.Errorf("this host has no sources of apt for %s", codename)
	}
	return exec.Command("mmdebstrap", args...), nil
}

// mirrorReachable lets apt read the lists of the mirrors, in a place of its own.
var mirrorReachable = sync.OnceValue(func() bool {
	cmd, err := mmdebstrap("--simulate", os.DevNull)
	return err == nil && cmd.Run() == nil
})
