package supervisor

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// request is struct seccomp_notif (include/uapi/linux/seccomp.h).
type request struct {
	id    uint64
	pid   uint32 // of the thread, in our pid namespace
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// addfd is struct seccomp_notif_addfd.
type addfd struct {
	id         uint64
	flags      uint32
	srcfd      uint32
	newfd      uint32
	newfdFlags uint32
}

const (
	// include/uapi/linux/seccomp.h; not in golang.org/x/sys/unix 0.49.
	ioctlAddFD    = 0x40182103
	ioctlIDValid  = 0x40082102
	ioctlSetFlags = 0x40082104
)

// Beside is other work of the goroutine that serves: Do is called when FD can be
// read, and takes care that it cannot be any more; and when a signal came, which may be
// about to make that so. An error ends the service.
type Beside struct {
	FD int
	Do func() error
}

// Serve answers calls until no process is left under the filter, or until a
// byte or the end of stop can be read. It answers one after the other: more
// threads make each answer slower (kernel study, 2.2).
//
// An error means that the filter stands without anybody who answers: calls
// that it hands over then fail with ENOSYS as soon as listener is closed.
//
// The scheduler is not told of its waits. Told, it wakes a thread of its own some
// fifty times after each wait of more than 10 ms to see whether others wait as long
// (runtime.sysmon), which cost more than all answers together.
func Serve(listener, stop int, answer func(*Call) Answer, beside ...Beside) error {
	defer alone()()
	// The caller is woken on this processor. Linux 6.6; without it answers are
	// only slower.
	_ = unix.IoctlSetInt(listener, ioctlSetFlags, unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}, {Fd: int32(stop), Events: unix.POLLIN}}
	for _, b := range beside {
		fds = append(fds, unix.PollFd{Fd: int32(b.FD), Events: unix.POLLIN})
	}
	call := &Call{listener: listener}
	for {
		if err := await(fds); err != nil {
			return err
		}
		for i, b := range beside {
			if fds[asked+i].Revents == 0 {
				continue
			}
			if err := b.Do(); err != nil {
				return err
			}
		}
		switch calls, end := fds[0].Revents, fds[1].Revents; {
		case end != 0:
			return nil
		case calls&unix.POLLIN != 0:
			if err := call.serve(answer); err != nil {
				return err
			}
		case calls&unix.POLLHUP != 0: // nobody is left
			return nil
		case calls&unix.POLLNVAL != 0:
			return fmt.Errorf("waiting for system calls: %w", unix.EBADF)
		}
		// POLLERR: a signal came while the kernel waited for the listener's lock
		// (seccomp_notify_poll), so it does not know.
	}
}

var (
	processors sync.Mutex // of the two, and of runtime.GOMAXPROCS
	serving    int        // goroutines in Serve
	before     int        // what GOMAXPROCS was without them
)

// alone gives the scheduler a processor for each goroutine that serves, which is
// running as far as the scheduler knows, also while it waits; and one for all others,
// until it is undone. With more that are idle, each time slice of one that serves (10
// ms) wakes a thread to look for work that is not there.
func alone() (undo func()) {
	change := func(by int) {
		processors.Lock()
		defer processors.Unlock()
		if serving == 0 {
			before = runtime.GOMAXPROCS(0)
		}
		want := before
		if serving += by; serving > 0 {
			want = serving + 1
		}
		runtime.GOMAXPROCS(want)
	}
	change(+1)
	return func() { change(-1) }
}

// answering is held for reading from the moment that a call is taken until it has its
// answer.
var answering sync.RWMutex

// AtRest runs do, which may stop this process, between two answers. Who waits for an
// answer can be killed, and not stopped: it would count as one that works (state D) for
// as long as we are stopped.
func AtRest(do func() error) error {
	answering.Lock()
	defer answering.Unlock()
	return do()
}

// asked is the index of the first descriptor of what is done beside.
const asked = 2

// await waits until one of them can be read, or a signal came: then nothing is known of the
// first two, and the others are said to be ready, which saves a second wait for most of them. The
// scheduler can have its thread back at any time, to collect garbage for example: by a
// signal, which ends a poll(2) always, and other waits only if their kernel likes; and
// by what every function that is called begins with. So this must be a call, and no
// loop of its own.
//
//go:noinline
func await(fds []unix.PollFd) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), uintptr(len(fds)), 0, 0, 0, 0)
	switch errno {
	case 0:
		return nil
	case unix.EINTR:
		for i := range fds {
			fds[i].Revents = 0 // as they were
			if i >= asked {
				fds[i].Revents = unix.POLLIN
			}
		}
		return nil
	}
	return fmt.Errorf("waiting for system calls: %w", errno)
}

// serve takes the call that waits, and answers it.
func (c *Call) serve(answer func(*Call) Answer) error {
	answering.RLock()
	defer answering.RUnlock()
	var req request // the kernel insists on zeros
	switch err := ioctl(c.listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&req)); {
	case errors.Is(err, unix.ENOENT):
		return nil // the caller was killed before we looked
	case err != nil:
		return fmt.Errorf("receiving a system call: %w", err)
	}
	c.Number, c.Args, c.TID, c.Return, c.id = uintptr(req.nr), req.args, int(req.pid), req.ip, req.id
	a := answer(c)
	c.forget()
	if a.kind == opened {
		a = hand(c.listener, req.id, a.fd, uint32(a.value)&unix.O_CLOEXEC)
	}
	resp := response{id: req.id}
	switch a.kind {
	case continued:
		resp.flags = unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE
	case refused:
		resp.errno = -a.errno
	case returned:
		resp.value = a.value
	}
	if err := ioctl(c.listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&resp)); err != nil && !gone(err) {
		return fmt.Errorf("answering a system call: %w", err)
	}
	return nil
}

// hand opens fd of ours in the caller, and closes it here. The answer is the number
// that it has there.
//
// In two steps, although the kernel has one (SECCOMP_ADDFD_FLAG_SEND): a signal to us
// in the middle of that one lets the caller go with the answer 0, and without the
// descriptor. Signals come with every process that ends.
func hand(listener int, id uint64, fd int, flags uint32) Answer {
	defer unix.Close(fd)
	add := addfd{id: id, srcfd: uint32(fd), newfdFlags: flags}
	for {
		// RawSyscall as in ioctl; the result is a descriptor of the caller's.
		number, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(listener), ioctlAddFD, uintptr(unsafe.Pointer(&add)))
		switch {
		case errno == 0:
			return Return(int64(number))
		case errno == unix.EINTR:
			continue
		}
		// The caller has no room for another descriptor, for example; or it is gone,
		// and any answer is as good.
		return Refuse(uintptr(errno))
	}
}

// gone reports that the caller was killed, or interrupted, while we looked.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINPROGRESS)
}

// ioctl does not tell the scheduler: none of these calls waits, and with ten
// thousands of them telling it costs more than they do.
func ioctl(fd int, request uint, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
			continue
		}
		return errno
	}
}
