package tracer

import (
	"errors"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBells: the end of a child rings every bell, and none that was taken away, whose
// descriptor may be somebody else's by then.
func TestBells(t *testing.T) {
	hang := func() *bell {
		b, err := newBell()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	rings := func(fd int) bool {
		for {
			// A signal to this process ends a poll even when it does not wait.
			if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0); !errors.Is(err, unix.EINTR) {
				return err == nil && n == 1
			}
		}
	}
	first, second := hang(), hang()
	defer second.Close()
	end := func() {
		if err := exec.Command("true").Run(); err != nil {
			t.Fatal(err)
		}
	}
	end()
	if !rings(first.fd) || !rings(second.fd) {
		t.Fatalf("after a child's end: the first rings: %t, the second: %t", rings(first.fd), rings(second.fd))
	}
	first.Close()
	second.quieten()
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if fd != first.fd {
		t.Fatalf("the descriptor %d was to be used again, and %d was", first.fd, fd)
	}
	end()
	if rings(fd) || !rings(second.fd) {
		t.Errorf("after the first was taken away: its descriptor rings: %t, the second: %t", rings(fd), rings(second.fd))
	}
	third := hang()
	defer third.Close()
	if third.slot != first.slot {
		t.Error("a free place is not used again")
	}
}
