package namespaces

import (
	"errors"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// buildView assembles the new root and makes it the only one.
func buildView(p *plan, c *stage.Child) error {
	// What happens here must not be seen outside, and nothing from outside may
	// arrive later.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return failed(err, "making mounts private")
	}
	// All sources are taken before the new root covers anything.
	trees, err := openSources(p, c)
	if err != nil {
		return err
	}
	root, err := newRoot()
	if err != nil {
		return err
	}
	v := view{root: root}
	if err := v.skeleton(&p.Spec); err != nil {
		return err
	}
	for i, m := range p.Spec.Mounts {
		if m.Kind == spec.Cover {
			if err := v.cover(m); err != nil {
				return failed(err, "covering `%s`", m.Target)
			}
			continue
		}
		if err := v.attach(m, trees[i]); err != nil {
			return failed(err, "mounting `%s`", m.Target)
		}
	}
	// From here on nothing can be created at the top either.
	if err := setAttr(root, unix.MOUNT_ATTR_RDONLY, false); err != nil {
		return failed(err, "making the root read-only")
	}
	return enter(root)
}

// coverFile is an empty file in the root while a cover is being mounted.
const coverFile = ".cover"

// view is a root under construction; everything is created relative to it.
type view struct{ root int }

// in opens what a path inside the view names, without ever following a link:
// the sources belong to the project, and a link there must not decide what we
// mount on (CVE-2021-30465).
func (v view) in(p string, flags int) (int, error) { return v.open(p, flags, 0) }

func (v view) open(p string, flags int, resolve uint64) (int, error) {
	p = strings.TrimPrefix(path.Clean(p), "/")
	if p == "" {
		p = "."
	}
	return fsx.Openat2(v.root, p, &unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | resolve,
	})
}

// parent opens the directory that holds p and returns the last name. It is for
// what is created, and that lies in the root itself: a writable mount is the
// caller's own directory, where nothing may be made for want of a place.
func (v view) parent(p string) (fd int, name string, err error) {
	if err := v.mkdirAll(path.Dir(p), 0o755); err != nil {
		return -1, "", err
	}
	fd, err = v.open(path.Dir(p), unix.O_PATH|unix.O_DIRECTORY, unix.RESOLVE_NO_XDEV)
	if errors.Is(err, unix.EXDEV) {
		err = errors.New("there is nothing of that name in what is mounted above it")
	}
	return fd, path.Base(p), err
}

// mkdirAll makes p and what is missing above it.
func (v view) mkdirAll(p string, mode uint32) error {
	p = path.Clean(p)
	if p == "/" {
		return nil
	}
	if fd, err := v.in(p, unix.O_PATH|unix.O_DIRECTORY); err == nil {
		return unix.Close(fd)
	}
	fd, name, err := v.parent(p)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Mkdirat(fd, name, mode)
}

// skeleton creates the directories, files and links of the root itself.
func (v view) skeleton(s *spec.Spec) error {
	for _, d := range s.Dirs {
		if err := v.mkdirAll(d.Path, d.Mode); err != nil {
			return failed(err, "creating `%s`", d.Path)
		}
	}
	for _, f := range s.Files {
		if err := v.writeFile(f.Path, f.Data); err != nil {
			return failed(err, "creating `%s`", f.Path)
		}
	}
	for _, l := range s.Links {
		dir, name, err := v.parent(l.Path)
		if err == nil {
			err = unix.Symlinkat(l.Target, dir, name)
			unix.Close(dir)
		}
		if err != nil {
			return failed(err, "creating `%s`", l.Path)
		}
	}
	return nil
}

func (v view) writeFile(p, data string) error {
	dir, name, err := v.parent(p)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), p)
	_, err = f.WriteString(data)
	return errors.Join(err, f.Close())
}

// attach puts a detached mount at its place, which is created if it is in the
// root itself; inside another mount it must be there already.
func (v view) attach(m spec.Mount, tree int) error {
	var st unix.Stat_t
	if err := unix.Fstat(tree, &st); err != nil {
		return err
	}
	place, err := v.in(m.Target, unix.O_PATH)
	if errors.Is(err, unix.ENOENT) {
		if st.Mode&unix.S_IFMT == unix.S_IFDIR {
			err = v.mkdirAll(m.Target, 0o755)
		} else {
			err = v.writeFile(m.Target, "")
		}
		if err != nil {
			return err
		}
		place, err = v.in(m.Target, unix.O_PATH)
	}
	if err != nil {
		return err
	}
	defer unix.Close(place)
	defer unix.Close(tree)
	return unix.MoveMount(tree, "", place, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}

// cover mounts an empty read-only directory, or an empty read-only file if that
// is what is to be covered.
func (v view) cover(m spec.Mount) error {
	place, err := v.in(m.Target, unix.O_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(place)
	var st unix.Stat_t
	if err := unix.Fstat(place, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		empty, err := mountNew("tmpfs", "size=4k,nr_inodes=2,mode=555", safe|unix.MOUNT_ATTR_RDONLY)
		if err != nil {
			return err
		}
		return v.attach(m, empty)
	}
	// The file lies in the view's own root until it is mounted: the kernel does
	// not mount what has no name. A file of that name in the Spec is an error
	// here, and never removed.
	if err := v.writeFile("/"+coverFile, ""); err != nil {
		return err
	}
	file, err := unix.OpenTree(v.root, coverFile, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	if err := setAttr(file, safe|unix.MOUNT_ATTR_RDONLY, true); err != nil {
		return err
	}
	if err := v.attach(m, file); err != nil {
		return err
	}
	return unix.Unlinkat(v.root, coverFile, 0)
}
