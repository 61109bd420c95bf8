package fsx

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

const insideVariable = "FSX_TEST_INSIDE"

// inside runs the calling test again in new namespaces and reports whether this
// is that run. Where the host has no user namespaces the test is skipped.
func inside(t *testing.T, attr *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv(insideVariable) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insideVariable+"="+t.Name(), "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL) {
		t.Skipf("no user namespaces on this host: %v", err)
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("inside: %v\n%s", err, out)
	}
	return false
}

// unprivileged keeps the user and drops every capability, those of root too,
// so that permission bits count.
func unprivileged() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
}

func ownMounts() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
}

func TestRemoveTreeReadOnly(t *testing.T) {
	if !inside(t, unprivileged()) {
		return
	}
	dir := t.TempDir()
	plant(t, dir, map[string]string{
		"keep/file": "x", "tree/a/b/file": "x", "tree/a/out": "-> ../../keep", "tree/closed/c/file": "x",
	})
	for path, mode := range map[string]os.FileMode{"keep": 0o555, "tree/a/b": 0o555, "tree/a": 0o555, "tree/closed": 0, "tree": 0} {
		defer os.Chmod(filepath.Join(dir, path), 0o755) // for t.TempDir; most of it is gone by then
		if err := os.Chmod(filepath.Join(dir, path), mode); err != nil && path != "tree" {
			t.Log(err) // below tree, when the map's order closed tree first
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "tree")); err == nil {
		t.Fatal("os.RemoveAll can do it: this test proves nothing")
	}
	if err := RemoveTree(filepath.Join(dir, "tree")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"keep"}, names(t, dir)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	info, err := os.Stat(filepath.Join(dir, "keep"))
	if err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("the directory behind a link became %v, %v", info.Mode(), err)
	}
}

func TestFullDisk(t *testing.T) {
	if !inside(t, ownMounts()) {
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	source := filepath.Join(os.TempDir(), "source")
	if err := os.WriteFile(source, make([]byte, 256<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	small := filepath.Join(dir, "small")
	if err := WriteFile(small, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, write := range []func(string, []byte, os.FileMode) error{WriteFile, WriteCache} {
		err := write(small, make([]byte, 256<<10), 0o644)
		if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), small) {
			t.Errorf("error %v, want a full disk at %s", err, small)
		}
	}
	got, err := os.ReadFile(small)
	if err != nil || string(got) != "old" {
		t.Errorf("the file that could not be replaced has %q, %v", got, err)
	}
	if diff := cmp.Diff([]string{"small"}, names(t, dir)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
	dst, err := os.Create(filepath.Join(dir, "copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	if _, err := Copy(dst, source); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), dst.Name()) {
		t.Errorf("copy: %v, want a full disk at %s", err, dst.Name())
	}
}

func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	// A relative path by way of the directory: a socket's name has at most 107 bytes.
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	d := openDir(t, dir)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d/socket", d.fd())}); err != nil {
		t.Fatal(err)
	}
	entries, err := d.Scan(nil)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	dst, err := os.Create(filepath.Join(t.TempDir(), "dst"))
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	for _, e := range entries {
		if e.Type != Other {
			t.Errorf("%s has the type %d", e.Path, e.Type)
		}
		if _, _, err := d.Hash(t.Context(), e.Path, nil); !errors.Is(err, ErrNotRegular) {
			t.Errorf("Hash of %s: %v", e.Path, err)
		}
		if _, err := Copy(dst, filepath.Join(dir, e.Path)); !errors.Is(err, ErrNotRegular) {
			t.Errorf("Copy of %s: %v", e.Path, err)
		}
	}
}

// Both ways of opening must refuse the same: the kernel's and the one for
// kernels without openat2.
func TestOpenNeverFollows(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{
		"a/b/file": "x", "file": "-> a/b/file", "d": "-> a", "a/up": "-> ..", "abs": "-> /",
	})
	d := openDir(t, dir)
	tests := map[string]bool{
		"a/b/file": true, "a/b": true, ".": true, "a/./b": true,
		"file": false, "d/b/file": false, "a/up/a/b/file": false, "abs/etc": false,
		"..": false, "../x": false, "a/../../x": false, "/": false, "/etc": false, "": false, "missing": false,
	}
	for path, want := range tests {
		for name, open := range map[string]func(string, int) (int, error){"openat2": d.open, "by component": d.openByComponent} {
			fd, err := open(path, unix.O_RDONLY)
			if (err == nil) != want {
				t.Errorf("%q %s: %v, want success %v", path, name, err, want)
			}
			if err == nil {
				unix.Close(fd)
			}
		}
	}
}

func TestStampLink(t *testing.T) {
	const when = 946684800_000000001
	dir := t.TempDir()
	plant(t, dir, map[string]string{"file": "x", "link": "-> file", "dangling": "-> nowhere"})
	d := openDir(t, dir)
	before, err := d.Scan(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"link", "dangling"} {
		if err := d.Stamp(link, 0o444, when); err != nil {
			t.Fatal(err)
		}
	}
	after, err := d.Scan(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range after {
		switch e.Path {
		case "file":
			if e != before[i] {
				t.Errorf("the file behind the link changed: %+v", e)
			}
		default:
			if e.MtimeNs != when || e.Type != Symlink {
				t.Errorf("%+v", e)
			}
		}
	}
}
