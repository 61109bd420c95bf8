//go:build unix

package oci

import "syscall"

// nonBlocking keeps the opening of a fifo from waiting for its other end.
const nonBlocking = syscall.O_NONBLOCK
