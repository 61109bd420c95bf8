package landlock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// Run runs s and waits until nothing of it is left.
func Run(ctx context.Context, s spec.Spec) (spec.Result, error) {
	version, err := abi()
	if err != nil {
		return spec.Result{}, unavailable(err)
	}
	if version < minABI {
		return spec.Result{}, diag.New(diag.ExitIsolation, "isolation `landlock` needs Landlock version %d, this kernel has %d", minABI, version).
			WithHelp("use Linux 6.2 or newer")
	}
	l, err := relocate(&s)
	if err != nil {
		return spec.Result{}, diag.Wrap(err, "laying out the world at the places of this host")
	}
	if err := l.make(); err != nil {
		return spec.Result{}, diag.Wrap(err, "laying out the world at the places of this host")
	}
	p := &plan{
		Argv: l.texts(s.Argv), Env: l.texts(s.Env), Dir: l.place(s.Dir),
		Umask: s.Umask, OpenFiles: s.OpenFiles, Network: s.Network == spec.NetworkHost, ABI: version,
	}
	for _, r := range l.allowed {
		rules, err := spare(r, l.hidden)
		if err != nil {
			return spec.Result{}, err
		}
		p.Rules = append(p.Rules, rules...)
	}
	if l.proc {
		p.Rules = append(p.Rules, rule{Path: "/proc", Access: list | read})
	}
	if p.Rules, err = identify(p.Rules); err != nil {
		return spec.Result{}, err
	}
	result, err := start(ctx, &s, p, l)
	result.Weaker = append(append([]string{}, Weaker...), result.Weaker...)
	if version < 6 {
		result.Weaker = append(result.Weaker, fmt.Sprintf("processes of the same user outside can be signalled (Landlock %d; Linux 6.12 closes this)", version))
	}
	return result, err
}

// make makes in Scratch what has no place of its own, and sees to it that the
// host has the links that are expected of it.
func (l *layout) make() error {
	for _, dir := range l.dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, f := range l.files {
		if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(f.Path, []byte(f.Data), 0o644); err != nil {
			return err
		}
	}
	for _, k := range l.newLinks {
		if err := os.MkdirAll(filepath.Dir(k.Path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(k.Target, k.Path); err != nil {
			return err
		}
	}
	for _, k := range l.links {
		if target, err := os.Readlink(k.Path); err != nil || target != k.Target {
			return diag.New(diag.ExitIsolation, "`%s` of this host does not lead to `%s`, as it must", k.Path, k.Target).Because(err)
		}
	}
	return nil
}

// start starts the second stage and answers for it until the command ends.
func start(ctx context.Context, s *spec.Spec, p *plan, l *layout) (spec.Result, error) {
	handover, err := supervisor.NewHandover()
	if err != nil {
		return spec.Result{}, diag.Wrap(err, "preparing the supervisor")
	}
	defer handover.Close()
	child, err := stage.Start(s, stage.Options{
		Name: stage2Name, ExtraFiles: []*os.File{handover.Theirs}, EndByControl: true,
		Sys: &syscall.SysProcAttr{Setsid: true},
	}, p)
	handover.Theirs.Close()
	if err != nil {
		return spec.Result{}, err
	}
	a := &answers{view: newView(l), stage2: child.PID(), hostName: s.HostName, domainName: s.DomainName}
	for _, r := range p.Rules {
		if r.Access&(list|write) == list|write { // not devices, which are the host's
			a.writable = append(a.writable, r.Path)
		}
		if r.Access&list != 0 && r.Path != "/proc" {
			a.listed = append(a.listed, r.Path)
		}
	}
	served := make(chan error, 1)
	go func() {
		err := handover.Serve(func(listener, stop int) error { return supervisor.Serve(listener, stop, a.answer) })
		if err != nil {
			// Nobody answers any more: what the command asks for now must not
			// be decided by chance.
			child.End()
		}
		served <- err
	}()
	result, err := child.Follow(ctx, s.Signals)
	handover.Stop()
	if failed := (*stage.Failure)(nil); errors.As(err, &failed) {
		err = diagnose(failed)
	}
	return result, diag.Join(err, <-served)
}

// diagnose turns a failed step of the second stage into an error.
func diagnose(f *stage.Failure) error {
	if strings.HasPrefix(f.Step, "starting ") || strings.HasPrefix(f.Step, "finding ") {
		return diag.New(diag.ExitFailed, "%s in the world failed", f.Step).Because(errors.New(f.Text))
	}
	return unavailable(fmt.Errorf("%s: %w", f.Step, syscall.Errno(f.Errno)))
}

// unavailable says why there is no Landlock, or no supervisor.
func unavailable(err error) error {
	d := diag.New(diag.ExitIsolation, "isolation `landlock` is not available on this host").Because(err)
	switch {
	case errors.Is(err, unix.ENOSYS):
		return d.Note("the kernel has no Landlock, or a container's profile hides it").WithHelp("use Linux 6.2 or newer")
	case errors.Is(err, unix.EOPNOTSUPP):
		return d.Note("Landlock is built in but not switched on").WithHelp("add `landlock` to the kernel's `lsm=` parameter")
	case errors.Is(err, unix.EBUSY):
		return d.Note("this process is under a supervisor already (a container runtime, or another sandbox), and the kernel has one per process").
			WithHelp("run outside that sandbox")
	}
	return d
}
