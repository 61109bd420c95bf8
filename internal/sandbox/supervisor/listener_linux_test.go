package supervisor_test

import (
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// TestServeUnsure serves a descriptor of which the kernel says that it is in error. It says so of a
// listener, too, when a signal comes while it looks (seccomp_notify_poll): somebody is still there.
func TestServeUnsure(t *testing.T) {
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writing.Close()
	reading.Close()
	stopRead, stopWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stopRead.Close()
	var told atomic.Bool
	ended := make(chan error)
	go func() {
		err := supervisor.Serve(int(writing.Fd()), int(stopRead.Fd()), nil)
		if !told.Load() {
			t.Error("it has ended, and nobody has told it to")
		}
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	told.Store(true)
	stopWrite.Close()
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
	stopRead, stopWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stopRead.Close()
	defer stopWrite.Close()
	if err := supervisor.Serve(1<<20, int(stopRead.Fd()), nil); err == nil {
		t.Error("nobody can ask, and that is no error")
	}
}
