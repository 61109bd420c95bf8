package fsx

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Physical returns the name that the kernel has for a directory: absolute, and
// without links. Unlike filepath.EvalSymlinks it looks at no directory on the
// way, where an automounter may sit: the kernel, which has to pass there anyway,
// is asked for the result. It needs /proc.
func Physical(dir string) (string, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: dir, Err: err}
	}
	defer unix.Close(fd)
	name, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return "", err
	}
	// What was removed, or lies outside our root directory, has no such name.
	var named, opened unix.Stat_t
	if err := unix.Fstat(fd, &opened); err != nil {
		return "", &os.PathError{Op: "stat", Path: dir, Err: err}
	}
	if err := unix.Lstat(name, &named); err != nil || !filepath.IsAbs(name) || named.Dev != opened.Dev || named.Ino != opened.Ino {
		return "", &os.PathError{Op: "open", Path: dir, Err: errors.New("the kernel has no name for it")}
	}
	return name, nil
}
