//go:build linux

package sandbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inputs are attempts to change what a world shows read-only. The files belong
// to the victim and have every mode bit, so nothing but the isolation is in the
// way (E05, E08).
var inputs = family{name: "inputs", surround: watchFiles, attempts: []attempt{
	{name: "write", try: source(func(p string) error { return with(p, unix.O_WRONLY, put) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "append", try: source(func(p string) error { return with(p, unix.O_WRONLY|unix.O_APPEND, put) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "empty", try: source(func(p string) error { return with(p, unix.O_RDONLY|unix.O_TRUNC, nothing) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "truncate", try: source(func(p string) error { return unix.Truncate(p, 1) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "map", try: source(mapAndStore), refused: "EROFS", except: landlock("EACCES")},
	{name: "write-again-by-descriptor", try: source(reopen), refused: "EROFS", except: landlock("EACCES")},
	{name: "create", try: source(func(p string) error { return with(p+".new", unix.O_WRONLY|unix.O_CREAT, put) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "create-in-layer", try: func(s *scene) error { return with(s.Layer+"/new", unix.O_WRONLY|unix.O_CREAT, put) }, refused: "EROFS", except: landlock("EACCES")},
	{name: "write-in-layer", try: func(s *scene) error { return with(s.Layer+"/bin/rustc", unix.O_WRONLY, put) }, refused: "EROFS", except: landlock("EACCES")},
	{name: "create-unnamed", try: createUnnamed, refused: "EROFS", except: landlock("EACCES")},
	{name: "mkdir", try: source(func(p string) error { return unix.Mkdir(p+".new", 0o755) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "symlink", try: source(func(p string) error { return unix.Symlink("/", p+".new") }), refused: "EROFS", except: landlock("EACCES")},
	{name: "fifo", try: source(func(p string) error { return unix.Mkfifo(p+".new", 0o644) }), refused: "EROFS", except: landlock("EACCES")},
	{name: "unlink", try: source(unix.Unlink), refused: "EROFS", except: landlock("EACCES")},
	{name: "rmdir", try: func(s *scene) error {
		if err := unix.Unlink(s.Project + "/empty/.keep"); err != nil {
			return err
		}
		return unix.Rmdir(s.Project + "/empty")
	}, refused: "EROFS", except: landlock("EACCES")},
	{name: "rename", try: source(func(p string) error { return unix.Rename(p, p+".new") }), refused: "EROFS", except: landlock("EACCES")},
	// Two mounts are two file systems for rename and link, before anything else
	// is looked at.
	{name: "rename-out", try: func(s *scene) error { return unix.Rename(s.Project+"/src/lib.rs", s.Out+"/stolen") }, refused: "EXDEV", except: landlock("EXDEV EACCES")},
	{name: "rename-in", try: func(s *scene) error { return unix.Rename(s.Out+"/old", s.Project+"/src/lib.rs") }, refused: "EXDEV", except: landlock("EXDEV EACCES")},
	{name: "exchange", try: func(s *scene) error {
		return unix.Renameat2(unix.AT_FDCWD, s.Out+"/old", unix.AT_FDCWD, s.Project+"/src/lib.rs", unix.RENAME_EXCHANGE)
	}, refused: "EXDEV", except: landlock("EXDEV EACCES")},
	{name: "second-name", try: secondName, refused: "EXDEV", except: landlock("EXDEV EACCES")},
	{name: "second-name-by-descriptor", try: secondNameByDescriptor, refused: "EXDEV", except: landlock("EXDEV EACCES")},
	{name: "mode", try: source(func(p string) error { return unix.Chmod(p, 0o600) }), refused: "EROFS"},
	{name: "mode-of-descriptor", try: source(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error { return unix.Fchmod(fd, 0o600) })
	}), refused: "EROFS"},
	{name: "mode-of-path-descriptor", try: source(func(p string) error {
		return with(p, unix.O_PATH, func(fd int) error { return unix.Fchmodat(fd, "", 0o600, unix.AT_EMPTY_PATH) })
	}), refused: "EROFS"},
	{name: "owner", try: source(func(p string) error { return unix.Chown(p, os.Getuid(), os.Getgid()) }), refused: "EROFS", except: landlock("EPERM")},
	{name: "owner-of-descriptor", try: source(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error { return unix.Fchown(fd, os.Getuid(), os.Getgid()) })
	}), refused: "EROFS", except: landlock("EPERM")},
	{name: "times", try: source(func(p string) error { return os.Chtimes(p, time.Unix(1, 0), time.Unix(1, 0)) }), refused: "EROFS"},
	{name: "times-of-descriptor", try: source(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error {
			return call(unix.SYS_UTIMENSAT, uintptr(fd), 0, 0, 0)
		})
	}), refused: "EROFS"},
	{name: "attribute", try: source(func(p string) error { return unix.Setxattr(p, "user.x", []byte("x"), 0) }), refused: "EROFS", except: landlock("ENOTSUP")},
	{name: "attribute-of-descriptor", try: source(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error { return unix.Fsetxattr(fd, "user.x", []byte("x"), 0) })
	}), refused: "EROFS", except: landlock("ENOTSUP")},
	{name: "attribute-at", try: source(func(p string) error {
		value := []byte("x")
		// struct xattr_args of setxattrat(2): address, size, flags.
		args := [2]uint64{uint64(uintptr(unsafe.Pointer(&value[0]))), 1}
		cwd := unix.AT_FDCWD
		return call(sysSetxattrat, uintptr(cwd), text(p), 0, text("user.x"), uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args))
	}), refused: "EROFS", except: landlock("ENOTSUP"), outside: "success ENOSYS"}, // Linux 6.13
	{name: "flags", try: source(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error {
			flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
			if err != nil {
				return err
			}
			return unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, int(flags|noDump))
		})
	}), refused: "EROFS", except: landlock("EPERM")},
	{name: "project-flags", try: source(func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error {
			var x [28]byte // struct fsxattr of include/uapi/linux/fs.h
			if err := call(unix.SYS_IOCTL, uintptr(fd), fsGetXattr, uintptr(unsafe.Pointer(&x))); err != nil {
				return err
			}
			x[0] |= 1 << 7 // FS_XFLAG_NODUMP
			return call(unix.SYS_IOCTL, uintptr(fd), fsSetXattr, uintptr(unsafe.Pointer(&x)))
		})
	}), refused: "EROFS", except: landlock("EPERM")},
	// Not every file system has these, and ext4 not with checksums.
	{name: "generation", try: source(onReadable(fsSetVersion, 7)), refused: "EROFS ENOTTY", except: landlock("EPERM"), outside: "success ENOTTY"},
	{name: "verity", try: source(onReadable(fsEnableVerity, 1)), refused: "EROFS ENOTSUP ENOTTY", except: landlock("EPERM"), outside: "success ENOTSUP ENOTTY ETXTBSY"},
	{name: "layout", try: source(onReadable(ext4Migrate, 0)), refused: "EROFS ENOTSUP ENOTTY EINVAL", except: landlock("EPERM"), outside: "success ENOTSUP ENOTTY EINVAL", quiet: true},
}}

// Numbers of include/uapi/linux/fs.h and of the kernel's tables that the library
// does not have.
const (
	noDump        = 0x40
	fsGetXattr    = 0x801c581f
	fsSetXattr    = 0x401c5820
	sysSetxattrat = 463

	fsSetVersion   = 0x40087602 // FS_IOC_SETVERSION
	fsEnableVerity = 0x40806685 // FS_IOC_ENABLE_VERITY
	ext4Migrate    = 0x6609     // EXT4_IOC_MIGRATE (include/uapi/linux/ext4.h)
)

// source aims an attempt at a source of the project.
func source(try func(path string) error) func(*scene) error {
	return func(s *scene) error { return try(s.Project + "/src/lib.rs") }
}

// onReadable makes a request of a file system on a file that is open for reading.
// The first word of what it is given is value.
func onReadable(request uintptr, value uint32) func(string) error {
	return func(p string) error {
		return with(p, unix.O_RDONLY, func(fd int) error {
			argument := [32]uint32{value, 1, 4096} // struct fsverity_enable_arg: version, SHA-256, block size
			return call(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&argument)))
		})
	}
}

func nothing(int) error { return nil }

// put writes something.
func put(fd int) error {
	_, err := unix.Write(fd, []byte("planted"))
	return err
}

func mapAndStore(p string) error {
	return with(p, unix.O_RDWR, func(fd int) error {
		data, err := unix.Mmap(fd, 0, 4, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return err
		}
		data[0] = 'x'
		return errors.Join(unix.Msync(data, unix.MS_SYNC), unix.Munmap(data))
	})
}

// reopen opens for writing what is open for reading.
func reopen(p string) error {
	return with(p, unix.O_RDONLY, func(fd int) error { return with(descriptor(fd), unix.O_WRONLY, put) })
}

// createUnnamed makes a file without a name, and then gives it one.
func createUnnamed(s *scene) error {
	return with(s.Project+"/src", unix.O_TMPFILE|unix.O_WRONLY, func(fd int) error {
		return unix.Linkat(unix.AT_FDCWD, descriptor(fd), unix.AT_FDCWD, s.Project+"/src/new", unix.AT_SYMLINK_FOLLOW)
	})
}

// secondName gives an input a name where everything may be written to.
func secondName(s *scene) error {
	if err := unix.Link(s.Project+"/src/lib.rs", s.Out+"/again"); err != nil {
		return err
	}
	return with(s.Out+"/again", unix.O_WRONLY, put)
}

func secondNameByDescriptor(s *scene) error {
	return with(s.Project+"/src/lib.rs", unix.O_RDONLY, func(fd int) error {
		if err := unix.Linkat(unix.AT_FDCWD, descriptor(fd), unix.AT_FDCWD, s.Out+"/again", unix.AT_SYMLINK_FOLLOW); err != nil {
			return err
		}
		return with(s.Out+"/again", unix.O_WRONLY, put)
	})
}

// relative is a path from the project to an absolute one, by its parents.
func relative(s *scene, p string) string {
	return filepath.Join(strings.Repeat("../", strings.Count(s.Project, "/")), p)
}
