package probe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
)

// patience is how long one try may take. They take milliseconds; one that does
// not end is a finding too.
const patience = 10 * time.Second

// setupCaps are those of package namespaces.
var setupCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP}

// Table tries every feature, one after another. The error is that of ctx, or
// that nothing can be started at all.
func Table(ctx context.Context, host advice.Host) ([]Result, error) {
	// A child ends with the thread that started it, by Pdeathsig.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := startable(ctx); err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("starting this program again: %w", err)
	}
	results := []Result{}
	works := map[string]bool{}
	mappable := false
	for _, f := range features() {
		if f.place.mapped && !mappable && os.Geteuid() != 0 {
			f.after = "id-map"
		}
		r := Result{Name: f.name, What: f.what, RequiredBy: list(f.required), Strengthens: list(f.better)}
		if f.after != "" && !works[f.after] {
			r.State, r.Missing = Skipped, f.after
			r.Reason = "cannot be tried without `" + f.after + "`"
		} else {
			began := time.Now()
			reported := f.run(ctx, mappable)
			r.Milliseconds = float64(time.Since(began).Microseconds()) / 1000
			r.take(reported, &f, host)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		works[f.name] = r.State == OK
		mappable = works["id-map"]
		results = append(results, r)
	}
	if os.Geteuid() == 0 && works["mnt-namespace"] {
		// Root is served without a user namespace (rung A').
		for i := range results {
			if name := results[i].Name; name == "user-namespace" || name == "id-map" {
				results[i].RequiredBy = []string{}
			}
		}
	}
	return results, nil
}

// list is never nil, so that JSON has `[]`.
func list(names []string) []string { return append([]string{}, names...) }

// take puts what was found into the result.
func (r *Result) take(found report, f *feature, host advice.Host) {
	r.Value = found.Value
	if found.Text == "" {
		r.State = OK
		return
	}
	r.State, r.Step, r.Error = Failed, found.Step, found.Text
	if found.Errno != 0 {
		r.Errno = syscall.Errno(found.Errno)
		r.ErrnoName = errnoName(r.Errno)
	}
	step := f.step
	if found.Kind != "" {
		step = found.Kind
	}
	known := advice.For(step, r.Errno, host)
	switch {
	case f.absent != "":
		r.Reason = f.absent
	case known.Reason != "":
		r.Reason, r.Help = known.Reason, known.Help
	default:
		r.Reason = "this kernel, or what confines us, does not do it"
	}
}

// errnoName is a name of errno(3); of two for one number, that of the kernel's
// documentation.
func errnoName(errno syscall.Errno) string {
	if errno == unix.EOPNOTSUPP {
		return "EOPNOTSUPP"
	}
	return unix.ErrnoName(errno)
}

// startable starts a child that does nothing, so that a program which cannot be
// started is not taken for a host without features.
func startable(ctx context.Context) error {
	f := feature{name: waitingName}
	return f.run(ctx, false).err()
}

// run makes one try.
func (f *feature) run(ctx context.Context, mappable bool) report {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	given := ""
	if f.place.given != "" {
		link, err := os.Readlink("/proc/self/ns/" + f.place.given)
		if err != nil {
			return newReport("", failed(err, "reading which "+f.place.given+" namespace we are in"))
		}
		given = link
	}
	reading, writing, err := os.Pipe()
	if err != nil {
		return newReport("", failed(err, "making a pipe"))
	}
	defer reading.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = []string{childName, f.name, given}
	cmd.Env = []string{}
	cmd.ExtraFiles = []*os.File{writing}
	cmd.SysProcAttr = f.place.attributes(mappable)
	// The child waits for the end of its input before it does anything.
	input, err := cmd.StdinPipe()
	if err != nil {
		writing.Close()
		return newReport("", failed(err, "making a pipe"))
	}
	err = cmd.Start()
	writing.Close()
	if err != nil {
		input.Close()
		return newReport("", failed(bare(err), "starting a process in it"))
	}
	var outside error
	if f.parent != nil {
		outside = f.parent(cmd.Process.Pid)
	}
	input.Close()
	data, readErr := io.ReadAll(bufio.NewReader(reading))
	waitErr := cmd.Wait()
	if f.clean != nil {
		if err := f.clean(cmd.Process.Pid); err != nil {
			return newReport("", failed(err, "cleaning up"))
		}
	}
	if outside != nil {
		return newReport("", outside)
	}
	var r report
	switch err := errors.Join(readErr, json.Unmarshal(data, &r)); {
	case ctx.Err() != nil:
		return newReport("", wrong("waiting for it", "no answer within %v", patience))
	case err != nil || waitErr != nil:
		// Killed by a filter, for example.
		return newReport("", wrong("waiting for it", "the process ended without a report (%v)", waitErr))
	}
	return r
}

// attributes say how the child is started.
func (p place) attributes(mappable bool) *syscall.SysProcAttr {
	sys := &syscall.SysProcAttr{Cloneflags: p.flags, Pdeathsig: syscall.SIGKILL}
	if p.mapped && mappable {
		sys.Cloneflags |= unix.CLONE_NEWUSER
		sys.AmbientCaps = slices.Concat(setupCaps, p.caps)
		sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Geteuid(), Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Getegid(), Size: 1}}
	}
	return sys
}
