package landlock

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// answers decides about the calls that the filter hands over.
type answers struct {
	view       *view
	writable   []string // directories in which the command may change anything
	listed     []string // directories that the command may list
	stage2     int      // process of the second stage: ours are its descendants
	hostName   string
	domainName string
}

// answer decides about one call. Whatever cannot be read of the caller is left
// to the kernel, which will find the same fault, and which refuses by itself to
// read, run and change what is not allowed.
func (a *answers) answer(c *supervisor.Call) supervisor.Answer {
	call, ok := calls[c.Number]
	if !ok {
		return supervisor.Refuse(uintptr(unix.ENOSYS)) // the filter asks for nothing else
	}
	switch call.do {
	case hostOf:
		return a.uname(c)
	case mode, modeFD, times:
		return a.metadata(c, call)
	case watch:
		return a.watch(c, call)
	}
	p, err := place(c, call)
	if err != nil || p == "" {
		return supervisor.Continue()
	}
	switch found := a.view.look(p); {
	case found.state == absent:
		return supervisor.Refuse(uintptr(unix.ENOENT))
	case found.state == ofProcess && !a.ours(c, found.process):
		return supervisor.Refuse(uintptr(unix.ENOENT))
	case found.state == redirected && call.do == open:
		return readOnly(c, call, found.data)
	}
	return supervisor.Continue()
}

// place is the absolute path that a call names, not cleaned. It is empty if
// the call names a descriptor, or something that has no place.
func place(c *supervisor.Call, call asked) (string, error) {
	p, err := c.String(c.Args[call.path])
	if err != nil || p == "" || strings.HasPrefix(p, "/") {
		return p, err
	}
	dir := unix.AT_FDCWD
	if call.dir >= 0 {
		dir = c.DirFD(c.Args[call.dir])
	}
	base, err := c.Place(dir)
	if err != nil || !strings.HasPrefix(base, "/") {
		return "", err
	}
	return base + "/" + p, nil
}

// readOnly answers an open for reading with a file in memory.
func readOnly(c *supervisor.Call, call asked, data string) supervisor.Answer {
	if c.Args[call.path+1]&(unix.O_ACCMODE|unix.O_CREAT|unix.O_TRUNC) != unix.O_RDONLY {
		return supervisor.Refuse(uintptr(unix.EROFS))
	}
	fd, err := unix.MemfdCreate("file", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return supervisor.Refuse(uintptr(unix.ENFILE))
	}
	f := os.NewFile(uintptr(fd), "file")
	defer f.Close()
	if _, err := f.WriteString(data); err != nil {
		return supervisor.Refuse(uintptr(unix.EIO))
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_GROW|unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL); err != nil {
		return supervisor.Refuse(uintptr(unix.EIO))
	}
	// Opened again, so that its offset is the caller's alone and it is for
	// reading only.
	again, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return supervisor.Refuse(uintptr(unix.EIO))
	}
	return supervisor.Open(again, c.Args[call.path+1])
}

// ours reports whether a process is the caller's own or was started, at some
// remove, by the second stage.
func (a *answers) ours(c *supervisor.Call, process int) bool {
	if own, err := c.Process(); err == nil && own == process {
		return true
	}
	const deepest = 1000
	for range deepest {
		s, err := stage.StatusOf("/proc/" + strconv.Itoa(process))
		if err != nil || s.Parent <= 1 {
			return false
		}
		if s.Parent == a.stage2 {
			return true
		}
		process = s.Parent
	}
	return false
}

// uname answers with the host name of the world.
func (a *answers) uname(c *supervisor.Call) supervisor.Answer {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return supervisor.Refuse(uintptr(unix.EFAULT))
	}
	const field = len(u.Nodename)
	// struct new_utsname: sysname, nodename, release, version, machine, domainname.
	var out []byte
	for i, part := range [][field]byte{u.Sysname, {}, u.Release, u.Version, u.Machine, {}} {
		switch i {
		case 1:
			copy(part[:field-1], a.hostName)
		case 5:
			copy(part[:field-1], a.domainName)
		}
		out = append(out, part[:]...)
	}
	if err := c.Write(c.Args[0], out); err != nil {
		return supervisor.Refuse(uintptr(unix.EFAULT))
	}
	return supervisor.Return(0)
}

// mayChange reports whether a real path of the host lies where the command may
// change things.
func (a *answers) mayChange(real string) bool { return withinAny(a.writable, real) }

// withinAny reports whether a real path lies in one of some directories.
func withinAny(dirs []string, real string) bool {
	real = path.Clean(real)
	return slices.ContainsFunc(dirs, func(dir string) bool { return within(dir, real) })
}
