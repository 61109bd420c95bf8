package supervisor_test

import (
	"os"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// pipe is closed at the latest when the test ends.
func pipe(t *testing.T) (reading, writing *os.File) {
	t.Helper()
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		reading.Close()
		writing.Close()
	})
	return reading, writing
}

// TestServeUnsure serves a descriptor of which the kernel says that it is in error. It says so of a
// listener, too, when a signal comes while it looks (seccomp_notify_poll): somebody is still there.
func TestServeUnsure(t *testing.T) {
	reading, writing := pipe(t)
	reading.Close()
	stop, tell := pipe(t)
	ended := make(chan error, 1)
	go func() { ended <- supervisor.Serve(int(writing.Fd()), int(stop.Fd()), nil) }()
	select {
	case err := <-ended:
		t.Fatalf("it has ended, and nobody has told it to: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	tell.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not stop")
	}
}

// TestServeNothing serves a descriptor that is none.
func TestServeNothing(t *testing.T) {
	stop, _ := pipe(t)
	if err := supervisor.Serve(1<<20, int(stop.Fd()), nil); err == nil {
		t.Error("nobody can ask, and that is no error")
	}
}
