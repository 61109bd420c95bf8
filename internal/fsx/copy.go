package fsx

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// BufferSize is what one read asks for: large enough that the system call does
// not show beside SHA-256 (1 GB/s), small enough for the second-level cache.
const BufferSize = 256 << 10

// Copy copies the regular file src into dst, which must be empty and open for
// writing. It returns the permission bits of src; those of dst stay as they are.
//
// A link or a special file at src is an error (ErrNotRegular); so is not being
// able to write all of it. It shares the blocks (reflink) where the file system
// can, and else lets the kernel copy. What src is while it changes, dst may be:
// whoever names the content hashes dst afterwards. It does not flush dst.
func Copy(dst *os.File, src string) (fs.FileMode, error) {
	from, info, err := openRegular(src)
	if err != nil {
		return 0, err
	}
	if !clone(dst, from) {
		_, err = io.Copy(dst, from) // copy_file_range(2) on Linux
	}
	if err := errors.Join(err, from.Close()); err != nil {
		return 0, err
	}
	return info.Mode().Perm(), nil
}

// hash reads all of r. It looks at ctx once a buffer.
func hash(ctx context.Context, r io.Reader, buffer []byte) (digest.Digest, error) {
	h, size := sha256.New(), int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return digest.Digest{}, err
		}
		n, err := r.Read(buffer)
		h.Write(buffer[:n])
		size += int64(n)
		if err == io.EOF {
			return digest.FromSum([sha256.Size]byte(h.Sum(nil)), size), nil
		}
		if err != nil {
			return digest.Digest{}, err
		}
	}
}

// notRegular is the error for a path that should have been a regular file.
func notRegular(op, path string) error {
	return &fs.PathError{Op: op, Path: path, Err: ErrNotRegular}
}
