package fsx

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// StampsLinks says whether Stamp sets the time of a link itself.
const StampsLinks = true

// Dir is an open directory. Its methods reach what is below it without
// following a symbolic link in any component, also when somebody renames things
// meanwhile. They are safe for concurrent use.
type Dir struct{ file *os.File }

// OpenDir opens a directory. Links in path itself are followed: the caller named it.
func OpenDir(path string) (*Dir, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &Dir{f}, nil
}

// Name returns the path that the directory was opened with.
func (d *Dir) Name() string { return d.file.Name() }

// Close closes the directory.
func (d *Dir) Close() error { return d.file.Close() }

// Stat describes the directory itself, as `.`.
func (d *Dir) Stat() (Entry, error) {
	e, err := fstat(d.fd(), ".")
	if err != nil {
		return Entry{}, d.fail("stat", ".", err)
	}
	return e, nil
}

func (d *Dir) fd() int { return int(d.file.Fd()) }

func (d *Dir) fail(op, rel string, err error) error {
	if errors.Is(err, unix.ELOOP) {
		err = errors.New("a symbolic link is in the way")
	}
	return &fs.PathError{Op: op, Path: filepath.Join(d.Name(), rel), Err: err}
}

// open opens rel with the kernel's own promise that no component is a link and
// none leaves the directory (openat2, Linux 5.6).
func (d *Dir) open(rel string, flags int) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	fd, err := Openat2(d.fd(), rel, &how)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		return d.openByComponent(rel, flags) // old kernel; seccomp filter that does not know the call
	}
	return fd, err
}

// maxUnsure bounds how often Openat2 asks: whoever renames without end must not hold us here.
const maxUnsure = 128

// Openat2 is openat2(2), asked again when a signal came between (EINTR) and when the kernel is
// not sure of a `..`, because something was renamed or mounted anywhere meanwhile (EAGAIN). It
// returns an errno: EAGAIN after 128 attempts, else the kernel's own.
func Openat2(dir int, rel string, how *unix.OpenHow) (int, error) {
	for range maxUnsure {
		fd, err := unix.Openat2(dir, rel, how)
		if !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.EAGAIN) {
			return fd, err
		}
	}
	return -1, unix.EAGAIN
}

// openByComponent gives the same promise where openat2 is missing: every
// component but the last is opened as a directory, without following.
func (d *Dir) openByComponent(rel string, flags int) (int, error) {
	at := d.fd()
	for {
		name, rest, more := strings.Cut(rel, "/")
		if name == ".." || name == "" {
			return -1, unix.EXDEV // what RESOLVE_BENEATH answers
		}
		want := flags
		if more {
			want = unix.O_PATH | unix.O_DIRECTORY
		}
		fd, err := openat(at, name, want)
		if at != d.fd() {
			unix.Close(at) // O_PATH descriptors hold no data that a close could lose
		}
		if err != nil || !more {
			return fd, err
		}
		at, rel = fd, rest
	}
}

func openat(at int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(at, name, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// Hash returns the digest of the regular file at rel and what stat said about
// it. ErrNotRegular: it is something else. ErrChanged: it changed meanwhile, by
// its size or by what stat says before and after. Buffer is scratch memory,
// best of BufferSize, and may be nil.
func (d *Dir) Hash(ctx context.Context, rel string, buffer []byte) (digest.Digest, Entry, error) {
	none := digest.Digest{}
	fd, err := d.open(rel, unix.O_RDONLY|unix.O_NONBLOCK)
	if errors.Is(err, unix.ENXIO) {
		err = ErrNotRegular // a socket
	}
	if err != nil {
		return none, Entry{}, d.fail("open", rel, err)
	}
	f := os.NewFile(uintptr(fd), filepath.Join(d.Name(), rel))
	defer f.Close() // read only: nothing to lose
	before, err := fstat(fd, rel)
	if err != nil {
		return none, Entry{}, d.fail("stat", rel, err)
	}
	if before.Type != File {
		return none, Entry{}, notRegular("open", f.Name())
	}
	if len(buffer) == 0 {
		buffer = make([]byte, BufferSize)
	}
	sum, err := hash(ctx, f, buffer)
	if err != nil {
		return none, Entry{}, err
	}
	after, err := fstat(fd, rel)
	if err != nil {
		return none, Entry{}, d.fail("stat", rel, err)
	}
	if !before.same(after) || sum.Size() != before.Size {
		return none, Entry{}, d.fail("read", rel, ErrChanged)
	}
	return sum, before, nil
}

// Stamp sets the permission bits and the modification time (nanoseconds since
// 1970) of the entry at rel, itself and not what it may point to. Links have no
// permission bits of their own. The access time stays.
func (d *Dir) Stamp(rel string, perm uint32, mtimeNs int64) error {
	fd, err := d.open(rel, unix.O_PATH)
	if err != nil {
		return d.fail("open", rel, err)
	}
	defer unix.Close(fd) // O_PATH: nothing to lose
	e, err := fstat(fd, rel)
	if err != nil {
		return d.fail("stat", rel, err)
	}
	self := procFd(fd)
	if e.Type != Symlink && e.Mode != perm {
		if err := unix.Chmod(self, perm); err != nil {
			return d.fail("chmod", rel, err)
		}
	}
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, unix.NsecToTimespec(mtimeNs)}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, self, times, 0); err != nil {
		return d.fail("utimes", rel, err)
	}
	return nil
}

// procFd names an O_PATH descriptor for calls that take a path. It leads to
// exactly the inode that is open, a link included, and works on every kernel,
// unlike fchmodat2 (6.6) and AT_EMPTY_PATH for utimensat (5.8).
func procFd(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func fstat(fd int, rel string) (Entry, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return entry(rel, &st), err
}

// entry turns a stat into an Entry, all but the link.
func entry(rel string, st *unix.Stat_t) Entry {
	e := Entry{
		Path: rel, Type: Other, Mode: st.Mode & 0o7777, Size: st.Size,
		Disk:    st.Blocks * 512, // stat(2): in units of 512 bytes, whatever the file system's own
		MtimeNs: st.Mtim.Nano(), CtimeNs: st.Ctim.Nano(),
		Ino: st.Ino, Dev: uint64(st.Dev), Nlink: uint64(st.Nlink),
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		e.Type = File
	case unix.S_IFDIR:
		e.Type = Directory
	case unix.S_IFLNK:
		e.Type = Symlink
	}
	return e
}
