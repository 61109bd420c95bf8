//go:build linux

package hermetic_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func init() { programs["outside"] = outside }

// outside: `outside DIR`: what a build must not reach. It listens on loopback,
// on a path and on an abstract name, and waits for a signal. DIR/addresses says
// where; whatever reaches it leaves a line in DIR/reached.
func outside(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: outside DIR")
	}
	dir := args[0]
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	path, name := filepath.Join(dir, "socket"), fmt.Sprintf("hermetic-outside-%d", os.Getpid())
	byPath, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	byName, err := net.Listen("unix", "@"+name)
	if err != nil {
		return err
	}
	reached := make(chan string)
	for what, listener := range map[string]net.Listener{"tcp": tcp, "unix": byPath, "abstract": byName} {
		go func() {
			for {
				if _, err := listener.Accept(); err != nil {
					reached <- err.Error()
					return
				}
				reached <- what
			}
		}()
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGUSR1)
	text := fmt.Sprintf("tcp %s\nunix %s\nabstract %s\nsignal %d\n", tcp.Addr(), path, name, os.Getpid())
	if err := os.WriteFile(filepath.Join(dir, "addresses.new"), []byte(text), 0o644); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, "addresses.new"), filepath.Join(dir, "addresses")); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir, "reached"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for {
		var what string
		select {
		case what = <-reached:
		case <-signals:
			what = "signal"
		}
		if _, err := fmt.Fprintln(log, what); err != nil {
			return err
		}
	}
}
