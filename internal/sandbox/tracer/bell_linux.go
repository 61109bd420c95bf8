package tracer

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bell is a descriptor that can be read when something has happened to a task: so
// one thread can wait for that and for other things. wait4(2) itself is not waited in,
// for the reason that stands at supervisor.Serve.
//
// What rings is SIGCHLD, by a handler of our own that writes to the descriptor (a
// self-pipe; D. J. Bernstein). os/signal would do, but wakes two more threads for each
// signal, which was a quarter of all that supervision costs. The kernel prefers the
// tracing thread for the signal of a task that it traces, so mostly nobody is woken
// but whom it is for.
type bell struct {
	fd   int
	slot *int32
}

// Bells that the handler rings: those of the first `slots` that are not free.
var (
	bells   [maxBells]int32 // descriptors; free ones are -1
	slots   int64
	ringing int64 // handlers that run: before it is 0 no bell is taken away

	hanging sync.Mutex
)

const (
	maxBells = 64 // runs that one process can follow at once
	free     = -1
)

func newBell() (*bell, error) {
	hanging.Lock()
	defer hanging.Unlock()
	if err := listen(); err != nil {
		return nil, err
	}
	i := slices.Index(bells[:slots], free)
	if i < 0 {
		i = int(slots)
	}
	if i == maxBells {
		return nil, errors.New("one process cannot follow so many runs at once")
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("making an eventfd: %w", err)
	}
	atomic.StoreInt32(&bells[i], int32(fd))
	atomic.StoreInt64(&slots, max(slots, int64(i)+1))
	return &bell{fd, &bells[i]}, nil
}

// listen installs the handler, once. Nobody else here wants the signal: package os
// waits for children without it.
var listen = sync.OnceValue(func() error {
	action := struct { // struct sigaction of the kernel (include/linux/signal_types.h)
		handler, flags, restorer uintptr
		mask                     uint64
	}{handler: ringAddress(), flags: onStack | restart | restorerFlag, restorer: restorerAddress(), mask: ^uint64(0)}
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), uintptr(unsafe.Pointer(&action)), 0, unsafe.Sizeof(action.mask), 0, 0)
	if errno != 0 {
		return fmt.Errorf("handling SIGCHLD: %w", errno)
	}
	return nil
})

// Of sigaction(2): the handler runs on the thread's signal stack, which the runtime
// has given it, and calls that it interrupts begin again where they can.
const (
	onStack = 0x08000000
	restart = 0x10000000
)

// ringAddress is the address of the handler. It writes to each bell (`ringing`, as a
// number that is not 0 and at hand), and uses no Go: it may come at any instruction,
// on any thread.
func ringAddress() uintptr

// Bell is the descriptor. Handle takes out what there is to read.
func (b *bell) Bell() int { return b.fd }

// quieten takes out what there is to read, before one looks at what it stands for.
func (b *bell) quieten() {
	var data [8]byte
	_, _, _ = unix.RawSyscall(unix.SYS_READ, uintptr(b.fd), uintptr(unsafe.Pointer(&data)), uintptr(len(data))) // EAGAIN: nothing
}

// await waits until it can be read.
func (b *bell) await() {
	// An error is EINTR: with these arguments there is no other (poll(2)).
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(b.fd), Events: unix.POLLIN}}, -1)
}

// Close frees what New took. Nothing may be traced any more.
func (b *bell) Close() {
	hanging.Lock()
	defer hanging.Unlock()
	atomic.StoreInt32(b.slot, free)
	for atomic.LoadInt64(&ringing) != 0 { // one may be about to write to it
		runtime.Gosched()
	}
	unix.Close(b.fd)
}
