package fsx

import (
	"io/fs"
	"syscall"
)

// identify adds what os.FileInfo keeps in the system's own structure.
func identify(e *Entry, info fs.FileInfo) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return // then CtimeNs stays 0 and nobody remembers this entry
	}
	e.CtimeNs = st.Ctimespec.Nano()
	e.Ino, e.Dev, e.Nlink = st.Ino, uint64(st.Dev), uint64(st.Nlink)
	e.Disk = st.Blocks * 512
	e.Mode = uint32(st.Mode) & 0o7777
}
