package fsx

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// shareChunk is what one call is asked to share: some file systems (btrfs) do no
// more than 16 MiB at a time.
const shareChunk = 16 << 20

// Share makes dst keep its content in the blocks of src, if both hold the same,
// which the kernel compares under its own locks (FIDEDUPERANGE: btrfs and xfs).
// Whatever happens, no byte, time, link count or inode number of either file
// changes. Both may be open for reading only, if dst is the caller's file.
//
// It returns the number of bytes that are shared now, from the beginning of the
// files; less than size when the contents differ. ErrCannotShare: the file
// system does not do it, or not between these two.
func Share(dst, src *os.File, size int64) (int64, error) {
	var done int64
	for done < size {
		r := &unix.FileDedupeRange{
			Src_offset: uint64(done), Src_length: uint64(min(size-done, shareChunk)),
			Info: []unix.FileDedupeRangeInfo{{Dest_fd: int64(dst.Fd()), Dest_offset: uint64(done)}},
		}
		err := unix.IoctlFileDedupeRange(int(src.Fd()), r)
		if err == nil && r.Info[0].Status < 0 {
			err = unix.Errno(-r.Info[0].Status)
		}
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case cannotShare(err):
			return done, ErrCannotShare
		case err != nil:
			return done, &os.PathError{Op: "dedupe", Path: dst.Name(), Err: err}
		case r.Info[0].Status == unix.FILE_DEDUPE_RANGE_DIFFERS, r.Info[0].Bytes_deduped == 0:
			return done, nil
		}
		done += int64(r.Info[0].Bytes_deduped)
	}
	return done, nil
}

// cannotShare reports whether the kernel refuses for good: no such call there
// (ENOTTY, EOPNOTSUPP, ENOSYS), two file systems or two mounts of one (EXDEV),
// another user's file (EPERM), a file that is swapped on (ETXTBSY), a range that
// it never shares (EINVAL: less than a block, other check sums on btrfs).
func cannotShare(err error) bool {
	for _, refusal := range []unix.Errno{unix.ENOTTY, unix.EOPNOTSUPP, unix.ENOSYS, unix.EXDEV, unix.EPERM, unix.ETXTBSY, unix.EINVAL} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}
