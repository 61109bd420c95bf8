//go:build unix

package download

import "syscall"

// nonBlocking keeps an open from waiting for a fifo's other end, and from
// following a link.
const nonBlocking = syscall.O_NONBLOCK | syscall.O_NOFOLLOW
