//go:build unix

package audit

import "syscall"

// nonBlocking makes opening a fifo return at once.
const nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY
