package namespaces

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// Attributes that every mount of the view has.
const safe = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV

// openSources returns one detached mount a Mount.
func openSources(p *plan, c *stage.Child) ([]int, error) {
	trees := make([]int, len(p.Spec.Mounts))
	for i, m := range p.Spec.Mounts {
		var err error
		switch m.Kind {
		case spec.Bind, spec.Device:
			trees[i], err = cloneTree(m, p.Sources[i])
		case spec.Tmpfs:
			trees[i], err = newTmpfs(m)
		case spec.Proc:
			trees[i], err = newProc(p, c)
		case spec.Cover:
			trees[i] = -1 // made when it is known what it covers
		default:
			err = fmt.Errorf("unknown kind of mount `%s`", m.Kind)
		}
		switch {
		case err != nil && m.Source == "":
			return nil, failed(err, "making the %s for `%s`", m.Kind, m.Target)
		case err != nil:
			return nil, failed(err, "preparing `%s` for `%s`", m.Source, m.Target)
		}
	}
	return trees, nil
}

// cloneTree copies the mounts at a source into a detached tree. Recursive,
// because a source with locked mounts below it cannot be taken without them
// (P06), and because they must be read-only too.
func cloneTree(m spec.Mount, want identity) (int, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, m.Source,
		unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT)
	if err != nil {
		return -1, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return -1, err
	}
	if (identity{st.Dev, st.Ino}) != want {
		return -1, errors.New("the source was exchanged while the world was being set up")
	}
	if m.File && st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return -1, errors.New("is a directory, not the file that it should be")
	}
	attr := uint64(safe)
	if m.Kind == spec.Device {
		// The real one, not a look-alike put there by somebody (CVE-2025-31133).
		if want, known := devices[m.Target]; !known || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != want {
			return -1, errors.New("is not the device that it should be")
		}
		// Read-only is about the node, whose mode and times its owner could
		// change for the whole host; the device behind it can still be written.
		attr = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_RDONLY
	} else if !m.Writable {
		attr |= unix.MOUNT_ATTR_RDONLY
	}
	if m.NoExec {
		attr |= unix.MOUNT_ATTR_NOEXEC
	}
	return fd, setAttr(fd, attr, true)
}

// devices are the device numbers of Documentation/admin-guide/devices.txt.
var devices = map[string]uint64{
	"/dev/null":    unix.Mkdev(1, 3),
	"/dev/zero":    unix.Mkdev(1, 5),
	"/dev/full":    unix.Mkdev(1, 7),
	"/dev/random":  unix.Mkdev(1, 8),
	"/dev/urandom": unix.Mkdev(1, 9),
}

// newTmpfs makes an empty, bounded file system in memory.
func newTmpfs(m spec.Mount) (int, error) {
	if m.Size <= 0 {
		return -1, errors.New("a file system in memory needs a size")
	}
	attr := uint64(safe)
	if m.NoExec {
		attr |= unix.MOUNT_ATTR_NOEXEC
	}
	return mountNew("tmpfs", fmt.Sprintf("size=%d,nr_inodes=64k,mode=%o", m.Size, m.Mode), attr)
}

// newProc makes a /proc of the world's own processes and nothing else. Where a
// container has masked its /proc the kernel refuses a fresh one; then the
// visible one is bound (rung B). The pid namespace stays: /proc/self still
// leads each process to itself, and no outside process can be signalled. Only
// getpid() and the name behind /proc/self differ, which no compiler looks at.
func newProc(p *plan, c *stage.Child) (int, error) {
	fd, err := mountNew("proc", "subset=pid", safe|unix.MOUNT_ATTR_NOEXEC)
	if err == nil || !errors.Is(err, unix.EPERM) {
		return fd, err
	}
	if p.WithoutUserNS {
		// Without a user namespace of our own the processes outside are not
		// shielded by it, so a foreign /proc would be a way out.
		return -1, err
	}
	fd, err = unix.OpenTree(unix.AT_FDCWD, "/proc", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return -1, err
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil || st.Type != unix.PROC_SUPER_MAGIC {
		return -1, errors.New("/proc of this host is not a proc file system")
	}
	if err := c.Weaker("/proc is masked on this host, so the numbers and command lines of its processes are visible"); err != nil {
		return -1, err
	}
	return fd, setAttr(fd, safe|unix.MOUNT_ATTR_NOEXEC|unix.MOUNT_ATTR_RDONLY, true)
}

// mountNew makes a detached mount of a new file system.
func mountNew(fstype, options string, attr uint64) (int, error) {
	fs, err := unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fs)
	for _, option := range strings.Split(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		if err := unix.FsconfigSetString(fs, key, value); err != nil {
			return -1, err
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, err
	}
	return unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, int(attr))
}

func setAttr(fd int, attr uint64, recursive bool) error {
	flags := uint(unix.AT_EMPTY_PATH)
	if recursive {
		flags |= unix.AT_RECURSIVE
	}
	return unix.MountSetattr(fd, "", flags, &unix.MountAttr{Attr_set: attr})
}
