package supervisor

import (
	"errors"
	"fmt"
	"os"
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

// Serve answers calls until no process is left under the filter, or until a
// byte or the end of stop can be read. It uses one thread of its own: more
// make each answer slower (kernel study, 2.2).
//
// An error means that the filter stands without anybody who answers: calls
// that it hands over then fail with ENOSYS as soon as listener is closed.
func Serve(listener, stop int, answer func(*Call) Answer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The caller is woken on this processor. Linux 6.6; without it answers are
	// only slower.
	_ = unix.IoctlSetInt(listener, ioctlSetFlags, unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	ended, end, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	var waker sync.WaitGroup
	thread := unix.Gettid()
	waker.Go(func() { interrupt(stop, int(ended.Fd()), thread) })
	defer func() {
		end.Close()
		waker.Wait()
		ended.Close()
	}()
	for {
		over, err := serveOne(listener, stop, answer)
		if over || err != nil {
			return err
		}
	}
}

// interrupt lets a thread look at stop when that can be read, although it waits for
// a system call, until ended can be read. A kernel before 6.11 would not tell it
// otherwise that nobody is left who could make one.
func interrupt(stop, ended, thread int) {
	const again = 10 // milliseconds: it may not have begun to wait
	wait := -1
	for {
		fds := []unix.PollFd{{Fd: int32(ended), Events: unix.POLLIN}, {Fd: int32(stop), Events: unix.POLLIN}}
		if wait == again {
			fds = fds[:1]
		}
		// An error is EINTR: with these arguments there is no other (poll(2)).
		if _, err := unix.Poll(fds, wait); err != nil {
			continue
		}
		if fds[0].Revents != 0 {
			return
		}
		wait = again
		// The runtime's own signal for its threads, which does nothing to one that
		// has nothing to do.
		_ = unix.Tgkill(os.Getpid(), thread, unix.SIGURG)
	}
}

// finished reports whether there is nobody left to answer for, or stop can be read.
func finished(listener, stop int) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(listener)}, {Fd: int32(stop), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, 0); err != nil {
		if errors.Is(err, unix.EINTR) {
			return false, nil
		}
		return false, fmt.Errorf("waiting for system calls: %w", err)
	}
	return fds[0].Revents != 0 || fds[1].Revents != 0, nil
}

// serveOne waits for a call and answers it. It reports whether there will be no
// other.
func serveOne(listener, stop int, answer func(*Call) Answer) (over bool, err error) {
	var req request // the kernel insists on zeros
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&req)))
	switch errno {
	case 0:
	case unix.ENOENT, unix.EINTR:
		// The caller was killed before we looked; or nobody is left; or we are
		// to stop.
		return finished(listener, stop)
	default:
		return false, fmt.Errorf("receiving a system call: %w", errno)
	}
	call := &Call{Number: uintptr(req.nr), Args: req.args, TID: int(req.pid), listener: listener, id: req.id}
	a := answer(call)
	call.forget()
	if a.kind == opened {
		a = hand(listener, req.id, a.fd, uint32(a.value)&unix.O_CLOEXEC)
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
	if err := ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&resp)); err != nil && !gone(err) {
		return false, fmt.Errorf("answering a system call: %w", err)
	}
	return false, nil
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
			if request != unix.SECCOMP_IOCTL_NOTIF_RECV {
				continue
			}
		}
		return errno
	}
}
