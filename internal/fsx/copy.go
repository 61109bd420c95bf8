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
// reading and writing. It returns the digest of the bytes that are now in dst
// and the permission bits of src; those of dst stay as they are.
//
// A link or a special file at src is an error (ErrNotRegular); so is not being
// able to write all of it. It shares the blocks (reflink) where the file system
// can, and then hashes dst, not src: src may change at any time, dst is ours.
// It does not flush dst.
func Copy(dst *os.File, src string) (digest.Digest, fs.FileMode, error) {
	from, info, err := openRegular(src)
	if err != nil {
		return digest.Digest{}, 0, err
	}
	var d digest.Digest
	if clone(dst, from) {
		d, err = digest.FromReader(dst)
	} else {
		d, err = copyHashing(dst, from)
	}
	if err := errors.Join(err, from.Close()); err != nil {
		return digest.Digest{}, 0, err
	}
	return d, info.Mode().Perm(), nil
}

// copyHashing reads once and writes what it hashes. The data must pass through
// memory for the hash, so copy_file_range(2) could only save the write.
func copyHashing(dst io.Writer, src io.Reader) (digest.Digest, error) {
	return hash(context.Background(), io.TeeReader(src, dst), make([]byte, BufferSize))
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
