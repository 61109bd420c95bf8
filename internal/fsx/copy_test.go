package fsx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	for _, content := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("0123456789"), BufferSize/5)} {
		src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
		if err := os.WriteFile(src, content, 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(dst)
		if err != nil {
			t.Fatal(err)
		}
		mode, err := Copy(f, src)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if mode != 0o700 {
			t.Errorf("mode %v, want that of the source", mode)
		}
		copied, err := os.ReadFile(dst)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(copied, content) {
			t.Errorf("copied %d bytes, want %d", len(copied), len(content))
		}
	}
}

func TestCopyRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	dst, err := os.Create(filepath.Join(dir, "dst"))
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	for name, want := range map[string]error{"link": ErrNotRegular, ".": ErrNotRegular, "missing": os.ErrNotExist} {
		if _, err := Copy(dst, filepath.Join(dir, name)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	readOnly, err := os.Open(filepath.Join(dir, "dst"))
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	var path *os.PathError
	if _, err := Copy(readOnly, filepath.Join(dir, "file")); !errors.As(err, &path) || path.Path != readOnly.Name() {
		t.Errorf("a target that cannot be written: %v", err)
	}
}

func TestHashReader(t *testing.T) {
	content := bytes.Repeat([]byte("abc"), 1000)
	got, err := hash(t.Context(), iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(content))), make([]byte, 7))
	if err != nil || got != digest.Of(content) {
		t.Errorf("got %v, %v, want %v", got, err, digest.Of(content))
	}
	broken := io.MultiReader(bytes.NewReader(content), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got, err := hash(t.Context(), broken, make([]byte, 7)); !errors.Is(err, io.ErrUnexpectedEOF) || !got.IsZero() {
		t.Errorf("a reader that fails: %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := hash(ctx, bytes.NewReader(content), make([]byte, 7)); !errors.Is(err, context.Canceled) || !got.IsZero() {
		t.Errorf("cancelled: %v, %v", got, err)
	}
}
