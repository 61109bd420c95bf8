package build

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toolchain"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// systemNow captures the system that the policy asks for, as a layer.
func (h *Host) systemNow(ctx context.Context, st *store.Store, p *Project, rust store.Layer, o *Options) (store.Layer, error) {
	sys, err := h.systemHere(ctx, st, p, rust, o.Offline)
	if err != nil {
		return store.Layer{}, err
	}
	layer, ok, err := st.Layer(ctx, sys.Layer)
	if err == nil && !ok {
		err = diag.New(diag.ExitLock, "the layer `%s` vanished from the store", sys.Layer.Short())
	}
	return layer, err
}

// maxSaid bounds what rustc may say of itself, in bytes; it is some 200.
const maxSaid = 64 << 10

// ask runs `rustc -vV` of a toolchain that nobody vouches for yet: in a world with
// nothing but the toolchain and the system, without a root and without a network.
func (h *Host) ask(ctx context.Context, st *store.Store, t *toolchain.Installed, rust, sys store.Layer, o *Options) (err error) {
	isolation, err := sandbox.ParseIsolation(o.Isolation)
	if err != nil {
		return err
	}
	if isolation != sandbox.Namespaces {
		return diag.New(diag.ExitIsolation, "to ask the toolchain `%s` for its release needs isolation `%s`", t.Name, sandbox.Namespaces).
			WithHelp("lock on a host that has it")
	}
	s := sandbox.Spec{
		Argv: []string{world.Rust + "/bin/rustc", "-vV"}, Dir: world.Home,
		Env: []string{"HOME=" + world.Home, "PATH=" + world.Rust + "/bin:/usr/bin:/bin"},
		UID: 1000, GID: 1000, HostName: "localhost", DomainName: "(none)", Umask: 0o022, OpenFiles: 1024,
		Network: spec.NetworkLoopback, Signals: h.Signals,
		Dirs: []sandbox.Dir{{Path: world.Home, Mode: 0o755}},
	}
	top, err := systemTop(sys)
	if err != nil {
		return err
	}
	for _, t := range top {
		if t.Target != "" {
			s.Links = append(s.Links, sandbox.Link{Path: "/" + t.Name, Target: t.Target})
			continue
		}
		s.Mounts = append(s.Mounts, sandbox.Mount{Kind: spec.Bind, Source: filepath.Join(sys.Dir, t.Name), Target: "/" + t.Name})
	}
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: rust.Dir, Target: world.Rust},
		sandbox.Mount{Kind: spec.Device, Source: "/dev/null", Target: "/dev/null"},
		sandbox.Mount{Kind: spec.Proc, Target: "/proc"})
	if s.Stdin, err = os.Open(os.DevNull); err != nil {
		return err
	}
	defer s.Stdin.Close() // opened for reading: closing it loses nothing
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	s.Stdout, s.Stderr = write, write
	var said bytes.Buffer
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(&said, io.LimitReader(read, maxSaid))
		done <- diag.Join(err, read.Close())
	}()
	result, err := sandbox.Run(ctx, isolation, s)
	err = diag.Join(err, write.Close(), <-done)
	if err == nil && (result.ExitCode != 0 || result.Signal != 0) {
		first, _, _ := strings.Cut(said.String(), "\n")
		err = diag.New(diag.ExitFailed, "rustc of the toolchain `%s` does not run: %.200q", t.Name, first)
	}
	if err != nil {
		return diag.Wrap(err, "asking the toolchain `%s` for its version", t.Name)
	}
	return t.Said(said.Bytes())
}
