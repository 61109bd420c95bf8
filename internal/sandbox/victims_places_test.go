//go:build linux

package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// places are attempts to read, or change, what no world shows: the home, the
// store, other projects, what is above the root (E01, E04, E12, E14 to E16).
// They are aimed at absolute places of the host, at their names as seen from
// within, and at links that the victim plants.
var places = family{name: "places", surround: watchFiles, attempts: []attempt{
	{name: "read-home", try: func(s *scene) error { return reads(s.Home + "/.ssh/id") }, refused: "ENOENT", quiet: true},
	{name: "read-credentials", try: func(s *scene) error { return reads(s.Home + "/.cargo/credentials") }, refused: "ENOENT", quiet: true},
	{name: "read-other-project", try: func(s *scene) error { return reads(s.Other + "/src/main.rs") }, refused: "ENOENT", quiet: true},
	{name: "read-store", try: func(s *scene) error { return reads(s.Store + "/sha256/aa/file") }, refused: "ENOENT", quiet: true},
	{name: "list-home", try: func(s *scene) error { _, err := os.ReadDir(s.Home); return err }, refused: "ENOENT", quiet: true},
	{name: "stat-home", try: func(s *scene) error { _, err := os.Stat(s.Home); return err }, refused: "ENOENT", quiet: true},
	{name: "enter-home", try: func(s *scene) error { return os.Chdir(s.Home) }, refused: "ENOENT", quiet: true},
	{name: "watch-home", try: func(s *scene) error { return watchByInotify(s.Home) }, refused: "ENOENT", quiet: true},
	{name: "watch-above", try: func(*scene) error { return watchByInotify("..") }, refused: got, except: landlock("ENOENT"), quiet: true}, // of a world, not of the host
	{name: "watch-project", try: func(s *scene) error { return watchByInotify(s.Project + "/src") }, refused: got, quiet: true},           // as build tools may
	{name: "start-tool-of-home", try: func(s *scene) error { return exec.Command(s.Home + "/tool").Run() }, refused: "ENOENT", quiet: true},
	{name: "read-above", try: func(*scene) error { return reads("../Cargo.toml") }, refused: "ENOENT", quiet: true},
	{name: "read-by-parents", try: func(s *scene) error { return reads(relative(s, s.Home+"/.ssh/id")) }, refused: "ENOENT", quiet: true},
	{name: "read-by-own-root", try: func(s *scene) error { return reads("/proc/self/root" + s.Home + "/.ssh/id") }, refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	{name: "read-by-own-directory", try: func(*scene) error { return reads("/proc/self/cwd/../Cargo.toml") }, refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	{name: "read-by-descriptor", try: byDescriptor, refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	{name: "read-by-planted-link", try: link(reads), refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	{name: "list-by-planted-link", try: link(func(p string) error { _, err := os.ReadDir(filepath.Dir(p)); return err }), refused: "ENOENT", except: landlock("EACCES"), quiet: true},
	{name: "watch-by-planted-link", try: link(watchByInotify), refused: "ENOENT", except: landlock("EACCES EPERM ENOENT"), quiet: true},
	{name: "write-by-planted-link", try: link(func(p string) error { return with(p, unix.O_WRONLY, put) }), refused: "ENOENT", except: landlock("EACCES")},
	{name: "empty-by-planted-link", try: link(func(p string) error { return unix.Truncate(p, 0) }), refused: "ENOENT", except: landlock("EACCES")},
	{name: "mode-by-planted-link", try: link(func(p string) error { return unix.Chmod(p, 0o600) }), refused: "ENOENT"},
	{name: "times-by-planted-link", try: link(func(p string) error { return os.Chtimes(p, time.Unix(1, 0), time.Unix(1, 0)) }), refused: "ENOENT"},
	{name: "attribute-by-planted-link", try: link(func(p string) error { return unix.Setxattr(p, "user.x", []byte("x"), 0) }), refused: "ENOENT", except: landlock("ENOTSUP")},
	{name: "owner-by-planted-link", try: link(func(p string) error { return unix.Chown(p, os.Getuid(), os.Getgid()) }), refused: "ENOENT", except: landlock("EPERM")},
	{name: "start-by-planted-link", try: link(func(p string) error { return exec.Command(p).Run() }), refused: "ENOENT", except: landlock("EACCES"), outside: "success EACCES ENOEXEC", quiet: true},
	{name: "second-name-by-planted-link", try: func(s *scene) error {
		return plant(s, func(p string) error {
			return unix.Linkat(unix.AT_FDCWD, p, unix.AT_FDCWD, s.Out+"/again", unix.AT_SYMLINK_FOLLOW)
		})
	}, refused: "ENOENT", except: landlock("EXDEV EACCES")},
	{name: "write-home", try: func(s *scene) error { return with(s.Home+"/tool", unix.O_WRONLY, put) }, refused: "ENOENT"},
	{name: "plant-in-home", try: func(s *scene) error { return with(s.Home+"/.bashrc", unix.O_WRONLY|unix.O_CREAT, put) }, refused: "ENOENT", except: landlock("ENOENT EACCES")},
	{name: "plant-above", try: func(*scene) error { return with("../rust-toolchain.toml", unix.O_WRONLY|unix.O_CREAT, put) }, refused: "EROFS", except: landlock("ENOENT EACCES")},
	{name: "plant-in-store", try: func(s *scene) error { return with(s.Store+"/sha256/aa/file", unix.O_WRONLY, put) }, refused: "ENOENT"},
	{name: "plant-in-other-target", try: func(s *scene) error { return with(s.Other+"/target/debug/main", unix.O_WRONLY|unix.O_TRUNC, put) }, refused: "ENOENT"},
	{name: "mkdir-in-home", try: func(s *scene) error { return unix.Mkdir(s.Home+"/.config", 0o755) }, refused: "ENOENT", except: landlock("EACCES")},
	{name: "symlink-in-home", try: func(s *scene) error { return unix.Symlink("/", s.Home+"/.gitconfig") }, refused: "ENOENT", except: landlock("EACCES")},
	{name: "remove-from-home", try: func(s *scene) error { return unix.Unlink(s.Home + "/tool") }, refused: "ENOENT", except: landlock("EACCES")},
	{name: "rename-in-home", try: func(s *scene) error { return unix.Rename(s.Home+"/tool", s.Home+"/other") }, refused: "ENOENT", except: landlock("EACCES")},
	{name: "second-name-of-home", try: func(s *scene) error { return unix.Link(s.Home+"/tool", s.Out+"/tool") }, refused: "ENOENT EXDEV", except: landlock("EXDEV EACCES")},
	{name: "mode-of-home", try: func(s *scene) error { return unix.Chmod(s.Home, 0o700) }, refused: "ENOENT"},
	{name: "truncate-home", try: func(s *scene) error { return unix.Truncate(s.Home+"/tool", 0) }, refused: "ENOENT", except: landlock("EACCES")},
	{name: "name-by-handle", try: func(s *scene) error {
		_, _, err := unix.NameToHandleAt(unix.AT_FDCWD, s.Project, 0)
		return err
	}, refused: "EPERM", quiet: true},
	{name: "open-by-handle", try: openByHandle, refused: "EPERM", where: onHostAsRoot, quiet: true},
	{name: "host-etc", try: func(*scene) error { return reads("/etc/passwd") }, refused: "ENOENT", quiet: true},
	{name: "host-sys", try: func(*scene) error { _, err := os.ReadDir("/sys/class"); return err }, refused: "ENOENT", quiet: true},
	{name: "host-var", try: func(*scene) error { _, err := os.ReadDir("/var"); return err }, refused: "ENOENT", quiet: true},
	{name: "host-run", try: func(*scene) error { _, err := os.ReadDir("/run"); return err }, refused: "ENOENT", quiet: true},
	{name: "host-devices", try: func(*scene) error { return with("/dev/tty0", unix.O_PATH, nothing) }, refused: "ENOENT", outside: "success ENOENT", quiet: true},
}}

// plant makes links to a tool of the home where the victim may write, and tries
// something by that name.
func plant(s *scene, try func(path string) error) error {
	if err := unix.Symlink(s.Home, s.Out+"/house"); err != nil {
		return fmt.Errorf("planting a link: %v", err)
	}
	return try(s.Out + "/house/tool")
}

func link(try func(path string) error) func(*scene) error {
	return func(s *scene) error { return plant(s, try) }
}

// byDescriptor goes up from an open directory (E01).
func byDescriptor(s *scene) error {
	return with(s.Project, unix.O_RDONLY|unix.O_DIRECTORY, func(fd int) error {
		return reads(descriptor(fd) + "/../Cargo.toml")
	})
}

func descriptor(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// watchByInotify would learn what happens at a place, and under what names.
func watchByInotify(path string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	_, err = unix.InotifyAddWatch(fd, path, unix.IN_CREATE|unix.IN_MODIFY)
	return errors.Join(err, unix.Close(fd))
}

// openByHandle makes a handle of a file that is shown, and opens it by that.
// Handles of files that are not shown could be guessed just as well.
func openByHandle(s *scene) error {
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, s.Project+"/Cargo.toml", 0)
	if err != nil {
		return err
	}
	return with(s.Project, unix.O_RDONLY, func(mount int) error {
		fd, err := unix.OpenByHandleAt(mount, handle, unix.O_RDONLY)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	})
}
