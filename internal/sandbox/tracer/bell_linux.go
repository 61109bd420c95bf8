package tracer

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// bell is a descriptor that can be read when something has happened to a task: so
// one thread can wait for that and for other things. wait4(2) itself is not waited in,
// for the reason that stands at supervisor.Serve.
type bell struct {
	fd      int
	signals chan os.Signal
	stopped chan struct{}
}

func newBell() (*bell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("making an eventfd: %w", err)
	}
	// One is enough: what happens before it is taken out is seen then.
	b := &bell{fd: fd, signals: make(chan os.Signal, 1), stopped: make(chan struct{})}
	signal.Notify(b.signals, unix.SIGCHLD)
	go b.ring()
	return b, nil
}

func (b *bell) ring() {
	defer close(b.stopped)
	one := binary.NativeEndian.AppendUint64(nil, 1)
	for range b.signals {
		// It cannot fail: the counter is taken back to 0 long before it is full.
		_, _ = unix.Write(b.fd, one)
	}
}

// Bell is the descriptor. Handle takes out what there is to read.
func (b *bell) Bell() int { return b.fd }

// quieten takes out what there is to read, before one looks at what it stands for.
func (b *bell) quieten() {
	var data [8]byte
	_, _ = unix.Read(b.fd, data[:]) // EAGAIN: nothing
}

// await waits until it can be read.
func (b *bell) await() {
	// An error is EINTR: with these arguments there is no other (poll(2)).
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(b.fd), Events: unix.POLLIN}}, -1)
}

// Close frees what New took. Nothing may be traced any more.
func (b *bell) Close() {
	signal.Stop(b.signals)
	close(b.signals)
	<-b.stopped
	unix.Close(b.fd)
}
