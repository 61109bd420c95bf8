//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// again does what is not part of a run a second time if it fails: a tracer
// makes one call of a thread fail, and cannot know whose.
func again(do func() error) error {
	if do() == nil {
		return nil
	}
	return do()
}

// observe runs s on a thread of its own, which alone is under the rules.
func observe(j job, s sandbox.Spec) (o outcome, err error) {
	var files [3]*os.File
	outputs := [3]chan string{}
	if files[0], err = os.Open(os.DevNull); err != nil {
		return o, err
	}
	for i := 1; i < 3; i++ {
		r, w, err := os.Pipe()
		if err != nil {
			return o, err
		}
		files[i], outputs[i] = w, make(chan string, 1)
		go func() {
			defer r.Close()
			var all bytes.Buffer
			if err := again(func() error { _, err := all.ReadFrom(r); return err }); err != nil {
				all.WriteString(err.Error())
			}
			outputs[i] <- all.String()
		}()
	}
	s.Stdin, s.Stdout, s.Stderr = files[0], files[1], files[2]
	ready, begin, done := make(chan error), make(chan struct{}), make(chan error)
	go func() {
		// Never unlocked: the rules cannot be taken off.
		runtime.LockOSThread()
		ready <- forbid(j.Rules)
		<-begin
		var err error
		o.Result, err = sandbox.Run(context.Background(), sandbox.Namespaces, s)
		done <- err
	}()
	if err := <-ready; err != nil {
		return o, err
	}
	if j.Wait {
		if err := awaitTracer(); err != nil {
			return o, err
		}
	}
	close(begin)
	if err := <-done; err != nil {
		o.Error, o.Exit = strings.Join(diag.Chain(err), ": "), diag.ExitCode(err)
	}
	for _, f := range files {
		f.Close() // or the readers never end, which is seen
	}
	o.Stdout, o.Stderr = <-outputs[1], <-outputs[2]
	return o, nil
}

// awaitTracer lets anybody trace this process and waits for the word to go on.
func awaitTracer() error {
	// EINVAL: this kernel has no Yama, and anybody of the same user may.
	err := unix.Prctl(unix.PR_SET_PTRACER, ^uintptr(0), 0, 0, 0)
	if err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	if _, err := fmt.Fprintln(os.Stderr, traceMe); err != nil {
		return err
	}
	return again(func() error { _, err := io.ReadFull(os.Stdin, make([]byte, 1)); return err })
}

// traceMe is the line with which a caller asks to be traced.
const traceMe = "ready to be traced"

// forbid puts rules, if there are any, on the calling thread and what it forks.
func forbid(rules []seccomp.Rule) error {
	if len(rules) == 0 {
		return nil
	}
	prog, err := seccomp.Program(rules)
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return seccomp.Install(prog)
}
