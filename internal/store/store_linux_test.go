package store

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

const insideVariable = "STORE_TEST_INSIDE"

// inside runs the calling test again as root of new user and mount namespaces
// and reports whether this is that run.
func inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideVariable) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insideVariable+"="+t.Name(), "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL) {
		t.Skipf("no user namespaces on this host: %v", err)
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("inside: %v\n%s", err, out)
	}
	return false
}

func TestFullDisk(t *testing.T) {
	if !inside(t) {
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k,mode=700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s, err := Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	l := mustCommit(t, s, example)
	if err := s.Remember("plan", "key", "old"); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(os.TempDir(), "big")
	if err := os.WriteFile(source, make([]byte, 512<<10), 0o644); err != nil {
		t.Fatal(err)
	}

	// While copying.
	b := begin(t, s)
	err = b.AddFile("dir/big", source)
	if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), filepath.Join(b.Dir(), "dir/big")) {
		t.Errorf("AddFile: %v, want a full disk with its path", err)
	}
	if l, err := b.Commit(t.Context()); err == nil {
		t.Errorf("half a layer was made: %v", l)
	}
	if err := b.Discard(); err != nil {
		t.Fatal(err)
	}

	// While committing: everything is staged, then somebody fills the disk.
	b = begin(t, s)
	if err := (tree{"a": strings.Repeat("x", 1000)}).addTo(b); err != nil {
		t.Fatal(err)
	}
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for err = error(nil); err == nil; {
		_, err = filler.Write(make([]byte, 1024))
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	if l, err := b.Commit(t.Context()); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Commit: %v, %v, want a full disk", l, err)
	}
	if err := s.Remember("plan", "key", "new"); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Remember: %v, want a full disk", err)
	}
	var old string
	if ok, err := s.Recall("plan", "key", &old); !ok || err != nil || old != "old" {
		t.Errorf("recalled %q, %v, %v", old, ok, err)
	}
	if err := b.Discard(); err != nil {
		t.Error(err)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Errorf("a full disk cannot be swept: %v", err)
	}

	// Nothing is left of all that, and with room it works.
	entries, err := os.ReadDir(s.path(layersDir))
	if err != nil || len(entries) != 1 {
		t.Errorf("layers: %v, %v", entries, err)
	}
	if diff := cmp.Diff([]string(nil), list(t, s.path(tmpDir))); diff != "" {
		t.Errorf("left in tmp:\n%s", diff)
	}
	if err := filler.Truncate(0); err != nil {
		t.Fatal(err)
	}
	mustLayer(t, s, l.Digest)
	mustLayer(t, s, mustCommit(t, s, tree{"a": "x"}).Digest)
}

func TestSpecialFiles(t *testing.T) {
	s := open(t)
	dir := t.TempDir()
	tree{"a/b": ""}.plant(t, dir)
	if err := unix.Mkfifo(dir+"/a/fifo", 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := s.HashTree(t.Context(), dir, "key", later(), nil)
	wantDiag(t, err, diag.ExitPolicy, "`"+dir+"/a/fifo`")
	got, err := s.HashTree(t.Context(), dir, "key", later(), func(rel string) bool { return rel == "a/fifo" })
	if err != nil || got.Digest != (tree{"a/b": ""}).digest(t) {
		t.Errorf("skipped: %v, %v", got, err)
	}

	b := begin(t, s)
	if err := unix.Mkfifo(b.Dir()+"/fifo", 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = b.Commit(t.Context())
	wantDiag(t, err, diag.ExitPolicy, "/fifo`")

	l := committed(t, s)
	if err := errors.Join(os.Remove(l.Dir+"/empty.txt"), unix.Mkfifo(l.Dir+"/empty.txt", 0o444)); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Layer(t.Context(), l.Digest)
	wantDiag(t, err, diag.ExitLock, "`empty.txt` was replaced or added by")
}

// The memory would not notice a link that was replaced within a clock tick, but
// the scan reads every link.
func TestLinkTargetIsAlwaysRead(t *testing.T) {
	s, dir := open(t), t.TempDir()
	tree{"link": "-> one"}.plant(t, dir)
	if got := mustHash(t, s, dir, later()).Digest; got != (tree{"link": "-> one"}).digest(t) {
		t.Errorf("digest %v", got)
	}
	if err := errors.Join(os.Remove(dir+"/link"), os.Symlink("two", dir+"/link")); err != nil {
		t.Fatal(err)
	}
	if got := mustHash(t, s, dir, later()).Digest; got != (tree{"link": "-> two"}).digest(t) {
		t.Errorf("digest %v", got)
	}
}

// A file that the disk does not give back is damage with a name, and does not
// hide the damage of others.
func TestUnreadableFile(t *testing.T) {
	if !inside(t) {
		return
	}
	s := open(t)
	l := committed(t, s)
	// A regular file whose reading fails with EIO: nobody's memory has an address 0.
	for _, name := range []string{"src/lib.rs", "build.sh"} {
		if err := unix.Mount("/proc/self/mem", filepath.Join(l.Dir, name), "", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
	}
	want := []Damage{{"build.sh", "cannot be read from the disk"}, {"src/lib.rs", "cannot be read from the disk"}}
	for _, v := range verify(t, s) {
		if diff := cmp.Diff(want, v.Damage); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	_, _, err := s.Layer(t.Context(), l.Digest)
	wantDiag(t, err, diag.ExitLock, "`build.sh` cannot be read from the disk")
	for _, name := range []string{"src/lib.rs", "build.sh"} {
		if err := unix.Unmount(filepath.Join(l.Dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
}
