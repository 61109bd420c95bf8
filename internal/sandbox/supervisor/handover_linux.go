package supervisor

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Handover is the socket on which a second stage hands its listener to us.
type Handover struct {
	ours, Theirs        *os.File // Theirs goes to the second stage; the caller closes it when that has been started
	stopRead, stopWrite *os.File
	once                sync.Once
}

// NewHandover makes the socket.
func NewHandover() (*Handover, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making a socket: %w", err)
	}
	h := &Handover{ours: os.NewFile(uintptr(pair[0]), "listener"), Theirs: os.NewFile(uintptr(pair[1]), "listener")}
	if h.stopRead, h.stopWrite, err = os.Pipe(); err != nil {
		h.ours.Close()
		h.Theirs.Close()
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	return h, nil
}

// Send is the second stage's part. listener is closed.
func Send(socket, listener int) error {
	err := unix.Sendmsg(socket, []byte{0}, unix.UnixRights(listener), nil, 0)
	unix.Close(listener)
	return err
}

// Serve waits for the listener and answers until nobody is left under the filter
// or Stop is called. A second stage that ends before it has sent one is no error:
// it says why elsewhere.
func (h *Handover) Serve(serve func(listener, stop int) error) error {
	var data [1]byte
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(int(h.ours.Fd()), data[:], oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return fmt.Errorf("waiting for the second stage: %w", err)
	}
	if n == 0 {
		return nil
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return fmt.Errorf("reading what the second stage handed over: %d messages: %w", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return fmt.Errorf("reading what the second stage handed over: %d descriptors: %w", len(fds), err)
	}
	defer unix.Close(fds[0])
	return serve(fds[0], int(h.stopRead.Fd()))
}

// Stop ends Serve. It may be called more than once.
func (h *Handover) Stop() {
	h.once.Do(func() {
		h.stopWrite.Close()
		// What waits for a listener sees the end of the socket.
		_ = unix.Shutdown(int(h.ours.Fd()), unix.SHUT_RDWR)
	})
}

// Close closes what NewHandover opened, but Theirs. Serve must have returned.
func (h *Handover) Close() {
	h.Stop()
	h.ours.Close()
	h.stopRead.Close()
}
