//go:build unix

package build

import (
	"io/fs"
	"syscall"
)

// nonBlocking makes opening a fifo return at once.
const nonBlocking = syscall.O_NONBLOCK

// ownerOf returns the uid that owns a file.
func ownerOf(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}
