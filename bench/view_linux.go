package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// program ends at once and successfully.
const program = "/usr/bin/true"

// Who the program is inside.
const (
	insideID = 1000
	hostName = "localhost"
)

// devices of a world.
var devices = []string{"full", "null", "random", "urandom", "zero"}

// view is what the program is shown by the sandbox and by bwrap alike: the
// host's /usr read-only under a root in memory, /proc, five devices, and no
// network but lo. The sandbox does more with it: it hides everything in /proc
// but processes, filters system calls, and sets domain name and limits.
type view struct {
	links map[string]string // at the top, as on a host with a merged /usr
	binds []string          // at the top, where they are not links
}

// hostView looks at the top of the host.
func hostView() (*view, error) {
	v := &view{links: map[string]string{}, binds: []string{"/usr"}}
	for _, path := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"} {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case info.Mode().Type() == fs.ModeSymlink:
			if v.links[path], err = os.Readlink(path); err != nil {
				return nil, err
			}
		default:
			v.binds = append(v.binds, path)
		}
	}
	return v, nil
}

// spec is the view in our words.
func (v *view) spec() sandbox.Spec {
	s := sandbox.Spec{
		Argv: []string{program}, Dir: "/",
		UID: insideID, GID: insideID, HostName: hostName, DomainName: "(none)",
		Umask: 0o022, OpenFiles: 1024, Network: spec.NetworkLoopback,
	}
	for _, path := range v.binds {
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: path, Target: path})
	}
	for path, target := range v.links {
		s.Links = append(s.Links, sandbox.Link{Path: path, Target: target})
	}
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Proc, Target: "/proc"})
	for _, name := range devices {
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Device, Source: "/dev/" + name, Target: "/dev/" + name})
	}
	return s
}

// bwrapArgs is the view in bwrap's words.
func (v *view) bwrapArgs() []string {
	id := strconv.Itoa(insideID)
	args := []string{
		"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup",
		"--uid", id, "--gid", id, "--hostname", hostName,
		"--die-with-parent", "--new-session", "--cap-drop", "ALL",
	}
	for _, path := range v.binds {
		args = append(args, "--ro-bind", path, path)
	}
	for path, target := range v.links {
		args = append(args, "--symlink", target, path)
	}
	args = append(args, "--proc", "/proc")
	for _, name := range devices {
		args = append(args, "--dev-bind", "/dev/"+name, "/dev/"+name)
	}
	// Last: the root, which bwrap makes in memory, is read-only in ours too.
	return append(args, "--remount-ro", "/", "--chdir", "/", "--", program)
}
