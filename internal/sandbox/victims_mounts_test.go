//go:build linux

package sandbox_test

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mounts are attempts to change what is where, by the old and the new calls, and
// to leave the root (E04, E32). Each also succeeds in a copy of the world in
// which the victim may do what these calls need.
var mounts = family{name: "mounts", surround: watchFiles, attempts: []attempt{
	{name: "mount", try: func(s *scene) error { return unix.Mount("none", s.Out, "tmpfs", 0, "") }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "mount-proc", try: func(s *scene) error { return unix.Mount("proc", s.Out, "proc", 0, "") }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "bind", try: func(s *scene) error { return unix.Mount(s.Project, s.Out, "", unix.MS_BIND, "") }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "unmount", try: func(s *scene) error { return unix.Unmount(s.Project, unix.MNT_DETACH) }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "remount", try: func(s *scene) error {
		if err := unix.Mount("", s.Project, "", unix.MS_REMOUNT|unix.MS_BIND, ""); err != nil {
			return err
		}
		return with(s.Project+"/src/lib.rs", unix.O_WRONLY, put)
	}, refused: "EPERM", where: inCopy},
	{name: "propagate", try: func(*scene) error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "") }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "move", try: func(s *scene) error { return unix.Mount(s.Project, s.Out, "", unix.MS_MOVE, "") }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "clear-read-only", try: func(s *scene) error {
		if err := unix.MountSetattr(unix.AT_FDCWD, s.Project, 0, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return err
		}
		return with(s.Project+"/src/lib.rs", unix.O_WRONLY, put)
	}, refused: "EPERM", where: inCopy},
	{name: "clear-no-devices", try: func(s *scene) error {
		return unix.MountSetattr(unix.AT_FDCWD, s.Project, unix.AT_RECURSIVE, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_NOSUID})
	}, refused: "EPERM", where: inCopy, quiet: true},
	{name: "clone-tree", try: func(s *scene) error { _, err := cloneOf(s.Project); return err }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "clone-tree-writable", try: func(s *scene) error {
		fd, err := cloneOf(s.Project)
		if err != nil {
			return err
		}
		if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return err
		}
		return with(descriptor(fd)+"/src/lib.rs", unix.O_WRONLY, put)
	}, refused: "EPERM", where: inCopy},
	{name: "open-tree-attr", try: func(s *scene) error {
		attr := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
		cwd := unix.AT_FDCWD
		fd, err := callFor(sysOpenTreeAttr, uintptr(cwd), text(s.Project), unix.OPEN_TREE_CLONE, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
		if err != nil {
			return err
		}
		return with(descriptor(int(fd))+"/src/lib.rs", unix.O_WRONLY, put)
	}, refused: "EPERM", where: inCopy, outside: "success ENOSYS"}, // Linux 6.15
	{name: "move-mount", try: func(s *scene) error {
		return unix.MoveMount(unix.AT_FDCWD, s.Project, unix.AT_FDCWD, s.Out, 0)
	}, refused: "EPERM", where: inCopy, quiet: true},
	{name: "new-file-system", try: func(*scene) error { _, err := unix.Fsopen("tmpfs", 0); return err }, refused: "EPERM", where: inCopy, quiet: true},
	{name: "pick-file-system", try: func(s *scene) error { _, err := unix.Fspick(unix.AT_FDCWD, s.Project, 0); return err },
		// A file system that was not mounted in this namespace is nobody's here.
		refused: "EPERM", where: inCopy, outside: "success EPERM", quiet: true},
	{name: "configure-file-system", try: refusedBy(unix.SYS_FSCONFIG, badFD, 0, 0, 0, 0), refused: "EPERM", where: inCopy, outside: "EBADF EINVAL", quiet: true},
	{name: "mount-file-system", try: refusedBy(unix.SYS_FSMOUNT, badFD, 0, 0), refused: "EPERM", where: inCopy, outside: "EBADF", quiet: true},
	{name: "pivot-root", try: func(s *scene) error { return unix.PivotRoot(s.Out, s.Out) }, refused: "EPERM", where: inCopy, outside: "EINVAL", quiet: true}, // it is no mount
	{name: "chroot", try: func(s *scene) error { return unix.Chroot(s.Project) }, refused: "EPERM", where: inCopy, quiet: true},
	// Out of a root by a directory that was opened before.
	{name: "chroot-and-climb", try: func(s *scene) error {
		return with(s.Project, unix.O_PATH|unix.O_DIRECTORY, func(fd int) error {
			if err := unix.Chroot(s.Out); err != nil {
				return err
			}
			if err := unix.Fchdir(fd); err != nil {
				return err
			}
			return reads("../Cargo.toml")
		})
	}, refused: "EPERM", where: inCopy, quiet: true},
}}

const (
	sysOpenTreeAttr = 467
	badFD           = ^uintptr(0)
)

// cloneOf takes a tree of mounts out of the view.
func cloneOf(path string) (int, error) {
	return unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
}
