package store

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// onFileSystem returns an empty directory on a new file system of that kind.
func onFileSystem(t *testing.T, kind string) string {
	t.Helper()
	mkfs, err := exec.LookPath("mkfs." + kind)
	if err != nil {
		t.Skipf("no %s can be made here: %v", kind, err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system from a file")
	}
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 400<<20); err != nil { // sparse; xfs takes no less than 300 MiB
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfs, "-q", image).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", mkfs, err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		t.Skipf("%s cannot be mounted here: %v\n%s", kind, err, out)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// openOn opens a store that lets go of its file system when the test ends.
func openOn(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// taken is how many bytes of the file system are taken, everything flushed.
func taken(t *testing.T, dir string) int64 {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Statfs_t
	if err := errors.Join(unix.Syncfs(int(f.Fd())), unix.Fstatfs(int(f.Fd()), &st), f.Close()); err != nil {
		t.Fatal(err)
	}
	return int64(st.Blocks-st.Bfree) * st.Bsize
}

// noise is content that no file system can make smaller by itself.
func noise(seed uint64, size int) string {
	b, r := make([]byte, size), rand.NewChaCha8([32]byte{byte(seed)})
	r.Read(b)
	return string(b)
}

// Equal files of two layers take their room once where the file system can do
// that, and nothing that a world can see says so: each has one name, its own
// inode, and the times that it had.
func TestSharedBlocks(t *testing.T) {
	for _, kind := range []string{"btrfs", "xfs"} {
		t.Run(kind, func(t *testing.T) {
			dir := onFileSystem(t, kind)
			s := openOn(t, dir)
			const big = 24 << 20 // more than one call shares
			common := noise(1, big+123)
			first := mustCommit(t, s, tree{"lib/common": common, "lib/small": "x", "own": noise(2, 5000)})
			settle(t, s)
			mustLayer(t, s, first.Digest)
			before := taken(t, dir)
			second := mustCommit(t, s, tree{"elsewhere/same": common, "again": common, "bin/same": "#!" + common[2:], "own": noise(3, 5000)})
			grown := taken(t, dir) - before
			if grown < big || grown > big+big/4 {
				t.Errorf("a layer with two copies of a known file and one of another took %d bytes, want room for the other alone", grown)
			}
			t.Logf("%d bytes of content took %d bytes", 3*len(common)+5000, grown)

			// The memory of the first is still in force: without a manifest nothing could be hashed.
			if err := os.Rename(s.layerPath(first.Digest, manifestFile), filepath.Join(dir, "manifest")); err != nil {
				t.Fatal(err)
			}
			mustLayer(t, s, first.Digest)
			if err := os.Rename(filepath.Join(dir, "manifest"), s.layerPath(first.Digest, manifestFile)); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{first.Dir + "/lib/common", second.Dir + "/elsewhere/same", second.Dir + "/again"} {
				checkAlone(t, path)
			}
			// A write to one is not seen in the others.
			if err := rewrite(second.Dir+"/again", noise(9, len(common))); err != nil {
				t.Fatal(err)
			}
			for d, v := range verify(t, s) {
				var want []Damage
				if d == second.Digest.String() {
					want = []Damage{{"again", "has other content"}}
				}
				if diff := cmp.Diff(want, v.Damage); diff != "" {
					t.Errorf("%s (-want +got):\n%s", d, diff)
				}
			}
		})
	}
}

// checkAlone checks that a file says nothing of others.
func checkAlone(t *testing.T, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); st.Nlink != 1 || !info.ModTime().Equal(Epoch) || info.Mode() != fs.FileMode(fileMode) {
		t.Errorf("%s: %d names, %v, %v", path, st.Nlink, info.ModTime(), info.Mode())
	}
}

// A manifest that lies costs time and nothing else: the kernel compares.
func TestSharingTrustsNoManifest(t *testing.T) {
	s := openOn(t, onFileSystem(t, "btrfs"))
	content := noise(1, 100_000)
	l := mustCommit(t, s, tree{"file": content, "other": content + "y"})
	if err := rewrite(l.Dir+"/file", noise(2, len(content))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(l.Dir + "/other"); err != nil {
		t.Fatal(err)
	}
	again := mustCommit(t, s, tree{"new/file": content, "new/other": content + "y"})
	if err := os.Remove(s.layerPath(again.Digest, memoryFile)); err != nil {
		t.Fatal(err)
	}
	mustLayer(t, s, again.Digest)
}

// Wherever the store lies: equal files never become links.
func TestNoLinks(t *testing.T) {
	s := open(t)
	content := noise(1, 10_000)
	for _, l := range []Layer{mustCommit(t, s, tree{"a": content, "b": content}), mustCommit(t, s, tree{"c": content})} {
		for _, path := range list(t, l.Dir) {
			checkAlone(t, filepath.Join(l.Dir, path))
		}
	}
}
