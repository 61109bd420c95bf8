package probe

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// newMount makes a detached mount of a new file system. Options are names and
// values in turn.
func newMount(fstype string, attr int, options ...string) (int, error) {
	fs, err := unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, failed(err, "fsopen of "+fstype)
	}
	defer unix.Close(fs)
	for i := 0; i < len(options); i += 2 {
		if err := unix.FsconfigSetString(fs, options[i], options[i+1]); err != nil {
			return -1, failed(err, "setting "+options[i]+" of "+fstype)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, failed(err, "making "+fstype)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attr)
	return fd, failed(err, "fsmount of "+fstype)
}

// attach puts a detached mount on a directory.
func attach(fd int, dir string) error {
	return failed(unix.MoveMount(fd, "", unix.AT_FDCWD, dir, unix.MOVE_MOUNT_F_EMPTY_PATH), "attaching a mount to "+dir)
}

// scratch attaches a fresh tmpfs to some directory of our own mount namespace
// and returns which.
func scratch() (string, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return "", failed(err, "making mounts private")
	}
	fd, err := newMount("tmpfs", unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV, "size", "1m", "mode", "755")
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	for _, dir := range []string{"/tmp", "/mnt", "/var", "/usr", "/etc"} {
		if err = attach(fd, dir); err == nil {
			return dir, nil
		}
	}
	return "", err
}

func freshTmpfs(string) (string, error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	var st unix.Statfs_t
	err = unix.Statfs(dir, &st)
	if err := see(err, st.Type == unix.TMPFS_MAGIC, "looking at what was mounted", "its type is %#x", st.Type); err != nil {
		return "", err
	}
	return "", failed(os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o600), "writing into it")
}

// readOnlyTree takes all of the host and sees that it is read-only; and a mount
// of our own with another below it, to see that a write into the lower one is
// refused. Nothing of the host is written to.
func readOnlyTree(string) (string, error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	own, copied, host := filepath.Join(dir, "own"), filepath.Join(dir, "copied"), filepath.Join(dir, "host")
	for _, d := range []string{own, copied, host} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return "", failed(err, "making a directory")
		}
	}
	for _, d := range []string{own, filepath.Join(own, "below")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return "", failed(err, "making a directory")
		}
		fd, err := newMount("tmpfs", 0, "size", "64k")
		if err == nil {
			err = attach(fd, d)
		}
		if err != nil {
			return "", err
		}
	}
	if err := clone("/", host); err != nil {
		return "", err
	}
	var st unix.Statfs_t
	err = unix.Statfs(host, &st)
	if err := see(err, st.Flags&unix.ST_RDONLY != 0, "looking at the tree", "it is not read-only"); err != nil {
		return "", err
	}
	if err := clone(own, copied); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(copied, "below", "file"), nil, 0o600); !errors.Is(err, unix.EROFS) {
		return "", wrong("writing into what is mounted in it", "not refused as by a read-only file system (%v)", err)
	}
	return "", failed(os.WriteFile(filepath.Join(own, "below", "file"), nil, 0o600), "writing into the original")
}

// clone attaches a read-only copy of a tree.
func clone(from, to string) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, from, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_NO_AUTOMOUNT)
	if err != nil {
		return failed(err, "open_tree")
	}
	defer unix.Close(fd)
	if err := setReadOnly(fd); err != nil {
		return err
	}
	return attach(fd, to)
}

func setReadOnly(fd int) error {
	return failed(unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE,
		&unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}), "mount_setattr")
}

// freshProc mounts /proc as a world has it, and sees that we are the first of
// its processes.
func freshProc(string) (string, error) {
	fd, err := newMount("proc", unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC, "subset", "pid")
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var buf [16]byte
	n, err := unix.Readlinkat(fd, "self", buf[:])
	self := string(buf[:max(n, 0)])
	return "", see(err, self == "1", "reading self", "it is %q, not 1", self)
}

// boundProc takes the /proc that is there.
func boundProc(string) (string, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, "/proc", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return "", failed(err, "open_tree of /proc")
	}
	defer unix.Close(fd)
	var st unix.Statfs_t
	err = unix.Fstatfs(fd, &st)
	if err := see(err, st.Type == unix.PROC_SUPER_MAGIC, "looking at /proc", "its type is %#x", st.Type); err != nil {
		return "", err
	}
	return "", setReadOnly(fd)
}

// overlay lays one tree over another, writes, and sees that the lower one stays
// as it was.
func overlay(string) (string, error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(at(name), 0o755); err != nil {
			return "", failed(err, "making a directory")
		}
	}
	if err := os.WriteFile(at("lower/file"), []byte("below"), 0o600); err != nil {
		return "", failed(err, "writing a file")
	}
	fd, err := newMount("overlay", 0, "lowerdir", at("lower"), "upperdir", at("upper"), "workdir", at("work"))
	if err == nil {
		err = attach(fd, at("merged"))
	}
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(at("merged/file"), []byte("above"), 0o600); err != nil {
		return "", failed(err, "writing through it")
	}
	data, err := os.ReadFile(at("lower/file"))
	return "", see(err, string(data) == "below", "reading the lower tree", "it holds %q", data)
}
