package landlock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// minABI is the first version of Landlock that refuses to truncate files
// (Linux 6.2). Without it a build script could empty any file that it may read.
const minABI = 3

// Rights by the version of Landlock that brought them
// (include/uapi/linux/landlock.h).
const (
	rightsOfFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	rightsToWrite = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_REFER |
		unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SYM |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK
	// handled are all rights that are refused unless a rule gives them.
	handledABI3 = rightsToWrite | unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK
)

// abi returns the version of Landlock that the kernel speaks.
func abi() (int, error) {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(v), nil
}

// handled are the rights that the kernel knows; unknown ones it would refuse.
func handled(abi int) uint64 {
	rights := uint64(handledABI3)
	if abi >= 5 {
		rights |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 9 {
		rights |= unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
	}
	return rights
}

// ruleset makes the rules of p and returns their descriptor.
func ruleset(p *plan) (int, error) {
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled(p.ABI)}
	if p.ABI >= 4 && !p.Network {
		// The filter refuses sockets; this is for one that was passed in.
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if p.ABI >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL
		if !p.Network {
			attr.Scoped |= unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
		}
	}
	// An older kernel takes a longer structure as long as its end is zero.
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return -1, stage.Failed(errno, "making Landlock rules")
	}
	for _, r := range p.Rules {
		if err := r.add(int(fd), p.ABI); err != nil {
			return -1, stage.Failed(err, "allowing `%s`", r.Path)
		}
	}
	return int(fd), nil
}

// add adds one rule. The path is opened without following a link at its end.
func (r rule) add(ruleset, abi int) error {
	fd, err := unix.Open(r.Path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if r.Listed && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if r.Is != nil && (identity{st.Dev, st.Ino}) != *r.Is {
		if r.Listed {
			return nil
		}
		return errors.New("was exchanged while the world was being set up")
	}
	rights := uint64(0)
	if r.Access&list != 0 {
		rights |= unix.LANDLOCK_ACCESS_FS_READ_DIR
	}
	if r.Access&read != 0 {
		rights |= unix.LANDLOCK_ACCESS_FS_READ_FILE
	}
	if r.Access&execute != 0 {
		rights |= unix.LANDLOCK_ACCESS_FS_EXECUTE
	}
	if r.Access&write != 0 {
		rights |= rightsToWrite
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= rightsOfFiles
	}
	attr := unix.LandlockPathBeneathAttr{Allowed_access: rights & handled(abi), Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&attr)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// spare replaces a rule for a directory in which something is hidden by rules
// for everything else in it: a rule of Landlock cannot be taken back further
// down. The names in such a directory can still be listed.
func spare(r rule, hidden []string) ([]rule, error) {
	inside := false
	for _, h := range hidden {
		if h == r.Path {
			return nil, nil
		}
		inside = inside || within(r.Path, h)
	}
	if !inside {
		return []rule{r}, nil
	}
	entries, err := os.ReadDir(r.Path)
	if r.Listed && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rules := []rule{{Path: r.Path, Access: r.Access & list, Listed: r.Listed}}
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 {
			continue // what it leads to has a rule, or not
		}
		more, err := spare(rule{Path: filepath.Join(r.Path, e.Name()), Access: r.Access, Listed: true}, hidden)
		if err != nil {
			return nil, err
		}
		rules = append(rules, more...)
	}
	return rules, nil
}

// identify fixes which file each rule means, and leaves out those that were listed and
// are no more.
func identify(rules []rule) ([]rule, error) {
	there := rules[:0]
	for _, r := range rules {
		var st unix.Stat_t
		err := unix.Lstat(r.Path, &st)
		link := err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK
		switch {
		case r.Listed && (link || errors.Is(err, fs.ErrNotExist)):
			continue
		case err != nil:
			return nil, &os.PathError{Op: "lstat", Path: r.Path, Err: err}
		case link:
			return nil, fmt.Errorf("`%s` is a symbolic link, which could be exchanged at any time", r.Path)
		}
		r.Is = &identity{st.Dev, st.Ino}
		there = append(there, r)
	}
	return there, nil
}
