package seccomp

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (include/uapi/linux/seccomp.h).
const (
	offNumber = 0
	offArch   = 4
	offArgs   = 16 // six 64-bit values; the low half comes first (little endian)
)

// Program compiles rules into a classic BPF program. Every rule is a block
// that either returns or falls through to the next; the last instruction allows.
func Program(rules []Rule) ([]unix.SockFilter, error) {
	prog := []unix.SockFilter{
		load(offArch),
		jump(unix.BPF_JEQ, auditArch, 1, 0),
		refuse(ENOSYS),
		load(offNumber),
	}
	if foreignBit != 0 {
		prog = append(prog, jump(unix.BPF_JGE, foreignBit, 0, 1), refuse(ENOSYS))
	}
	for _, r := range rules {
		body := r.body()
		if len(body) > 255 {
			return nil, fmt.Errorf("seccomp: rule for %s is too long for a short jump", r.Call.Name)
		}
		// The accumulator holds the call number here and after each block.
		prog = append(prog, jump(unix.BPF_JEQ, r.Call.Number, 0, uint8(len(body))))
		prog = append(prog, body...)
	}
	prog = append(prog, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	if len(prog) > unix.BPF_MAXINSNS {
		return nil, fmt.Errorf("seccomp: program of %d instructions is longer than the kernel takes", len(prog))
	}
	return prog, nil
}

// body returns the instructions that run when the call number matches. It
// either returns or leaves the call number in the accumulator.
func (r Rule) body() []unix.SockFilter {
	if len(r.Allowed) > 0 {
		body := []unix.SockFilter{load(offArgs)}
		for i, v := range r.Allowed {
			// Jump over the remaining comparisons and the refusal.
			body = append(body, jump(unix.BPF_JEQ, v, uint8(len(r.Allowed)-i), 0))
		}
		return append(body, r.verdict(), load(offNumber))
	}
	if len(r.When) == 0 {
		return []unix.SockFilter{r.verdict()}
	}
	var body []unix.SockFilter
	if r.All {
		// Built from the end: a condition that does not hold jumps over all that
		// follows, to the last instruction.
		body = []unix.SockFilter{r.verdict()}
		for _, c := range slices.Backward(r.When) {
			body = append(c.test(0, uint8(len(body))), body...)
		}
	} else {
		for _, c := range r.When {
			body = append(append(body, c.test(0, 1)...), r.verdict())
		}
	}
	return append(body, load(offNumber))
}

// test returns instructions after which the program goes on holds instructions
// further if c holds, and otherwise fails instructions further.
func (c Condition) test(holds, fails uint8) []unix.SockFilter {
	low := load(uint32(offArgs + 8*c.Arg))
	switch c.Op {
	case Given:
		return []unix.SockFilter{
			low, jump(unix.BPF_JEQ, 0, 0, holds+2),
			load(uint32(offArgs + 8*c.Arg + 4)), jump(unix.BPF_JEQ, 0, fails, holds),
		}
	case Whole:
		return []unix.SockFilter{
			low, jump(unix.BPF_JEQ, c.Value, 0, fails+2),
			load(uint32(offArgs + 8*c.Arg + 4)), jump(unix.BPF_JEQ, c.High, holds, fails),
		}
	case HasBits:
		return []unix.SockFilter{low, jump(unix.BPF_JSET, c.Value, holds, fails)}
	}
	return []unix.SockFilter{low, jump(unix.BPF_JEQ, c.Value, holds, fails)}
}

// verdict returns the instruction that ends the program where r holds.
func (r Rule) verdict() unix.SockFilter {
	end := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	switch {
	case r.Allow:
		return end(unix.SECCOMP_RET_ALLOW)
	case r.Ask:
		return end(unix.SECCOMP_RET_USER_NOTIF)
	case r.Stop:
		return end(unix.SECCOMP_RET_TRACE)
	}
	return refuse(r.Errno)
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(op uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, K: k, Jt: yes, Jf: no}
}

func refuse(e Errno) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(e)}
}

// Install puts prog on the calling thread and on whatever it forks. The caller
// must have locked its goroutine to the thread and set no_new_privs. It cannot
// be undone.
func Install(prog []unix.SockFilter) error {
	_, err := install(prog, 0)
	return err
}

// InstallListener is Install for a program with rules that ask. It returns the
// descriptor on which the supervisor is asked. unix.EBUSY means that this
// process is under a supervisor already: the kernel has one per process.
func InstallListener(prog []unix.SockFilter) (int, error) {
	// A caller that waits for an answer may only be killed, not interrupted: a
	// program with busy timers would begin its call again for ever (P28).
	fd, err := install(prog, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
	if errors.Is(err, unix.EINVAL) { // before Linux 5.19
		fd, err = install(prog, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	}
	return fd, err
}

func install(prog []unix.SockFilter, flags uintptr) (int, error) {
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(prog)
	if errno != 0 {
		return -1, fmt.Errorf("seccomp: %w", errno)
	}
	return int(r), nil
}
