package oci

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// packed is a tree as one compressed archive in a file. It implements v1.Layer.
// The same tree has the same bytes, so that a registry keeps it once.
type packed struct {
	file             string
	size             int64
	digest, unpacked v1.Hash
}

// pack writes the files, directories and links below dir.
func pack(ctx context.Context, dir, file string, epoch time.Time) (p *packed, err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = diag.Join(err, f.Close()) }()
	compressed, plain := sha256.New(), sha256.New()
	z, err := zstd.NewWriter(io.MultiWriter(f, compressed), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	if err := diag.Join(packTree(ctx, dir, io.MultiWriter(z, plain), epoch), z.Close()); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &packed{file, info.Size(), sumOf(compressed), sumOf(plain)}, nil
}

func sumOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

func packTree(ctx context.Context, dir string, to io.Writer, epoch time.Time) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = diag.Join(err, root.Close()) }()
	w := tar.NewWriter(to)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return packEntry(w, root, name, epoch)
	})
	return diag.Join(err, w.Close())
}

func packEntry(w *tar.Writer, root *os.Root, name string, epoch time.Time) (err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o444, ModTime: epoch, Format: tar.FormatPAX, Typeflag: tar.TypeReg}
	switch {
	case info.IsDir():
		h.Name, h.Mode, h.Typeflag = name+"/", 0o755, tar.TypeDir
		return w.WriteHeader(h)
	case info.Mode()&fs.ModeSymlink != 0:
		h.Mode, h.Typeflag = 0o777, tar.TypeSymlink
		if h.Linkname, err = root.Readlink(name); err != nil {
			return err
		}
		return w.WriteHeader(h)
	case !info.Mode().IsRegular():
		return fmt.Errorf("`%s` is neither a file, a directory nor a link", name)
	}
	if info.Mode()&0o100 != 0 {
		h.Mode = 0o555
	}
	h.Size = info.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return diag.Join(err, f.Close())
}

// Digest implements v1.Layer.
func (p *packed) Digest() (v1.Hash, error) { return p.digest, nil }

// DiffID implements v1.Layer.
func (p *packed) DiffID() (v1.Hash, error) { return p.unpacked, nil }

// Size implements v1.Layer.
func (p *packed) Size() (int64, error) { return p.size, nil }

// MediaType implements v1.Layer.
func (p *packed) MediaType() (types.MediaType, error) { return types.OCILayerZStd, nil }

// Compressed implements v1.Layer.
func (p *packed) Compressed() (io.ReadCloser, error) { return os.Open(p.file) }

// Uncompressed implements v1.Layer.
func (p *packed) Uncompressed() (io.ReadCloser, error) {
	f, err := os.Open(p.file)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, diag.Join(err, f.Close())
	}
	return &unpacking{z, f}, nil
}

// unpacking closes both.
type unpacking struct {
	*zstd.Decoder
	file *os.File
}

func (u *unpacking) Close() error {
	u.Decoder.Close()
	return u.file.Close()
}
