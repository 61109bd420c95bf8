//go:build linux

package hermetic_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// programs are started by scripts as processes, because they stand in front of
// other commands or run beside them: this test binary under another name.
var programs = map[string]func(args []string) error{
	"signalled": signalled,
	"waitfor":   waitFor,
	"tarpit":    tarpit,
}

// limit is how long a state may take that a script waits for. It is generous:
// it only decides how late a hanging script fails.
const limit = time.Minute

// prefixes are programs of one line that run a command elsewhere.
//
//	nonet CMD...      without a network, not even a loopback device that is up
//	inmounts CMD...   as root of a mount namespace of its own
//	worldof FILE ...  writes the digest of the world that `plan ...` prints
//	asuser CMD...     in $OTHER, as a user who owns it and nothing else (needs [root])
func (h *host) prefixes() map[string]string {
	unshare := strings.Join(append([]string{"exec unshare"}, unshareFlags()...), " ")
	return map[string]string{
		"nonet":    unshare + ` --net -- "$@"`,
		"inmounts": unshare + ` --mount -- "$@"`,
		"worldof": `file=$1 && shift && json=$(cargo-hermetic plan --format json "$@") &&
	printf '%s\n' "$json" | sed -n '2s/^  "digest": "\(sha256:[0-9a-f]*\/[0-9]*\)",$/\1/p' >"$file" && test -s "$file"`,
		"asuser": fmt.Sprintf(`cd "$OTHER" && exec setpriv --reuid=%d --regid=%d --clear-groups -- \
	env HOME="$OTHER/home" XDG_CACHE_HOME=%s TMPDIR=/tmp "$@"`, otherUser, otherUser, filepath.Join(h.dir, "other", "cache")),
	}
}

// writePrograms puts both kinds where PATH finds them.
func (h *host) writePrograms(bin string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for name := range programs {
		err = errors.Join(err, os.Symlink(self, filepath.Join(bin, name)))
	}
	for name, line := range h.prefixes() {
		err = errors.Join(err, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+line+"\n"), 0o755))
	}
	return err
}

// state is something that a script waits for.
type state func() (bool, error)

// await asks until a state is there.
func await(what string, there state) error {
	end := time.After(limit)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := there(); ok || err != nil {
			return err
		}
		select {
		case <-end:
			return fmt.Errorf("%s did not come within %s", what, limit)
		case <-tick.C:
		}
	}
}

// fileState is there when a file matches the glob.
func fileState(glob string) state {
	return func() (bool, error) {
		found, err := filepath.Glob(glob)
		return len(found) > 0, err
	}
}

// waitFor: `waitfor GLOB [REGEXP]`: until a file is there, and a line in it.
func waitFor(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errors.New("usage: waitfor GLOB [REGEXP]")
	}
	if err := await("`"+args[0]+"`", fileState(args[0])); err != nil || len(args) == 1 {
		return err
	}
	line, err := regexp.Compile("(?m)" + args[1])
	if err != nil {
		return err
	}
	return await("a line `"+args[1]+"`", func() (bool, error) {
		data, err := os.ReadFile(args[0])
		return line.Match(data), err
	})
}

// tarpit: `tarpit FILE`: a server that accepts connections and says nothing. It
// writes its address to FILE, and FILE.reached when somebody has connected.
func tarpit(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: tarpit FILE")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[0]+".new", []byte(listener.Addr().String()), 0o644); err != nil {
		return err
	}
	if err := os.Rename(args[0]+".new", args[0]); err != nil {
		return err
	}
	var held []net.Conn // a connection that nobody refers to would be closed
	for {
		conn, err := listener.Accept()
		if err != nil {
			return errors.Join(err, fmt.Errorf("after %d connections", len(held)))
		}
		held = append(held, conn)
		if err := os.WriteFile(args[0]+".reached", nil, 0o644); err != nil {
			return err
		}
	}
}
