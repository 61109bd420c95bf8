package namespaces

import (
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// refused turns a refused clone into an error that says which of the known
// causes it is and what to do.
func refused(e *stage.StartError) *diag.Diagnostic {
	d := diag.New(diag.ExitIsolation, "isolation `namespaces` is not available on this host").Because(e.Err)
	errno := unix.Errno(0)
	errors.As(e.Err, &errno) // 0, of which nothing is known, where it is none
	if advised(d, advice.UserNamespace, errno) {
		return d
	}
	return d.WithHelp("run `unshare --user --map-root-user true` to see whether user namespaces work at all")
}

// diagnose turns a failed step of the second stage into an error.
func diagnose(f *stage.Failure) error {
	cause := error(errors.New(f.Text))
	errno := syscall.Errno(f.Errno)
	if strings.HasPrefix(f.Step, "starting ") || strings.HasPrefix(f.Step, "finding ") {
		return diag.New(diag.ExitFailed, "%s in the world failed", f.Step).Because(cause)
	}
	if strings.HasPrefix(f.Step, "following ") {
		return diag.New(diag.ExitFailed, "the command ran, and its end could not be learnt: %s", f.Step).Because(cause)
	}
	d := diag.New(diag.ExitIsolation, "could not set up the world: %s", f.Step).Because(cause)
	step := stepOf(f.Step)
	if errno == unix.EACCES && step == preparing && advice.Look("/", nil).AppArmorUserNS != "1" {
		return d.Note("inside the world you have the rights of the user who calls, and no more").
			WithHelp("make the directory readable for that user, or build as its owner")
	}
	if step == preparing {
		step = advice.Mount
	}
	advised(d, step, errno)
	return d
}

// preparing is a step at a source of the caller's: its own permissions are a
// likelier cause than the kernel.
const preparing advice.Step = "preparing"

// stepOf says which kind of step of the second stage has this name.
func stepOf(name string) advice.Step {
	for _, s := range []struct {
		prefix string
		step   advice.Step
	}{
		{"making the proc for ", advice.Proc},
		{"preparing ", preparing},
		{"pivoting ", advice.Root},
		{"bringing up ", advice.Loopback},
		{stepListener, advice.Listener},
		{"installing the seccomp filter", advice.Filter},
		{"making ", advice.Mount},
		{"attaching ", advice.Mount},
		{"covering ", advice.Mount},
		{"mounting ", advice.Mount},
		{"detaching ", advice.Mount},
	} {
		if strings.HasPrefix(name, s.prefix) {
			return s.step
		}
	}
	return advice.Other
}

// advised adds what is known of a refusal, and reports whether anything is.
func advised(d *diag.Diagnostic, step advice.Step, errno syscall.Errno) bool {
	a := advice.For(step, errno, advice.Look("/", nil))
	if a.Reason == "" {
		return false
	}
	d.Note("%s", a.Reason)
	if a.Help != "" {
		d.WithHelp("%s", a.Help)
	}
	return true
}
