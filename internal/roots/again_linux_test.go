package roots

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const againVariable = "ROOTS_TEST_AGAIN"

// again runs the calling test once more, in new namespaces, and reports whether
// this is that run. Where the host has no user namespaces the test is skipped;
// where that run is skipped, so is this one.
func again(t *testing.T, attr *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv(againVariable) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), againVariable+"="+t.Name(), "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL):
		t.Skipf("no user namespaces on this host: %v", err)
	case err == nil && bytes.Contains(out, []byte("--- SKIP: "+t.Name()+" ")):
		t.Skipf("inside: %s", out)
	case err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")):
		t.Fatalf("inside: %v\n%s", err, out)
	}
	return false
}

// unprivileged keeps the user and drops every capability, those of root too, so
// that permissions count.
func unprivileged() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
}

// ownMounts may mount, and nobody else sees what.
func ownMounts() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
}
