package namespaces

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Size of the view's own root: it holds only the skeleton, no data.
const rootSize = "size=4m,nr_inodes=4k"

// newRoot mounts the fresh root on some directory of the private mount
// namespace (which one does not matter: everything below is a descriptor).
func newRoot() (int, error) {
	fd, err := mountNew("tmpfs", rootSize+",mode=755", safe)
	if err != nil {
		return -1, failed(err, "making a root in memory")
	}
	for _, place := range []string{"/tmp", "/mnt", "/var", "/usr", "/etc"} {
		err = unix.MoveMount(fd, "", unix.AT_FDCWD, place, unix.MOVE_MOUNT_F_EMPTY_PATH)
		if err == nil {
			return fd, nil
		}
	}
	return -1, failed(err, "attaching the root")
}

// enter makes fd the root and drops the old one.
func enter(fd int) error {
	if err := unix.Fchdir(fd); err != nil {
		return failed(err, "entering the root")
	}
	if err := unix.PivotRoot(".", "."); err == nil {
		// The old root now lies on the new one, and with it whatever somebody
		// has mounted on it in turn. Each call takes off what is on top.
		for i := 0; ; i++ {
			over, err := hidden(fd)
			if err == nil && over {
				if i == maxRoots {
					return failed(errors.New("too many mounts lie on it"), "detaching the old root")
				}
				err = unix.Unmount(".", unix.MNT_DETACH)
			}
			if err != nil {
				return failed(err, "detaching the old root")
			}
			if !over {
				break
			}
		}
	} else {
		// Docker with SYS_ADMIN refuses pivot_root but not a moved mount.
		if unix.Mount(".", "/", "", unix.MS_MOVE, "") != nil || unix.Chroot(".") != nil {
			return failed(err, "pivoting to the root")
		}
	}
	over, err := hidden(fd)
	if err == nil && over {
		err = errors.New("another mount lies on it, to which /.. would lead")
	}
	if err != nil {
		return failed(err, "looking at the root")
	}
	return failed(os.Chdir("/"), "entering the root")
}

// maxRoots is how many mounts may lie on each other at the caller's root.
const maxRoots = 64

// hidden reports whether anything is mounted on the root, which is fd. A path
// that begins with / does not see it, and one that begins with /.. is in it.
func hidden(fd int) (bool, error) {
	var root, above unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &root); err != nil {
		return false, err
	}
	if err := unix.Statx(unix.AT_FDCWD, "/..", unix.AT_NO_AUTOMOUNT, unix.STATX_MNT_ID, &above); err != nil {
		return false, err
	}
	if root.Mask&above.Mask&unix.STATX_MNT_ID == 0 {
		return false, errors.New("this kernel does not number its mounts (needs Linux 5.8)")
	}
	return root.Mnt_id != above.Mnt_id, nil
}
