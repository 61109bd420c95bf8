package crates

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
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

// fetch vendors into a staging directory, verifies, and commits the layer.
func fetch(ctx context.Context, r *Request) (Crates, error) {
	r.Status("Fetching", "%d crates that Cargo.lock names", len(r.Lock.External))
	staged, err := r.Store.Begin("crates")
	if err != nil {
		return Crates{}, err
	}
	defer staged.Discard()
	downloads, err := r.Store.Downloads()
	if err != nil {
		return Crates{}, err
	}
	if err := forget(downloads, r.Lock); err != nil {
		return Crates{}, diag.Wrap(err, "cleaning the downloads")
	}
	if _, err := runCargo(ctx, r, false, downloads, "", "fetch", "--locked"); err != nil {
		return Crates{}, err
	}
	// That run may have started programs of the user's: a git, ssh, a credential
	// provider. They can have left in the downloads what cargo does not look at
	// again, such as a checkout (channels E13, E14). So what they brought is taken
	// out without them: from archives that are compared with Cargo.lock below, and
	// from git's objects, whose names libgit2 compares with their content.
	if err := forget(downloads, r.Lock); err != nil {
		return Crates{}, diag.Wrap(err, "cleaning the downloads")
	}
	r.alone = true
	printed, err := runCargo(ctx, r, false, downloads, staged.Dir(),
		"vendor", "--locked", "--offline", "--versioned-dirs", "--respect-source-config")
	if err != nil {
		return Crates{}, err
	}
	if err := verify(staged.Dir(), filepath.Join(downloads, "registry", "cache"), r.Lock); err != nil {
		return Crates{}, err
	}
	config, err := sourceConfig(printed, r.Place)
	if err != nil {
		return Crates{}, err
	}
	layer, err := staged.Commit(ctx)
	return Crates{layer, config}, err
}

// MakeLockfile runs `cargo generate-lockfile` for a project that has none. It
// is the one run that may write to the root.
func MakeLockfile(ctx context.Context, r *Request) error {
	downloads, err := r.Store.Downloads()
	if err != nil {
		return err
	}
	unlock, err := r.Store.Lock(ctx, "fetch", func() { r.Status("Blocking", "waiting for another fetch on this store") })
	if err != nil {
		return err
	}
	defer unlock()
	args := []string{"generate-lockfile"}
	if r.Offline {
		args = append(args, "--offline")
	}
	_, err = runCargo(ctx, r, true, downloads, "", args...)
	return err
}

// forget removes from the downloads what cargo would trust without looking:
// extracted sources and checkouts (channels G07, G12), and archives of locked
// packages that are not what Cargo.lock says.
func forget(downloads string, lock *cargo.Lockfile) error {
	for _, dir := range []string{"registry/src", "git/checkouts"} {
		if err := os.RemoveAll(filepath.Join(downloads, dir)); err != nil {
			return err
		}
	}
	for _, p := range lock.External {
		found, err := downloaded(filepath.Join(downloads, "registry", "cache"), p)
		if err != nil {
			return err
		}
		for _, archive := range found {
			if got, err := sumFile(archive); err != nil || got != p.Checksum {
				if err := os.Remove(archive); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// runCargo runs the pinned cargo with the network and a read-only host, and
// returns what it printed to stdout.
func runCargo(ctx context.Context, r *Request, writeRoot bool, downloads, out string, args ...string) ([]byte, error) {
	// It will hold the user's credentials: no cargo but the pinned one.
	if _, _, err := r.Store.Layer(ctx, r.Toolchain.Digest); err != nil {
		return nil, err
	}
	r.project = nil
	home, release, err := r.Store.TempDir("cargo-home")
	if err != nil {
		return nil, err
	}
	defer release()
	r.places = moved
	if r.Isolation == sandbox.Landlock {
		r.places = r.inPlace(home, out)
	}
	s, err := r.fetchSpec(writeRoot, home, downloads, out)
	if err != nil {
		return nil, err
	}
	s.Argv = slices.Concat([]string{r.places.rust + "/bin/cargo"}, args[:1], r.project, args[1:])
	if out != "" {
		s.Argv = append(s.Argv, r.places.out)
	}
	var stdout bytes.Buffer
	if s.Stdin, err = os.Open(os.DevNull); err != nil {
		return nil, err
	}
	defer s.Stdin.Close()
	outWrite, outDone, err := drain(&stdout)
	if err != nil {
		return nil, err
	}
	// Registries, repositories and the manifests in them have a say in it.
	guard := ui.NewGuard(r.Stderr)
	rewritten, err := cargo.NewRewriter(guard, []cargo.PathPair{{From: r.places.root, To: r.Root}}, cargo.RewriteOptions{})
	if err != nil {
		return nil, err
	}
	shown := &progress{w: rewritten}
	var hidden bytes.Buffer
	if r.Quiet {
		shown.w = &hidden // until it is needed
	}
	errWrite, errDone, err := drain(shown)
	if err != nil {
		return nil, diag.Join(err, outWrite.Close())
	}
	s.Stdout, s.Stderr = outWrite, errWrite
	result, err := sandbox.Run(ctx, r.Isolation, s)
	err = diag.Join(err, outWrite.Close(), errWrite.Close(), <-outDone, <-errDone, rewritten.Close())
	if result.ExitCode != 0 && result.Signal == 0 {
		_, told := guard.Write(hidden.Bytes())
		err = diag.Join(err, told)
	}
	err = diag.Join(err, guard.Close())
	switch {
	case err != nil:
		return nil, err
	case result.Signal != 0:
		return nil, &Interrupted{result}
	case result.ExitCode != 0:
		if shown.checksum {
			return nil, diag.New(diag.ExitLock, "what the registry has is not what Cargo.lock names, see above").
				WithHelp("find out which of the two was changed before you run: cargo update")
		}
		return nil, diag.New(diag.ExitFailed, "`cargo %s` failed with exit code %d, see above", args[0], result.ExitCode)
	}
	return stdout.Bytes(), nil
}

// Interrupted says that a signal ended the fetch. Nothing was stored but
// complete downloads, which the next fetch uses.
type Interrupted struct{ Result sandbox.Result }

func (i *Interrupted) Error() string { return "interrupted by signal: " + i.Result.Signal.String() }

// drain returns a pipe whose contents go to w, and a channel that delivers the
// end of that.
func drain(w io.Writer) (*os.File, <-chan error, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(w, read)
		done <- diag.Join(err, read.Close())
	}()
	return write, done, nil
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

// progress passes cargo's stderr on, without the line a crate that `cargo
// vendor` prints and without its advice.
type progress struct {
	w        io.Writer
	line     []byte
	checksum bool // cargo complained about one
}

func (p *progress) Write(b []byte) (int, error) {
	for _, c := range b {
		p.line = append(p.line, c)
		if c != '\n' && c != '\r' {
			continue
		}
		text := strings.TrimSpace(string(p.line))
		p.checksum = p.checksum || strings.Contains(text, "checksum for `") || strings.Contains(text, "failed to verify the checksum of")
		if text != "" && !strings.HasPrefix(text, "Vendoring ") && !strings.HasPrefix(text, "To use vendored sources") {
			if _, err := p.w.Write(p.line); err != nil {
				return 0, err
			}
		}
		p.line = p.line[:0]
	}
	return len(b), nil
}
