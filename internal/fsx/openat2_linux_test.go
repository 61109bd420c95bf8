package fsx

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOpenat2Renames: while somebody renames, the kernel says of a path with `..` that it is not
// sure; Openat2 does not.
func TestOpenat2Renames(t *testing.T) {
	dir := t.TempDir()
	at, err := os.Open(dir)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Join(dir, "a"), 0o755), os.WriteFile(filepath.Join(dir, "x"), nil, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := errors.Join(os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "y")), os.Rename(filepath.Join(dir, "y"), filepath.Join(dir, "x"))); err != nil {
				stopped <- err
				return
			}
		}
	}()
	name := strings.Repeat("a/../", 5) + "a"
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	unsure, tries := 0, 0
	for ; tries < 5000 || unsure == 0 && tries < 1e6; tries++ {
		fd, err := unix.Openat2(int(at.Fd()), name, &how)
		if errors.Is(err, unix.EAGAIN) {
			unsure++
		} else if err == nil {
			unix.Close(fd)
		}
		if fd, err = Openat2(int(at.Fd()), name, &how); err != nil {
			t.Error(err)
			break
		}
		unix.Close(fd)
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if unsure == 0 {
		t.Skip("the kernel was sure each time: this shows nothing")
	}
	t.Logf("the kernel was not sure %d times of %d", unsure, tries)
}
