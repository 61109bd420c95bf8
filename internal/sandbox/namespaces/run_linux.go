package namespaces

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/monitor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// baseFlags are the namespaces of every rung.
const baseFlags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// setupCaps are the capabilities that the second stage needs to build the view.
// They are ambient because an exec with a uid that is not 0 drops all others
// (P01). The command itself gets none.
var setupCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP}

// Run runs s and waits until nothing of it is left.
func Run(ctx context.Context, s spec.Spec) (spec.Result, error) {
	s = withoutRandomness(s)
	p := plan{Spec: s, Sources: make([]identity, len(s.Mounts))}
	for i, m := range s.Mounts {
		if m.Source == "" {
			continue
		}
		id, err := identify(m.Source)
		if err != nil {
			return spec.Result{}, diag.Wrap(err, "looking at mount source `%s`", m.Source)
		}
		p.Sources[i] = id
	}
	result, err := start(ctx, &p, true)
	if first := (*stage.StartError)(nil); errors.As(err, &first) {
		if os.Geteuid() != 0 {
			return result, refused(first)
		}
		// Rung A': root that may not make a user namespace.
		p.WithoutUserNS = true
		result, err = runAsRoot(ctx, &p)
		if second := (*stage.StartError)(nil); errors.As(err, &second) {
			// What stands in the way of the better rung is also the easier to mend.
			return result, refused(first).Note("without a user namespace, this root has not the rights either: %v", second.Err)
		}
	}
	return result, err
}

// withoutRandomness puts an empty file at the place of each device of randomness
// where randomness is held. The supervisor answers for these places; who gets there
// by a way that it does not know (a link, a descriptor of a directory) finds
// nothing, and not the kernel's randomness.
func withoutRandomness(s spec.Spec) spec.Spec {
	if s.Determinism == nil || !s.Determinism.Random {
		return s
	}
	held := func(m spec.Mount) bool { return m.Kind == spec.Device && monitor.IsRandomDevice(m.Target) }
	s.Files = slices.Clone(s.Files)
	for _, m := range s.Mounts {
		if held(m) {
			s.Files = append(s.Files, spec.File{Path: m.Target})
		}
	}
	s.Mounts = slices.DeleteFunc(slices.Clone(s.Mounts), held)
	return s
}

// identify returns what a source is now, without following a link at its end.
func identify(path string) (identity, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return identity{}, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return identity{}, &os.PathError{Op: "open", Path: path, Err: errors.New("is a symbolic link, which could be exchanged at any time")}
	}
	return identity{st.Dev, st.Ino}, nil
}

// start makes the namespaces, sends the plan and follows the run to its end:
// when pid 1 is gone, so is every process of the world.
func start(ctx context.Context, p *plan, userNamespace bool) (spec.Result, error) {
	runtime.LockOSThread() // see stage.Start
	defer runtime.UnlockOSThread()

	sys := &syscall.SysProcAttr{
		Cloneflags: baseFlags,
		Pdeathsig:  syscall.SIGKILL,
		// A session of its own: no controlling terminal, no signals of the
		// caller's process group. What is meant for the world comes
		// through Spec.Signals.
		Setsid: true,
	}
	if p.Spec.Network != spec.NetworkHost {
		sys.Cloneflags |= unix.CLONE_NEWNET
	}
	if userNamespace {
		sys.Cloneflags |= unix.CLONE_NEWUSER
		sys.AmbientCaps = setupCaps
		sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: p.Spec.UID, HostID: os.Geteuid(), Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: p.Spec.GID, HostID: os.Getegid(), Size: 1}}
	}
	m, err := monitor.NewSession(supervision(&p.Spec))
	if err != nil {
		return spec.Result{}, err
	}
	p.Rules = m.Rules()
	child, err := stage.Start(&p.Spec, stage.Options{Name: stage2Name, Sys: sys, ExtraFiles: m.Files()}, p)
	if err != nil {
		return spec.Result{}, diag.Join(err, m.Abandon())
	}
	m.Start(child)
	result, err := child.Follow(ctx, p.Spec.Signals)
	weaker, ended := m.Finish()
	result.Weaker = append(result.Weaker, weaker...)
	if failed := (*stage.Failure)(nil); errors.As(err, &failed) {
		if failed.Step == stepListener && failed.Errno == int(unix.EBUSY) && p.Spec.Determinism == nil {
			// Somebody supervises us, and a process has one supervisor. What is
			// missing without ours is a record, not a wall.
			p.Spec.Record, p.Rules = nil, nil
			result, err := start(ctx, p, userNamespace)
			result.Weaker = append(result.Weaker, "nobody watched the run, because it is under another supervisor already (a container runtime, or a sandbox): a failure cannot be explained")
			return result, err
		}
		err = diagnose(failed)
	}
	if ended != nil {
		return result, ended // and how the run ended follows from that
	}
	return result, err
}

// supervision says what is to be held and recorded of a run.
func supervision(s *spec.Spec) monitor.Options {
	o := monitor.Options{
		Hold: s.Determinism, Record: s.Record, Buffer: true, HostName: s.HostName, DomainName: s.DomainName,
		Writable: []string{}, Mounts: s.Mounts, Offline: s.Network != spec.NetworkHost,
	}
	for _, m := range s.Mounts {
		if m.Writable || m.Kind == spec.Tmpfs || m.Kind == spec.Device || m.Kind == spec.Proc {
			o.Writable = append(o.Writable, m.Target)
		}
	}
	return o
}
