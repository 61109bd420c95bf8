package fsx

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// WriteFile replaces the file at path by data, with exactly the permission bits
// perm. Another process sees the old file or the new one; after a power failure
// one of the two is there in full. The content is flushed before the rename,
// the directory after it.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	err := replace(path, data, perm, (*os.File).Sync)
	if err == nil {
		err = SyncDir(filepath.Dir(path))
	}
	return diag.Wrap(err, "writing `%s`", path)
}

// WriteCache is WriteFile without flushing, some hundred times as fast. After a
// power failure the file may be the old one, or torn: for content that carries
// its own check sum and can be made again.
func WriteCache(path string, data []byte, perm fs.FileMode) error {
	err := replace(path, data, perm, func(*os.File) error { return nil })
	return diag.Wrap(err, "writing `%s`", path)
}

func replace(path string, data []byte, perm fs.FileMode, flush func(*os.File) error) error {
	temp, err := createTemp(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	_, err = temp.file.Write(data)
	if err == nil {
		err = temp.file.Chmod(perm)
	}
	if err == nil {
		err = flush(temp.file)
	}
	if err == nil {
		err = os.Rename(temp.file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, temp.Remove())
	}
	return temp.Unlock()
}

// Names of temporary files: `.NAME.RANDOM.part`.
const tempPrefix, tempSuffix = ".", ".part"

// createTemp creates and locks a temporary file in dir. The lock tells
// RemoveStale that the owner lives; TryLock makes sure that RemoveStale did not
// take the file away between its creation and its locking.
func createTemp(dir, name string) (*Locked, error) {
	for {
		locked, err := TryLock(filepath.Join(dir, tempPrefix+name+"."+rand.Text()+tempSuffix))
		if locked != nil || err != nil {
			return locked, err
		}
		// RemoveStale holds it at this moment: leave it that one.
	}
}

// RemoveStale deletes the temporary files in dir (not below it) that killed
// processes left behind. It is safe beside writers in other processes. A
// directory that does not exist has none.
func RemoveStale(dir string) error {
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var failed []error
	for _, entry := range names {
		name := entry.Name()
		if !strings.HasPrefix(name, tempPrefix) || !strings.HasSuffix(name, tempSuffix) || !entry.Type().IsRegular() {
			continue
		}
		locked, err := TryLock(filepath.Join(dir, name))
		if locked != nil {
			err = locked.Remove()
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// ClockNs returns the time of the file system that holds dir, in nanoseconds
// since 1970: the modification time that a file gets which is written now. It
// is the clock to compare file times with, also on a network file system.
func ClockNs(dir string) (int64, error) {
	temp, err := createTemp(dir, "clock")
	if err != nil {
		return 0, err
	}
	info, err := temp.file.Stat()
	if err := errors.Join(err, temp.Remove()); err != nil {
		return 0, err
	}
	return info.ModTime().UnixNano(), nil
}
