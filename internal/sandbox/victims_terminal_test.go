//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// terminal are attempts on a terminal that the victim has as its streams, and
// that belongs to a session of the host (E33, E41). The program itself never
// hands its terminal to a world; a caller of this package might.
var terminal = family{name: "terminal", surround: watchFiles, terminal: true, attempts: []attempt{
	{name: "type", try: types(0, unix.TIOCSTI), refused: "EPERM", outside: "success EIO EPERM", quiet: true}, // dev.tty.legacy_tiocsti
	{name: "type-on-output", try: types(1, unix.TIOCSTI), refused: "EPERM", outside: "success EIO EPERM", quiet: true},
	{name: "type-on-errors", try: types(2, unix.TIOCSTI), refused: "EPERM", outside: "success EIO EPERM", quiet: true},
	// With rubbish in the high half, which the kernel does not look at
	// (CVE-2019-10063).
	{name: "type-with-rubbish", try: types(0, 1<<32|unix.TIOCSTI), refused: "EPERM", outside: "success EIO EPERM", quiet: true},
	// Pasting is for consoles; any other terminal says that it is none.
	{name: "paste", try: types(0, unix.TIOCLINUX), refused: "EPERM", outside: "ENOTTY EINVAL", quiet: true},
	{name: "paste-with-rubbish", try: types(0, 1<<32|unix.TIOCLINUX), refused: "EPERM", outside: "ENOTTY EINVAL", quiet: true},
	{name: "take-over", try: func(*scene) error { return call(unix.SYS_IOCTL, 0, unix.TIOCSCTTY, 0) }, refused: "EPERM", quiet: true},
	{name: "take-over-by-force", try: func(*scene) error { return call(unix.SYS_IOCTL, 0, unix.TIOCSCTTY, 1) }, refused: "EPERM", quiet: true},
	{name: "foreground", try: func(*scene) error { return unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, unix.Getpgrp()) }, refused: "ENOTTY", quiet: true},
	{name: "hang-up", try: func(*scene) error { return call(unix.SYS_IOCTL, 0, unix.TIOCVHANGUP, 0) }, refused: "EPERM", where: nowhere}, // it would end the attempt
	{name: "console", try: func(*scene) error { return call(unix.SYS_IOCTL, 0, unix.TIOCCONS, 0) }, refused: "EPERM", where: nowhere},    // it would turn the host's messages here
	{name: "by-name", try: opens("/dev/tty", unix.O_RDWR), refused: "ENOENT", quiet: true},
	{name: "other-terminals", try: func(*scene) error { _, err := os.ReadDir("/dev/pts"); return err }, refused: "ENOENT", quiet: true},
}}

// types has the kernel believe that somebody has typed an x.
func types(fd int, request uintptr) func(*scene) error {
	return func(*scene) error {
		c := [2]byte{'x'}
		return call(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&c)))
	}
}

// ptyPair opens a terminal. What is shown on it is in the buffer when shown has
// been closed, which is when nobody has the terminal open any more.
func ptyPair(t *testing.T) (slave *os.File, screen *bytes.Buffer, shown chan struct{}) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	screen, shown = &bytes.Buffer{}, make(chan struct{})
	go func() {
		defer close(shown)
		// EIO says that nobody has the other end.
		_, _ = screen.ReadFrom(master)
	}()
	t.Cleanup(func() { master.Close() })
	return slave, screen, shown
}

// runAtTerminal is runIn with a terminal that is another session's.
func runAtTerminal(t *testing.T, i sandbox.Isolation, s sandbox.Spec) (string, sandbox.Result, error) {
	t.Helper()
	slave, screen, shown := ptyPair(t)
	owner := exec.Command(ownProgram(t), bystanderArg)
	owner.ExtraFiles = []*os.File{slave}
	owner.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	wait, err := owner.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	s.Stdin, s.Stdout, s.Stderr = slave, slave, slave
	result, err := sandbox.Run(context.Background(), i, s)
	wait.Close()
	if ended := owner.Wait(); ended != nil {
		t.Errorf("the owner of the terminal: %v", ended)
	}
	slave.Close()
	<-shown
	return strings.ReplaceAll(screen.String(), "\r\n", "\n"), result, err
}

// ownsTerminal runs a command at a terminal of its own.
func ownsTerminal(t *testing.T, cmd *exec.Cmd) (string, error) {
	t.Helper()
	slave, screen, shown := ptyPair(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err := cmd.Run()
	slave.Close()
	<-shown
	return strings.ReplaceAll(screen.String(), "\r\n", "\n"), err
}
