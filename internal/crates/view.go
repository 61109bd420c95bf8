package crates

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// places are the directories of a fetch as cargo sees them.
type places struct{ root, rust, cargo, tmp, out string }

// moved are the places where directories can be mounted.
var moved = places{
	root:  "/hermetic/root",
	rust:  "/hermetic/rust",
	cargo: "/hermetic/cargo",
	tmp:   "/hermetic/tmp",
	out:   "/hermetic/vendor",
}

// inPlace are the places where they cannot: those of the host.
func (r *Request) inPlace(home, out string) places {
	return places{root: r.Root, rust: r.Toolchain.Dir, cargo: filepath.Join(home, "home"), tmp: filepath.Join(home, "tmp"), out: out}
}

// fetchSpec is the view of a fetch: the host as it is, but read-only; the
// downloads and the staging directory writable; the root where no ancestor of
// it can take part.
func (r *Request) fetchSpec(writeRoot bool, home, downloads, out string) (sandbox.Spec, error) {
	s := sandbox.Spec{
		Dir: path.Join(r.places.root, r.Workspace),
		UID: os.Geteuid(), GID: os.Getegid(), // ssh and git look themselves up
		HostName: "localhost", DomainName: "(none)", Umask: 0o022, OpenFiles: 1024,
		Network: spec.NetworkHost, Signals: r.Signals,
		Env: r.environment(),
	}
	if r.alone {
		s.Network = spec.NetworkLoopback
		if r.Isolation == sandbox.Landlock {
			s.Network = spec.NetworkNone
		}
	}
	err := hostMounts(&s, r.Isolation)
	if err != nil {
		return s, diag.Wrap(err, "listing the host's directories")
	}
	if err := r.systemInPlace(&s); err != nil {
		return s, diag.Wrap(err, "putting the locked system in the place of the host's")
	}
	if r.Isolation == sandbox.Landlock {
		s.Mounts = append(s.Mounts, r.above()...)
	}
	for _, dir := range []string{"registry", "git"} {
		if err := os.MkdirAll(filepath.Join(downloads, dir), 0o700); err != nil {
			return s, err
		}
	}
	tmp := filepath.Join(home, "tmp")
	cargoHome := filepath.Join(home, "home")
	for _, dir := range []string{tmp, cargoHome} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return s, err
		}
	}
	if err := r.userConfig(cargoHome); err != nil {
		return s, err
	}
	bind := func(source, place string, writable bool) {
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: source, Target: place, Writable: writable})
	}
	// Cargo reads it and nothing in it may run.
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: r.Root, Target: r.places.root, Writable: writeRoot, NoExec: true})
	if err := r.projectConfig(&s, cargoHome); err != nil {
		return s, err
	}
	bind(r.Toolchain.Dir, r.places.rust, false)
	bind(cargoHome, r.places.cargo, true)
	if err := r.credentials(&s, cargoHome); err != nil {
		return s, err
	}
	for _, dir := range []string{"registry", "git"} {
		kept, place := filepath.Join(downloads, dir), filepath.Join(cargoHome, dir)
		if r.Isolation == sandbox.Landlock {
			err = os.Symlink(kept, place)
			bind(kept, kept, true)
		} else {
			err = os.Mkdir(place, 0o700)
			bind(kept, r.places.cargo+"/"+dir, true)
		}
		if err != nil {
			return s, err
		}
	}
	bind(tmp, r.places.tmp, true)
	if out != "" {
		bind(out, r.places.out, true)
	}
	return s, nil
}

// above hides what cargo would find above the root, where the root cannot be
// moved to a place that has nothing above it.
func (r *Request) above() []sandbox.Mount {
	var covers []sandbox.Mount
	for dir := r.Root; dir != filepath.Dir(dir); {
		dir = filepath.Dir(dir)
		for _, name := range []string{".cargo/config", ".cargo/config.toml", "Cargo.toml", ".git"} {
			covers = append(covers, sandbox.Mount{Kind: spec.Cover, Target: filepath.Join(dir, name)})
		}
	}
	return covers
}

// programs are the top-level directories that hold what a fetch may start
// (git, ssh, credential helpers) where the root itself cannot be mounted
// without the right to execute.
var programs = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/gnu", "/snap"}

// hostMounts binds every top-level directory of the host read-only, and adds
// fresh /proc and /dev.
func hostMounts(s *sandbox.Spec, isolation sandbox.Isolation) error {
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := "/" + e.Name()
		switch {
		case name == "/proc" || name == "/dev" || name == "/hermetic" || name == "/lost+found":
		case e.Type() == fs.ModeSymlink:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			s.Links = append(s.Links, sandbox.Link{Path: name, Target: target})
		case e.IsDir():
			s.Mounts = append(s.Mounts, sandbox.Mount{
				Kind: spec.Bind, Source: name, Target: name,
				NoExec: isolation == sandbox.Landlock && !slices.Contains(programs, name),
			})
		}
	}
	for _, dev := range []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"} {
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Device, Source: dev, Target: dev})
	}
	s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Proc, Target: "/proc"})
	s.Links = append(s.Links, sandbox.Link{Path: "/dev/fd", Target: "/proc/self/fd"})
	return nil
}

// ambient are the host variables that a fetch may use: how to reach the
// network and how to prove who one is. A trailing * is a prefix.
var ambient = []string{
	"HOME", "USER", "LOGNAME", "PATH", "LANG", "TERM", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
	"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GIT_*", "DBUS_SESSION_BUS_ADDRESS",
	"CARGO_REGISTRY_*", "CARGO_REGISTRIES_*", "CARGO_HTTP_*", "CARGO_NET_*",
}

// mayUse reports whether a fetch sees a variable of the host.
func (r *Request) mayUse(name string) bool {
	if r.alone {
		// Where a registry is, without which its crates are not found.
		return strings.HasPrefix(name, "CARGO_REGISTRIES_") && strings.HasSuffix(name, "_INDEX")
	}
	return slices.ContainsFunc(ambient, func(pattern string) bool {
		prefix, wild := strings.CutSuffix(pattern, "*")
		return name == pattern || wild && strings.HasPrefix(name, prefix)
	})
}

// environment is the environment of a fetch.
func (r *Request) environment() []string {
	env := map[string]string{}
	for name, value := range r.Host {
		if r.mayUse(name) {
			env[name] = value
		}
	}
	maps.Copy(env, map[string]string{
		"CARGO_HOME": r.places.cargo,
		"TMPDIR":     r.places.tmp,
		// No wrapper of the user's or the project's configuration runs here:
		// an empty variable cancels a configured one (channel B02).
		"RUSTC":                   r.places.rust + "/bin/rustc",
		"RUSTC_WRAPPER":           "",
		"RUSTC_WORKSPACE_WRAPPER": "",
	})
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
