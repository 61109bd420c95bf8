package oci

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// summed hashes what is read through it, and reads no more than it may.
type summed struct {
	from io.Reader
	want v1.Hash
	size int64 // that is wanted; -1 where only the hash is known
	sum  hash.Hash
	read int64
}

// verified reads content that a descriptor names.
func verified(from io.Reader, d v1.Descriptor) *summed {
	// One byte more than it may have shows that there is more.
	return &summed{from: io.LimitReader(from, d.Size+1), want: d.Digest, size: d.Size, sum: sha256.New()}
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.sum.Write(p[:n])
	s.read += int64(n)
	return n, err
}

// check compares what was read with what was to be read. Before the end of the
// content it reports a difference.
func (s *summed) check(what string) error {
	got := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(s.sum.Sum(nil))}
	if got == s.want && (s.size < 0 || s.read == s.size) {
		return nil
	}
	d := differs(what, s.want, got)
	if s.size >= 0 && s.read < s.size {
		d.Note("it ends after %d of %d bytes", s.read, s.size)
	}
	return d
}

// allowance is the number of bytes that an image may still unpack to.
type allowance struct {
	from io.Reader
	ctx  context.Context
	left *int64
}

func (a allowance) Read(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := a.from.Read(p)
	if *a.left -= int64(n); *a.left < 0 {
		return 0, tooLarge()
	}
	return n, err
}

func tooLarge() error { return refuse("it unpacks to more than an image may have") }

// walk reads the tar stream of one archive and verifies the archive, compressed
// and unpacked. What each learnt is not to be believed before walk returned nil.
func (img *Image) walk(ctx context.Context, l layer, left *int64, each func(io.Reader) error) (err error) {
	f, err := img.source.blob(ctx, l.blob)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, f.Close()) }()
	compressed := verified(f, l.blob)
	plain, end, err := decompress(bufio.NewReaderSize(compressed, 1<<16))
	if err != nil {
		return broken(compressed, err)
	}
	defer end()
	unpacked := &summed{from: allowance{plain, ctx, left}, want: l.unpacked, size: -1, sum: sha256.New()}
	stream := bufio.NewReaderSize(unpacked, 1<<16)
	if err := each(stream); err != nil {
		return broken(compressed, err)
	}
	// A tar stream ends before the archive does, and that before the blob.
	for _, rest := range []io.Reader{stream, compressed} {
		if _, err := io.Copy(io.Discard, rest); err != nil {
			return broken(compressed, err)
		}
	}
	if err := compressed.check("the archive"); err != nil {
		return err
	}
	return unpacked.check("the unpacked archive")
}

// broken prefers to say that an archive is another one: then nothing else that
// is wrong with it matters.
func broken(compressed *summed, err error) error {
	if diag.ExitCode(err) == diag.ExitPolicy {
		return err
	}
	if _, drain := io.Copy(io.Discard, compressed); drain == nil {
		if differs := compressed.check("the archive"); differs != nil {
			return differs
		}
	}
	return err
}

// decompress knows the compression by the first bytes. What comes out is
// compared with the digest of the unpacked archive, so a guess cannot mislead.
func decompress(r *bufio.Reader) (plain io.Reader, end func(), err error) {
	magic, err := r.Peek(4)
	switch {
	case err != nil && err != io.EOF:
		return nil, nil, err
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}): // RFC 1952, 2.3.1
		z, err := gzip.NewReader(r)
		return z, func() {}, err
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}): // RFC 8878, 3.1.1
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return r, func() {}, nil
}

// maxWindow bounds the memory that an archive may ask for, in bytes: what
// `zstd --long` writes, and needs no flag to be read again.
const maxWindow = 128 << 20
