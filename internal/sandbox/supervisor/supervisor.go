// Package supervisor answers the system calls that a seccomp filter hands over
// (seccomp_unotify(2)). The caller of such a call is blocked while the
// supervisor looks, so what it reads of that process belongs to that call.
//
// What it does not give: a string in the memory of a process with several
// threads may be changed by another thread between the look and the call. A
// decision to continue a call is therefore never a wall by itself; the kernel
// must refuse what may not be, or the supervisor must do the call in its own
// process and return the result.
package supervisor

// Answer is what becomes of one call. The zero value lets it continue.
type Answer struct {
	kind  kind
	errno int32
	value int64
	fd    int
}

type kind uint8

const (
	continued kind = iota
	refused
	returned
	opened
)

// Continue lets the kernel do the call as if nobody had looked.
func Continue() Answer { return Answer{} }

// Refuse makes the call fail with an error number.
func Refuse(errno uintptr) Answer { return Answer{kind: refused, errno: int32(errno)} }

// Return makes the call succeed with a value, without the kernel doing it.
func Return(value int64) Answer { return Answer{kind: returned, value: value} }

// Open makes the call return a new descriptor for what fd of the supervisor is open
// on. The supervisor's fd is closed afterwards. Of the flags that the caller gave,
// only unix.O_CLOEXEC counts.
func Open(fd int, flags uint64) Answer { return Answer{kind: opened, fd: fd, value: int64(flags)} }
