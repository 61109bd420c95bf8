//go:build linux

package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

const showArg = "show"

func init() {
	if len(os.Args) > 1 && os.Args[1] == showArg {
		s, err := show()
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(s)
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// shown is what a command sees of its Spec.
type shown struct {
	Env          []string
	Dir          string
	UID, GID     int
	Umask        int
	Host, Domain string
	Places       map[string]string // of the view's own root: what each name is
}

// show looks at everything in the view's own root, and at what is mounted in it
// without going into that.
func show() (shown, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return shown{}, err
	}
	umask := unix.Umask(0)
	s := shown{
		Env: os.Environ(), UID: unix.Getuid(), GID: unix.Getgid(), Umask: umask,
		Host: unix.ByteSliceToString(u.Nodename[:]), Domain: unix.ByteSliceToString(u.Domainname[:]),
		Places: map[string]string{},
	}
	slices.Sort(s.Env)
	var err error
	if s.Dir, err = os.Getwd(); err != nil {
		return s, err
	}
	var root unix.Stat_t
	if err := unix.Lstat("/", &root); err != nil {
		return s, err
	}
	return s, filepath.WalkDir("/", func(p string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return fs.SkipDir // a directory of mode 700 of another uid
		}
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		if p == "/" {
			return nil
		}
		if st.Dev == root.Dev {
			s.Places[p], err = own(p, st)
			return err
		}
		if s.Places[p], err = mounted(p, st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return err
		}
		return fs.SkipDir
	})
}

// own describes what is in the view's own root.
func own(p string, st unix.Stat_t) (string, error) {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target, err := os.Readlink(p)
		return "link to " + target, err
	case unix.S_IFDIR:
		return fmt.Sprintf("directory %o", st.Mode&0o7777), nil
	}
	data, err := os.ReadFile(p)
	return fmt.Sprintf("file %q", data), err
}

// mounted describes the mount at p.
func mounted(p string, st unix.Stat_t) (string, error) {
	var f unix.Statfs_t
	if err := unix.Statfs(p, &f); err != nil {
		return "", err
	}
	text := fmt.Sprintf("%d:%d", st.Dev, st.Ino)
	switch {
	case f.Type == unix.PROC_SUPER_MAGIC:
		text = "proc"
	case st.Mode&unix.S_IFMT == unix.S_IFCHR:
		return fmt.Sprintf("device %d", st.Rdev), nil
	case f.Type == unix.TMPFS_MAGIC && st.Mode&unix.S_IFMT == unix.S_IFDIR && st.Ino == 1:
		text = fmt.Sprintf("tmpfs %o of %d", st.Mode&0o7777, f.Blocks*uint64(f.Bsize))
	}
	if f.Flags&unix.ST_RDONLY != 0 {
		text += " read-only"
	}
	if f.Flags&unix.ST_NOEXEC != 0 {
		text += " no-exec"
	}
	return text, nil
}

// expected is what a Spec says about the same.
func expected(s sandbox.Spec) (shown, error) {
	e := shown{
		Env: slices.Sorted(slices.Values(s.Env)), Dir: s.Dir, UID: s.UID, GID: s.GID, Umask: s.Umask, Host: s.HostName, Domain: s.DomainName,
		Places: map[string]string{},
	}
	put := func(p, what string) {
		for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
			if e.Places[dir] == "" && !inMount(s, dir) {
				e.Places[dir] = "directory 755"
			}
		}
		e.Places[p] = what
	}
	files := map[string]bool{}
	for _, d := range s.Dirs {
		put(d.Path, fmt.Sprintf("directory %o", d.Mode))
	}
	for _, f := range s.Files {
		put(f.Path, fmt.Sprintf("file %q", f.Data))
		files[f.Path] = true
	}
	for _, l := range s.Links {
		put(l.Path, "link to "+l.Target)
	}
	for _, m := range s.Mounts {
		if inMount(s, m.Target) {
			continue // not looked at, because it is not in the root itself
		}
		what, err := expectedMount(m)
		if err != nil {
			return e, err
		}
		switch m.Kind {
		case spec.Device:
			files[m.Target] = true
		case spec.Bind:
			info, err := os.Lstat(m.Source)
			if err != nil {
				return e, err
			}
			files[m.Target] = info.Mode().IsRegular()
		case spec.Cover:
			if files[m.Target] {
				what = `file ""` // a file of the root itself, mounted on the other
			}
		}
		if m.Kind == spec.Cover {
			for p := range e.Places {
				if strings.HasPrefix(p, m.Target+"/") {
					delete(e.Places, p)
				}
			}
		}
		put(m.Target, what)
	}
	return e, nil
}

// inMount reports whether p lies below the target of some mount.
func inMount(s sandbox.Spec, p string) bool {
	return slices.ContainsFunc(s.Mounts, func(m sandbox.Mount) bool { return strings.HasPrefix(p, m.Target+"/") })
}

func expectedMount(m sandbox.Mount) (string, error) {
	text := ""
	switch m.Kind {
	case spec.Proc:
		return "proc no-exec", nil
	case spec.Cover:
		return "tmpfs 555 of 4096 read-only", nil
	case spec.Tmpfs:
		pages := (uint64(m.Size) + 4095) / 4096 * 4096
		text = fmt.Sprintf("tmpfs %o of %d", m.Mode, pages)
	default:
		var st unix.Stat_t
		if err := unix.Lstat(m.Source, &st); err != nil {
			return "", err
		}
		if st.Mode&unix.S_IFMT == unix.S_IFCHR {
			return fmt.Sprintf("device %d", st.Rdev), nil
		}
		text = fmt.Sprintf("%d:%d", st.Dev, st.Ino)
		if !m.Writable {
			text += " read-only"
		}
	}
	if m.NoExec {
		text += " no-exec"
	}
	return text, nil
}
