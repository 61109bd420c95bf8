//go:build unix

package build

import "syscall"

// nonBlocking makes opening a fifo return at once.
const nonBlocking = syscall.O_NONBLOCK
