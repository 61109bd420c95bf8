package doctor

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// Places of the small world, named as those of a build.
const (
	place    = "/hermetic"
	program  = place + "/run/cargo-hermetic"
	content  = "what a build may read"
	identity = 1000
	hostName = "localhost"
)

// smallWorld lays a world out below dir: a directory that may be read, one that
// may be written, and a file that is not declared.
func smallWorld(dir string, i sandbox.Isolation, features []probe.Result) (sandbox.Spec, error) {
	root, out, hidden := filepath.Join(dir, "root"), filepath.Join(dir, "out"), filepath.Join(dir, "hidden")
	scratch := filepath.Join(dir, "scratch")
	for path, mode := range map[string]os.FileMode{root: 0o755, out: 0o755, scratch: 0o700} {
		if err := os.Mkdir(path, mode); err != nil {
			return sandbox.Spec{}, err
		}
	}
	for path, text := range map[string]string{filepath.Join(root, "file"): content, hidden: "hidden"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return sandbox.Spec{}, err
		}
	}
	exe, err := os.Executable()
	if err == nil {
		exe, err = filepath.EvalSymlinks(exe)
	}
	if err != nil {
		return sandbox.Spec{}, err
	}
	env := []string{"HOME=" + place + "/home", "PATH=/usr/bin:/bin"}
	expected := probe.Expected{
		File: place + "/root/file", Content: content, Hidden: hidden, ReadOnly: place + "/root", Writable: place + "/out",
		Env: env, HostName: hostName, UID: -1,
	}
	s := sandbox.Spec{
		Env: env, Dir: place + "/root", UID: identity, GID: identity, HostName: hostName, DomainName: "(none)",
		Umask: 0o022, OpenFiles: 1024, Network: spec.NetworkLoopback, Scratch: scratch,
		Mounts: []sandbox.Mount{
			{Kind: spec.Bind, Source: root, Target: place + "/root"},
			{Kind: spec.Bind, Source: out, Target: place + "/out", Writable: true},
			{Kind: spec.Bind, Source: exe, Target: program, File: true},
			{Kind: spec.Device, Source: "/dev/null", Target: "/dev/null"},
			{Kind: spec.Proc, Target: "/proc"},
		},
	}
	if i == sandbox.Namespaces {
		expected.UID = identity
		expected.Namespaces, err = namespacesOutside()
	} else {
		s.Network, expected.NoSockets = spec.NetworkNone, true
		for _, f := range features {
			if f.Name == "landlock-signals" && f.State == probe.OK {
				expected.Outside = os.Getpid()
			}
		}
	}
	if err != nil {
		return s, err
	}
	if err := addLoader(&s, exe); err != nil {
		return s, err
	}
	s.Argv, err = probe.InsideArgs(program, expected)
	return s, err
}

// namespacesOutside are our own, to be compared with those of the world.
func namespacesOutside() (map[string]string, error) {
	links := map[string]string{}
	for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if errors.Is(err, os.ErrNotExist) {
			continue // this kernel has no such namespace, and the isolation says so
		}
		if err != nil {
			return nil, err
		}
		links[kind] = link
	}
	return links, nil
}

// addLoader adds the host's libraries for a program that needs some, which is
// one that was built with cgo.
func addLoader(s *sandbox.Spec, exe string) error {
	file, err := elf.Open(exe)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	static := true
	for _, p := range file.Progs {
		static = static && p.Type != elf.PT_INTERP
	}
	if static {
		return nil
	}
	for _, name := range []string{"/usr", "/lib", "/lib64"} {
		info, err := os.Lstat(name)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return err
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			s.Links = append(s.Links, sandbox.Link{Path: name, Target: target})
		default:
			s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: name, Target: name})
		}
	}
	return nil
}
